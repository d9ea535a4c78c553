"""Questions across prompts: Panels draws them, Vote asks them after the pairs and says not which is which, Results reads them."""

import json

import pytest

from rpo import weights
from rpo.preferences import EMBEDDED
from rpo.tuning import CloserLook
from rpo.voting import AskedOf, Ballots, Choice, Nearness, Seat, VoteContent, draw_questions
from tests.pages.conftest import button, drawn, named, paper, press, words
from tests.voting.conftest import comparisons

OF = AskedOf(EMBEDDED, weights.ENCODER)


@pytest.fixture
def panel(rpo_home):
    return Ballots().make_panel("both", comparisons(1), questions=draw_questions(OF, 12))


def answer_all(panel, choice):
    session = Ballots().questions.session(Seat(panel, "Ann"))
    while ballot := session.next():
        session.say(ballot, VoteContent(choice))


def test_questions_are_announced_to_a_rater_who_answers_them(visit, panel):
    at = visit("vote", panel=panel, rater="Ann")
    of_a_pair = set(paper(at))
    press(at, "Left is better")
    assert not at.get("bidi_component")
    button(at, "Go on to the questions").click().run()
    seen = paper(at)
    assert set(seen) == of_a_pair | {"prompts"}  # nothing more is said of a question than of a pair
    assert not {"chosen", "rejected", "cosine", "nearness", "data", "encoder"} & set(seen)
    assert [set(one) for one in seen["prompts"]] == [{"prompt", "earlier"}] * 2
    assert (seen["tags"], seen["second"], seen["strength"]) == ([], "", False)
    for label, done in (("Left is better", 1), ("Undo", 0), ("Tie", 1), ("Both bad", 2), ("Skip", 2), ("Right is better", 3)):
        press(at, label)
        assert paper(at)["done"] == done
    last = paper(at)["last"]
    press(at, {"act": "note", **last, "tags": [], "reason": "clearer"})
    answers = Ballots().questions.answers(panel)
    assert [(one.choice, one.both_bad, one.reason) for one in answers] == [
        (Choice.TIE, False, ""),
        (Choice.TIE, True, ""),
        (Choice.RIGHT, False, "clearer"),
    ]
    assert len(Ballots().votes(panel)) == 1


def test_at_the_end_the_last_answer_can_be_taken_back(visit, panel):
    press(visit("vote", panel=panel, rater="Ann"), "Tie")
    answer_all(panel, Choice.LEFT)
    at = visit("vote", panel=panel, rater="Ann")
    button(at, "Take the last answer back").click().run()
    assert (paper(at)["done"], len(Ballots().questions.answers(panel)), len(Ballots().votes(panel))) == (11, 11, 1)


def test_panels_draws_them_of_other_prompts_than_its_own(visit, rpo_home):
    at = visit("panels", answers="a file", across="true", **{"across-count": "8"})
    rows = [{"prompt": f"Mine {n}?", "baseline": f"b {n}", "candidate": f"c {n}"} for n in range(3)]
    file = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    at.get("file_uploader")[0].upload("answers.jsonl", file, "application/jsonl").run()
    button(at, "Make a panel of").click().run()
    assert not at.exception
    (made,) = Ballots().panels()
    found = Ballots().questions.of(made.id)
    assert len(found) == 8
    assert {one.of for one in found} == {OF}
    assert {one.nearness for one in found} == set(Nearness)
    assert named(drawn(at).caption, 8, EMBEDDED)


@pytest.mark.parametrize(("answered", "says"), [(True, "The order held in"), (False, "None of 12 questions")])
def test_results_keeps_them_apart_from_the_score(visit, panel, answered, says):
    press(visit("vote", panel=panel, rater="Ann"), "Tie")
    if answered:
        answer_all(panel, Choice.LEFT)
    at = visit("results", panel=panel, show="1")
    assert [one for one in at.expander if "Across prompts" in one.label]
    at.session_state["section-across"] = True
    drawn(at.run())
    assert says in words(at.markdown)


def test_results_of_a_panel_without_questions_has_no_such_section(visit, rpo_home):
    plain = Ballots().make_panel("plain", comparisons(1))
    press(visit("vote", panel=plain, rater="Ann"), "Tie")
    at = visit("results", panel=plain, show="1")
    assert not [one for one in at.expander if "Across prompts" in one.label]


@pytest.mark.weights
@pytest.mark.parametrize(("answered", "says"), [(True, "The order held in"), (False, "12 questions")])
def test_tune_says_how_often_the_order_held_or_how_to_ask(visit, mapped, panel, answered, says):
    if answered:
        answer_all(panel, Choice.LEFT)
    at = visit("tune")
    at.session_state["closer"] = CloserLook.ORDER
    drawn(at.run())
    assert says in words([*at.markdown, *at.info])
