"""A board of several runs: the plain score for two, a known order for four, and refusals."""

import numpy as np
import pytest
from scipy.special import expit

from rpo.errors import RpoError
from rpo.statistics import rank_authors, standings
from rpo.voting import Choice, Vote

CHOICES = {1.0: Choice.LEFT, 0.0: Choice.RIGHT, 0.5: Choice.TIE}


def vote(prompt, outcome, one="tuned", other="base", rater="Ann", repeat=0):
    return Vote(f"{prompt}{one}{other}", str(prompt), "", rater, CHOICES[outcome], False, one, other, 0, 0.0, repeat=repeat)


def drawn(strength, pairs, prompts=80, seed=0):
    draw = np.random.default_rng(seed)
    chances = {pair: expit(strength[pair[0]] - strength[pair[1]]) for pair in pairs}
    return [vote(n, float(draw.random() < chances[pair]), *pair) for pair in pairs for n in range(prompts)]


@pytest.mark.weights
def test_two_authors_have_their_plain_score():
    votes = [vote(n, 1.0) for n in range(30)] + [vote(n, 0.5) for n in range(30, 40)] + [vote(n, 0.0) for n in range(40, 60)]
    votes += [vote(n, 0.0, rater="Bob") for n in range(6)] + [vote(3, 0.0, repeat=1)]
    best, other = rank_authors(votes, resamples=250)
    one = standings(votes, "tuned")
    assert (best.author, other.author) == ("tuned", "base")
    assert (best.score, other.score) == pytest.approx((one.score, 1 - one.score), abs=1e-4)
    assert (best.low, best.high) == pytest.approx((one.low, one.high), abs=0.03)
    assert (best.prompts, best.votes) == (60, 66)


def test_authors_who_never_met_are_ordered_by_way_of_others():
    strength = {"a": 1.2, "b": 0.4, "c": -0.4, "d": -1.2}
    places = rank_authors(drawn(strength, [("a", "b"), ("b", "c"), ("c", "d")], prompts=200), resamples=100)
    assert [place.author for place in places] == ["a", "b", "c", "d"]
    for place in places:
        truth = np.mean([expit(strength[place.author] - value) for name, value in strength.items() if name != place.author])
        assert place.low <= place.score <= place.high
        assert place.score == pytest.approx(truth, abs=0.1)
    assert sum(place.score for place in places) == pytest.approx(2)


@pytest.mark.weights
def test_one_who_never_lost_keeps_an_interval():
    best, last = rank_authors([vote(n, 1.0) for n in range(20)], resamples=250)
    assert (best.author, best.score) == ("tuned", pytest.approx(1.0, abs=0.001))
    assert best.low == pytest.approx(0.84, abs=0.03)
    assert last.high == pytest.approx(1 - best.low)


@pytest.mark.weights
def test_it_is_seeded_and_no_order_of_votes_matters():
    votes = drawn({"a": 0.5, "b": 0, "c": 0}, [("a", "b"), ("b", "c")], prompts=20)
    assert rank_authors(votes, seed=1, resamples=50) == rank_authors(votes, seed=1, resamples=50)
    assert rank_authors(votes, seed=1, resamples=50) != rank_authors(votes, seed=2, resamples=50)
    for one, other in zip(rank_authors(votes[::-1], resamples=50), rank_authors(votes, resamples=50), strict=True):
        assert (one.score, one.low, one.high) == pytest.approx((other.score, other.low, other.high), abs=1e-6)


def test_authors_that_nothing_connects_are_refused():
    with pytest.raises(RpoError, match="connected.*a, b and c, d"):
        rank_authors([vote(0, 1.0, "a", "b"), vote(0, 0.0, "c", "d")])
    with pytest.raises(RpoError, match="at least one vote"):
        rank_authors([])
