"""Raters and judge together: in Results the joined score of a panel and a larger one, on Panels what a judge would add."""

import json

import pytest

from rpo.judging import Imported, JudgementCache, Opinion, Outcome, Question, verdicts_on, with_raters
from rpo.judging.budget import Budget
from rpo.statistics import power, rater_spread, verdicts_worth_their_price
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


def planning(visit, **asked):
    """A new panel of 40 prompts, with the judge's part open."""
    rows = [{"prompt": f"{n}?", "baseline": "a", "candidate": "b"} for n in range(40)]
    at = visit("panels", answers="a file", **asked)
    at.session_state["plan-judge"] = True
    at.file_uploader[0].set_value(("two.jsonl", "\n".join(map(json.dumps, rows)).encode(), "application/json"))
    return drawn(at.run())


def test_a_plan_starts_from_the_agreement_that_was_measured(visit, small):
    at = planning(visit)
    agrees = next(one for one in at.number_input if one.label.startswith("A judge"))
    assert agrees.value == 100  # the judge was right on all 12
    worth = at.dataframe[0].value["worth, in prompts with votes"].tolist()
    assert worth[0] == 40 < worth[1] < worth[2] < worth[3]
    drawn(agrees.set_value(50).run())
    assert at.dataframe[0].value["worth, in prompts with votes"].tolist() == [40] * 4


def test_a_plan_says_what_verdicts_cost_and_up_to_where_they_are_worth_it(visit, small):
    database = Ballots.here().database
    budget = Budget(database, "a job")
    budget.pay(budget.reserve("gpt", "q", 1.0, 1.0), 0.01, "gpt", "q", Opinion(Outcome.FIRST, "A", 1, 1))
    at = planning(visit, **{"judge-agrees": "80"})
    assert at.dataframe[0].value["cost of the verdicts, $"].tolist() == [0, 80 * 0.02, 160 * 0.02, 440 * 0.02]
    until = verdicts_worth_their_price(40, 0.8, 0.02, 0.5, 1, 0.2)
    assert named(at.markdown, round(until), "more prompts")
    vote = next(one for one in at.number_input if one.label.startswith("A vote"))
    assert not named(drawn(vote.set_value(0.0).run()).markdown, "more prompts")


def test_a_plan_for_raters_like_these_starts_from_the_spread_of_an_earlier_panel(visit, rpo_home):
    at = planning(visit, raters="Ann, Ben, Cleo", whom="other raters like them")
    points = next(one for one in at.number_input if "standard deviation" in one.label)
    plan = power(40, 3, ties=0.2, raters=3, spread=points.value / 100)
    assert named(at.caption, "assumption")
    assert named(at.info, f"{plan.rate:.0%}", "raters like these")
    pairs = [Comparison(f"{n}?", Answer(f"old {n}", "base"), Answer(f"new {n}", "cand")) for n in range(30)]
    panel = Ballots.here().make_panel("earlier", pairs, options=Options(repeats=0))
    for rater, wins in (("Ann", 9), ("Ben", 15), ("Cleo", 21)):
        while ballot := Ballots.here().next_ballot(panel, rater):
            candidate = int(ballot.prompt.rstrip("?")) < wins
            Ballots.here().cast(ballot, "left" if ballot.left.startswith("new") == candidate else "right")
    found = rater_spread(Ballots.here().columns(panel), "cand")
    at = planning(visit, raters="Ann, Ben, Cleo", whom="other raters like them")
    points = next(one for one in at.number_input if "standard deviation" in one.label)
    assert points.value == round(100 * found.value) > 10
    assert named(at.caption, 3, 30, "raters")
    assert not [one for one in planning(visit, raters="Ann, Ben").number_input if "standard deviation" in one.label]
