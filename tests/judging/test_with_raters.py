"""Votes and verdicts joined: which pair is which, pairs that needed no rater, and panels of the same two."""

import numpy as np
import pytest

from rpo.errors import RpoError
from rpo.judging import (
    Imported,
    JudgementCache,
    Opinion,
    Outcome,
    Question,
    measured_agreement,
    of_the_same,
    verdicts_on,
    with_raters,
)
from rpo.statistics import prediction_powered, standings
from rpo.voting import Answer, Ballots, Choice, Comparison, NoRaterVerdict, Options, Seat, Unrated, Vote

JUDGE = Imported("gpt")
SETTLED = [Unrated("s", "s", "", NoRaterVerdict.IDENTICAL, "base", "cand")] * 5


def votes_of(outcomes, rater, start=0):
    choices = {1.0: Choice.RIGHT, 0.0: Choice.LEFT, 0.5: Choice.TIE}
    about = ("base", "cand", 0, 0.0)
    numbered = enumerate(outcomes, start)
    return [Vote(f"c{n:03}", f"{n}?", "", rater, choices[float(one)], False, *about) for n, one in numbered]


def world(prompts=60, more=200, seed=0):
    draw = np.random.default_rng(seed)
    people = (draw.random(prompts + more) < 0.57).astype(float)
    return people[:prompts], np.where(draw.random(len(people)) < 0.85, people, 1 - people)


@pytest.mark.parametrize("settled", [(), SETTLED], ids=["all rated", "some settled"])
def test_votes_and_verdicts_meet_by_pair_in_whatever_order(settled):
    people, judge = world()
    found = with_raters(votes_of(people, "Ann"), votes_of(judge, "judge")[::-1], "cand", settled)
    beside = np.concatenate([judge[:60], np.full(len(settled), np.nan)])
    outcomes = np.concatenate([people, np.full(len(settled), 0.5)])
    plain = prediction_powered(outcomes[:, None], beside, judge[60:])
    assert found.score == pytest.approx(plain.score)
    assert (found.interval.low, found.interval.high) == pytest.approx((plain.interval.low, plain.interval.high))
    assert (found.prompts, found.verdicts, found.more) == (60 + len(settled), 60, 200)
    assert found.helps


@pytest.mark.parametrize("settled", [(), SETTLED], ids=["all rated", "some settled"])
def test_without_more_verdicts_it_is_the_standings(settled):
    people, judge = world()
    votes = [*votes_of(people, "Ann"), *votes_of(people[::-1], "Ben")]
    found, alone = (
        with_raters(votes, votes_of(judge[:60], "judge"), "cand", settled),
        standings(votes, "cand", settled),
    )
    assert (found.score, found.interval) == (alone.score, alone.same_raters)


def test_nobody_has_voted():
    with pytest.raises(RpoError):
        with_raters([], votes_of([1.0], "judge"), "cand")


def pairs(count, start=0):
    return [Comparison(f"{n}?", Answer(f"old {n}", "base"), Answer(f"new {n}", "cand")) for n in range(start, start + count)]


def judged(made, candidate):
    """Annotations: the candidate's answer wins where so said."""
    archive = JudgementCache(Ballots.here().database)
    archive.know(JUDGE)
    outcomes = [Outcome.SECOND if won else Outcome.FIRST for won in candidate]
    asked = [
        (Question(one.prompt, one.first.text, one.second.text).key, Opinion(o)) for one, o in zip(made, outcomes, strict=True)
    ]
    archive.take(JUDGE.id, asked)


def panel_of(made, rates=lambda pair: None, name="first"):
    ballots = Ballots.here()
    panel = ballots.make_panel(name, made, options=Options(prompts=len(made), repeats=0))
    while (ballot := ballots.next_ballot(panel, "Ann")) and (choice := rates(ballot)):
        ballots.cast(ballot, choice)
    return panel


def test_a_larger_panel_of_the_same_two_brings_verdicts_once_each():
    made = [*pairs(20), Comparison("same?", Answer("same", "base"), Answer("same", "cand"))]
    judged(made, [True] * 21)
    ballots, small = Ballots.here(), panel_of(made[:8], lambda _: "left")
    large, other = (
        panel_of(made, name="larger"),
        panel_of([Comparison("x?", Answer("a", "base"), Answer("b", "third"))], name="o"),
    )
    assert [one.id for one in of_the_same(ballots, ballots.panel(small))] == [large]
    assert of_the_same(ballots, ballots.panel(other)) == ()
    assert len(verdicts_on(ballots, JUDGE, small)) == 8
    both = verdicts_on(ballots, JUDGE, small, large)
    assert len({vote.comparison for vote in both}) == len(both) == 20  # the identical one needs no judge
    assert with_raters(ballots.columns(small), both, "cand").more == 12


def test_agreement_is_measured_on_the_newest_panel_of_winners():
    assert measured_agreement(Ballots.here()) is None
    made = pairs(12)
    panel = panel_of(made, lambda _: "tie")
    judged(made, [True] * 9 + [False] * 3)
    assert measured_agreement(Ballots.here()) is None  # who says tie says nothing of winners
    ballots = Ballots.here()
    session = ballots.rater_session(Seat(panel, "Ben"))
    for _ in made:
        ballot = session.next()
        session.cast(ballot, "left" if ballot.left.startswith("new") else "right")  # always the candidate
    found = measured_agreement(ballots)
    assert (found.value, found.n) == (pytest.approx(9 / 12), 12)
