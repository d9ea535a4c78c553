"""The score at equal lengths: length alone explains itself away, and what cannot be fitted says so."""

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import t

from rpo.statistics import length_adjusted
from rpo.voting import Choice, Vote


def panel(outcomes, ratios):
    choices = {1.0: Choice.LEFT, 0.0: Choice.RIGHT, 0.5: Choice.TIE}
    votes = [Vote(f"c{n}", "", "", "Ann", choices[o], False, "tuned", "base", 0, 0.0) for n, o in enumerate(outcomes)]
    return votes, {f"c{n}": (1000 * np.exp(ratio), 1000.0) for n, ratio in enumerate(ratios)}


def drawn(level, taste, longer, count=2000, ties=0.0, seed=0):
    draw = np.random.default_rng(seed)
    ratios = draw.normal(longer, 0.5, count)
    outcomes = (draw.random(count) < expit(level + taste * ratios)).astype(float)
    outcomes[draw.random(count) < ties] = 0.5
    return panel(outcomes, ratios)


def test_a_win_by_length_alone_goes():
    found = length_adjusted(*drawn(0.0, 2.0, 0.4)[:1], "tuned", drawn(0.0, 2.0, 0.4)[1])
    assert found.raw > 0.62
    assert found.low < 0.5 < found.high
    assert found.doubling == pytest.approx(2**2.0, rel=0.15)
    assert found.note == ""


def test_a_win_on_merit_stays():
    votes, lengths = drawn(0.8, 0.0, 0.4, ties=0.2)
    found = length_adjusted(votes, "tuned", lengths)
    assert found.score == pytest.approx(found.raw, abs=0.03)
    assert found.low > 0.5
    assert found.doubling == pytest.approx(1.0, abs=0.2)


def test_swapping_the_authors_mirrors_it():
    votes, lengths = drawn(0.5, 1.0, 0.3, count=200, ties=0.2)
    one = length_adjusted(votes, "tuned", lengths)
    other = length_adjusted(votes, "base", {name: (b, a) for name, (a, b) in lengths.items()})
    assert (one.score, one.low, one.high) == pytest.approx((1 - other.score, 1 - other.high, 1 - other.low), abs=1e-6)


@pytest.mark.parametrize("count", [30, 200])
def test_its_error_is_hc1_by_hand(count):
    votes, lengths = drawn(0.4, 1.0, 0.3, count=count, ties=0.2)
    found = length_adjusted(votes, "tuned", lengths)
    outcomes = np.array([one.outcome("tuned") for one in votes])
    design = np.array([[1.0, np.log(lengths[one.comparison][0] / lengths[one.comparison][1])] for one in votes])
    at_equal, slope = logit(found.score), np.log(found.doubling) / np.log(2)
    chances = expit(design @ [at_equal, slope])
    bread = np.linalg.inv(design.T @ (design * (chances * (1 - chances))[:, None]))
    meat = design.T @ (design * ((outcomes - chances) ** 2)[:, None])
    error = np.sqrt((bread @ meat @ bread)[0, 0] * count / (count - 2))
    half = t.ppf(0.975, count - 2) * error
    assert (logit(found.low), logit(found.high)) == pytest.approx((at_equal - half, at_equal + half), rel=1e-5)


@pytest.mark.parametrize(("panels", "least"), [(40, 0.87), pytest.param(400, 0.92, marks=pytest.mark.weights)])
def test_its_interval_covers(panels, least):
    """`least` is 95 % less 2.5 standard errors."""
    hits = []
    for seed in range(panels):
        votes, lengths = drawn(0.4, 1.0, 0.3, count=80, seed=seed)
        found = length_adjusted(votes, "tuned", lengths)
        hits.append(found.low <= expit(0.4) <= found.high)
    assert np.mean(hits) >= least


@pytest.mark.parametrize(
    ("outcomes", "ratios", "words"),
    [
        ([1.0] * 29, list(range(29)), "needs 30 prompts with votes and lengths, has 29"),
        ([1.0] * 40, list(np.linspace(-1, 1, 40)), "every prompt has the same outcome"),
        ([1.0, 0.0] * 20, [0.5] * 40, "the ratio of lengths is the same"),
        ([0.0] * 20 + [1.0] * 20, list(np.linspace(-1, 1, 40)), "lengths alone tell wins from losses"),
        ([], [], "has 0"),
    ],
)
def test_what_cannot_be_fitted_says_so(outcomes, ratios, words):
    votes, lengths = panel(outcomes, ratios)
    found = length_adjusted(votes, "tuned", lengths)
    assert words in found.note
    assert not found.known
    assert found.as_row()["score"] is None


def test_equal_lengths_that_were_never_seen_are_told():
    votes, lengths = drawn(0.0, 0.5, 3.0, count=200)
    assert "longer one on every prompt" in length_adjusted(votes, "tuned", lengths).note


def test_an_empty_answer_has_a_length():
    votes, lengths = drawn(0.0, 0.5, 0.0, count=60)
    assert length_adjusted(votes, "tuned", lengths | {"c0": (0, 500)}).n == 60
