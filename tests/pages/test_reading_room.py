"""The reading room of Results: hidden with the results, narrowed, stepped through, linked; and what is looked for beside it."""

import pytest

from rpo.glossary import quantity
from rpo.judging import Imported, JudgementCache, Opinion, Outcome, Question
from rpo.reading import PairKind
from rpo.voting import Answer, Ballots, Choice, Comparison, Options
from tests.pages.conftest import button, drawn, named

HOSTILE = "<img src=x onerror=alert(1)> **bold** ![x](http://127.0.0.1:9/p.png)"


@pytest.fixture
def panel(rpo_home):
    """Six pairs: Ann is for the candidate throughout, Bob on the first two alone; the judge is for the baseline on the first."""
    ballots, judge = Ballots.here(), Imported("gpt")
    made = [Comparison(f"Question {n}?", Answer(f"old {n} {HOSTILE}", "base"), Answer(f"new {n}", "tuned")) for n in range(6)]
    found = ballots.make_panel("to read", made, options=Options(repeats=0, tags=("Kind",), raters=("Ann", "Bob")))
    for rater in ("Ann", "Bob"):
        while ballot := ballots.next_ballot(found, rater):
            new = rater == "Ann" or int(ballot.prompt[9]) < 2
            choice = Choice.LEFT if ballot.left.startswith("new") == new else Choice.RIGHT
            ballots.cast(ballot, choice, reason=f"{HOSTILE} {rater} {ballot.prompt}", tags=("Kind",) if new else ())
    archive = JudgementCache(ballots.database)
    archive.know(judge)
    one = next(pair for pair in made if pair.prompt == "Question 0?")
    archive.take(judge.id, [(Question(one.prompt, one.first.text, one.second.text).key, Opinion(Outcome.FIRST))])
    return found


def prompts(at):
    return sorted(at.dataframe[0].value["prompt"])


def read(at):
    """What is read of the pair, as HTML."""
    (found,) = [one.proto.body for one in at.get("html") if "read-pair" in one.proto.body]
    return found


def test_nothing_of_a_panel_is_read_before_its_results_are_shown(visit, panel):
    at = visit("results", panel=panel, pair=next(iter(Ballots.here().comparisons(panel))))
    assert len(at.dataframe) == len(at.get("html")) == len(at.get("download_button")) == 0


@pytest.mark.weights
@pytest.mark.parametrize(
    ("kinds", "search", "left"),
    [
        ([PairKind.WON], "", "01"),
        ([PairKind.WON, PairKind.DIFFERS], "", "0"),
        ([PairKind.TIED, PairKind.SPLIT], "", "2345"),
        ([], "bob NEW 3", "3"),
        ([PairKind.WON, PairKind.SPLIT], "", ""),
    ],
)
def test_pairs_are_narrowed_by_kind_and_words(visit, panel, kinds, search, left):
    at = visit("results", panel=panel, show="1")
    assert len(prompts(at)) == 6
    at.session_state["read_kinds"], at.session_state["read_words"] = kinds, search
    drawn(at.run())
    if left:
        assert prompts(at) == [f"Question {number}?" for number in left]
        assert quantity(len(left), "pair") in at.get("download_button")[0].proto.label
    else:
        assert named(at.info, "no pair")


@pytest.mark.weights
def test_one_steps_through_the_pairs_and_each_has_an_address(visit, panel):
    pairs = list(Ballots.here().comparisons(panel))
    at = visit("results", panel=panel, show="1", pair=pairs[2])
    assert named(at.caption, 3, "6 pairs")
    drawn(button(at, "Next").click().run())
    assert at.query_params["pair"] == pairs[3]
    assert named(at.caption, 4, "6 pairs")
    drawn(button(at, "Previous").click().run())
    assert at.query_params["pair"] == pairs[2]
    last = visit("results", panel=panel, show="1", pair=pairs[-1])
    assert button(last, "Next").disabled
    assert named(visit("results", panel=panel, show="1", pair="of another panel").caption, 1, "6 pairs")


def test_the_pair_is_shown_with_its_authors_votes_and_verdicts_and_runs_nothing(visit, panel):
    pairs = {one.prompt: name for name, one in Ballots.here().comparisons(panel).items()}
    shown = read(visit("results", panel=panel, show="1", pair=pairs["Question 0?"]))
    for words in ("base", "tuned", "Ann", "Bob", "Kind", "gpt", "Question 0?", "<strong>bold</strong>"):
        assert words in shown, words
    assert "<img" not in shown
    assert 'src="http' not in shown


@pytest.mark.weights
def test_what_goes_with_winning_stands_in_a_section(visit, panel):
    at = visit("results", panel=panel, show="1")
    at.session_state["section-explore"] = True
    drawn(at.run())
    assert named(at.caption, "exploratory")
    how, why = (one.value for one in at.dataframe[1:3])
    assert {"words", "bold"} <= set(how["answers have"])
    assert {("tag", "Kind"), ("word of a reason", "ann")} <= set(zip(why["by"], why["which"], strict=True))
    own = next(one for one in at.text_input if "expression" in one.label)
    drawn(own.set_value("^new").run())
    assert "matches ^new" in set(at.dataframe[1].value["answers have"])
    drawn(own.set_value("(").run())
    assert named(at.error, "expression")
    assert "words" in set(at.dataframe[1].value["answers have"])


def test_a_panel_is_written_up_when_asked(visit, panel):
    at = visit("results", panel=panel, show="1")
    shown = len(at.get("download_button"))
    at.session_state["section-writing"] = True
    said = " ".join(one.value for one in drawn(at.run()).code)
    assert all(
        words in said for words in ("We compared answers of “tuned”", "2 raters voted", "“gpt” judged in one order", "toprule")
    )
    assert len(at.get("download_button")) == shown + 4
