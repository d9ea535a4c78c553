"""Practice pairs: read from rows, kept with the panel in their order, taken from what is not drawn, and never among the votes."""

import pytest

from rpo.errors import RpoError
from rpo.voting import MOST_PRACTICE, Answer, Ballots, Choice, Comparison, Options, Seat, practice_from_rows, undrawn
from rpo.voting.guidance.guideline import LONGEST_GUIDELINE
from tests.voting.conftest import ballots, comparisons, postgres, url, vote_all  # noqa: F401 - fixtures

ROW = {"prompt": "Why?", "A": "So.", "B": "Because.", "better": "B", "reason": "It says why."}


@pytest.mark.parametrize(
    ("better", "said"),
    [("A", (Choice.LEFT, False)), ("B", (Choice.RIGHT, False)), ("tie", (Choice.TIE, False)), ("both bad", (Choice.TIE, True))],
)
def test_a_row_becomes_a_pair_with_the_organisers_word(better, said):
    (one,) = practice_from_rows([{**ROW, "better": better}])
    assert (one.prompt, one.left, one.right, one.organiser.reason) == ("Why?", "So.", "Because.", "It says why.")
    assert (one.organiser.choice, one.organiser.both_bad) == said
    assert practice_from_rows([one.row]) == (one,)


def test_a_row_of_which_nothing_was_said_is_left_out():
    assert practice_from_rows([{**ROW, "better": None, "reason": None}, {}, {**ROW, "better": " ", "reason": ""}]) == ()


@pytest.mark.parametrize(
    "wrong",
    [{"better": "C"}, {"better": None}, {"prompt": None}, {"A": "Because."}, {"B": ""}, {"reason": "x" * 1001}],
)
def test_a_row_that_lacks_something_is_named_by_its_number(wrong):
    with pytest.raises(RpoError, match="practice pair 2: "):
        practice_from_rows([ROW, {**ROW, **wrong}])


def test_a_panel_keeps_what_raters_are_told_and_asked(ballots):  # noqa: F811
    pairs = practice_from_rows([{**ROW, "prompt": f"{n}?"} for n in range(3)])
    options = Options(practice=pairs, guideline=" # Kind\n", second_rubric=" Which is shorter? ", strength=True, differences=True)
    panel = ballots.make_panel("practised", comparisons(2), options=options)
    assert ballots.practice(panel) == pairs
    about = ballots.panel(panel)
    assert (about.guideline, about.second_rubric, about.strength, about.differences) == (
        "# Kind", "Which is shorter?", True, True
    )  # fmt: skip
    other = ballots.make_panel("untold", comparisons(2))
    assert ballots.practice(other) == ()
    assert vote_all(ballots.rater_session(Seat(panel, "Ann"))) == 2
    assert len(ballots.votes(panel)) == 2


@pytest.mark.parametrize(
    ("many", "figures"),
    [
        ({"guideline": "x" * (LONGEST_GUIDELINE + 1)}, "20,000.*20,001"),
        ({"practice": practice_from_rows([ROW]) * (MOST_PRACTICE + 1)}, "5.*6"),
    ],
)
def test_too_much_is_refused_before_a_panel_is_made(many, figures):
    with pytest.raises(RpoError, match=figures):
        Options(**many)


def test_pairs_to_practise_on_are_none_of_the_panel_and_their_order_says_nothing_of_authors():
    there = comparisons(12, same=2)
    rows = undrawn([*there, *there[:3]], 9, 0)
    drawn = Ballots("sqlite://")
    panel = drawn.make_panel("drawn", there, options=Options(prompts=9))
    judged = {pair.prompt for pair in drawn.comparisons(panel).values()}
    assert rows
    assert len(rows) <= MOST_PRACTICE
    assert not judged & {row["prompt"] for row in rows}
    sides = [(one.prompt, one.second.text, one.first.text) for one in there]
    swapped = [Comparison(prompt, Answer(first, "base"), Answer(second, "tuned")) for prompt, first, second in sides]
    first = {row["A"].split()[0] for row in undrawn(there, 1, 0, most=99)}
    assert first == {"before", "after"}
    by_prompt = {row["prompt"]: row for row in undrawn(swapped, 1, 0, most=99)}
    assert all(by_prompt[row["prompt"]] == row for row in undrawn(there, 1, 0, most=99) if row["prompt"] in by_prompt)
    assert undrawn(there, len(there), 0) == []
