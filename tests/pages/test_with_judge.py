"""Raters and judge together: in Results the joined score of a panel and a larger one, on Panels what a judge would add."""

import json

import pytest

from rpo.judging import Imported, JudgementCache, Opinion, Outcome, Question, verdicts_on, with_raters
from rpo.voting import Answer, Ballots, Comparison, Options
from tests.pages.conftest import drawn, named


@pytest.fixture
def small():
    """A panel of 12 with votes, whose judge has read 60 prompts."""
    made = [Comparison(f"{n}?", Answer(f"old {n}", "base"), Answer(f"new {n}", "cand")) for n in range(60)]
    judge, ballots = Imported("gpt"), Ballots.here()
    archive = JudgementCache(ballots.database)
    archive.know(judge)
    wins = [Outcome.SECOND if n % 3 else Outcome.FIRST for n in range(60)]
    keys = [Question(one.prompt, one.first.text, one.second.text).key for one in made]
    archive.take(judge.id, list(zip(keys, map(Opinion, wins), strict=True)))
    panel = ballots.make_panel("few", made[:12], options=Options(repeats=0))
    while ballot := ballots.next_ballot(panel, "Ann"):
        candidate = int(ballot.prompt.rstrip("?")) % 3 > 0
        ballots.cast(ballot, "left" if ballot.left.startswith("new") == candidate else "right")
    return panel, ballots.make_panel("many", made, options=Options(prompts=60, repeats=0))


def figures(at):
    return {metric.label: metric.value for metric in at.metric}


def test_a_larger_panel_that_the_judge_has_read_joins_the_score(visit, small):
    panel, larger = small
    at = visit("results", panel=panel, show="1")
    assert "λ" not in figures(at)
    picked = next(one for one in at.multiselect if larger in one.options or "many (60 pairs)" in one.options)
    drawn(picked.set_value([larger]).run())
    found = figures(at)
    ballots = Ballots.here()
    alone = with_raters(ballots.columns(panel), verdicts_on(ballots, Imported("gpt"), panel, larger), "cand")
    assert (found["λ"], found["Worth"]) == (f"{alone.weight:.2f}", f"{alone.worth:.0f} prompts")
    assert alone.worth > 20  # of 12
    assert named(at.caption, 48, 12)


def test_a_plan_starts_from_the_agreement_that_was_measured(visit, small):
    rows = [{"prompt": f"{n}?", "baseline": "a", "candidate": "b"} for n in range(40)]
    at = visit("panels", answers="a file")
    at.session_state["plan-judge"] = True
    at.file_uploader[0].set_value(("two.jsonl", "\n".join(map(json.dumps, rows)).encode(), "application/json"))
    drawn(at.run())
    agrees = next(one for one in at.number_input if one.label.startswith("A judge"))
    assert agrees.value == 100  # the judge was right on all 12
    worth = at.dataframe[0].value["worth, in prompts with votes"].tolist()
    assert worth[0] == 40 < worth[1] < worth[2] < worth[3]
    drawn(agrees.set_value(50).run())
    assert at.dataframe[0].value["worth, in prompts with votes"].tolist() == [40] * 4
