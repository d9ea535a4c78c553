"""Standings: figures worked by hand, and whether the interval covers what it says it covers."""

from math import comb

import numpy as np
import pytest

from rpo.errors import RpoError
from rpo.voting import Choice, Vote, by_slice, standings


def vote(prompt, outcome, rater="Ann", both_bad=False, part=""):
    choice = {1.0: Choice.LEFT, 0.0: Choice.RIGHT, 0.5: Choice.TIE}[outcome]
    return Vote(f"c{prompt}", f"p{prompt}", part, rater, choice, both_bad, "tuned", "base", 0, 0.0)


def test_score_and_interval_by_hand():
    votes = [vote(n, 1.0) for n in range(6)] + [vote(6, 0.5, both_bad=True), vote(7, 0.5)] + [vote(n, 0.0) for n in (8, 9)]
    one = standings(votes, "tuned")
    assert (one.wins, one.ties, one.losses, one.both_bad, one.votes, one.prompts) == (6, 2, 2, 1, 10, 10)
    assert one.score == pytest.approx(0.7)
    z = 1.959963984540054  # Wilson's interval for 7 of 10
    middle, half = (0.7 + z * z / 20) / (1 + z * z / 10), z / (1 + z * z / 10) * (0.7 * 0.3 / 10 + z * z / 400) ** 0.5
    assert (one.low, one.high) == pytest.approx((middle - half, middle + half))
    assert one.p == pytest.approx(2 * sum(comb(8, k) for k in (6, 7, 8)) / 2**8)


def test_the_baseline_mirrors_the_candidate():
    votes = [vote(n, outcome) for n, outcome in enumerate([1.0, 1.0, 1.0, 0.5, 0.0])]
    tuned, base = standings(votes, "tuned"), standings(votes, "base")
    assert tuned.score == pytest.approx(1 - base.score)
    assert (tuned.low, tuned.high) == pytest.approx((1 - base.high, 1 - base.low))
    assert tuned.p == base.p


def test_more_raters_on_the_same_prompts_are_not_more_prompts():
    one = standings([vote(n, float(n % 2)) for n in range(20)], "tuned")
    three = standings([vote(n, float(n % 2), rater) for n in range(20) for rater in "ABC"], "tuned")
    assert (three.low, three.high, three.prompts, three.raters) == (one.low, one.high, 20, 3)


def test_identical_answers_count_as_ties_that_nobody_saw():
    one = standings([vote(0, 1.0), vote(1, 1.0)], "tuned", unrated=2)
    assert (one.score, one.prompts, one.ties, one.unrated) == (0.75, 4, 0, 2)


def test_all_wins_keep_an_honest_upper_end():
    one = standings([vote(n, 1.0) for n in range(20)], "tuned")
    assert one.score == 1.0
    assert 0.8 < one.low < 0.9
    assert one.high == pytest.approx(1.0)


def test_slices_are_counted_apart():
    votes = [vote(n, float(n < 3), part="ab"[n % 2]) for n in range(6)] + [vote(9, 0.5)]
    parts = {part.slice: (part.wins, part.ties, part.losses) for part in by_slice(votes, "tuned")}
    assert parts == {"(none)": (0, 1, 0), "a": (2, 0, 1), "b": (1, 0, 2)}


def test_no_votes_no_results():
    with pytest.raises(RpoError, match="results need at least one vote"):
        standings([], "tuned")


@pytest.mark.parametrize(("win", "tie"), [(0.5, 0.0), (0.7, 0.0), (0.4, 0.4), (0.85, 0.1)])
def test_the_interval_covers_other_prompts_like_these(win, tie):
    draw = np.random.default_rng(0)
    truth, hits, repeats = win + tie / 2, 0, 400
    for _ in range(repeats):
        outcomes = draw.choice([1.0, 0.5, 0.0], size=100, p=[win, tie, 1 - win - tie])
        one = standings([vote(n, float(outcome)) for n, outcome in enumerate(outcomes)], "tuned")
        hits += one.low <= truth <= one.high
    assert hits / repeats >= 0.92
