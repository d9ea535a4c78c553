"""Intervals cover what they say they cover, in seeded simulations; tests/bench/bench_coverage.py measures it with more."""

import numpy as np
import pytest
from scipy.special import expit

from rpo.statistics.effects import other_raters
from rpo.statistics.intervals import means, same_raters
from rpo.statistics.sequential import always_valid

MANY = np.random.default_rng(9).normal(0, 1, 20_000)
LEVEL = 0.4


def panel(draw, prompts, raters, spread, ties=0.0):
    """Outcomes of logistic raters, (P, R), and what these raters think of all prompts."""
    leaning = draw.normal(LEVEL, spread, raters)
    odds = draw.normal(0, 1, (prompts, 1)) + leaning
    outcomes = (draw.random(odds.shape) < expit(odds)).astype(float)
    outcomes[draw.random(odds.shape) < ties] = 0.5
    return outcomes, ties / 2 + (1 - ties) * np.mean([expit(MANY + lean).mean() for lean in leaning])


@pytest.mark.weights
@pytest.mark.parametrize(("prompts", "raters", "ties"), [(100, 5, 0.0), (100, 1, 0.4), (25, 3, 0.2)])
def test_with_these_raters_other_prompts_are_covered(prompts, raters, ties):
    draw = np.random.default_rng(0)
    panels = [panel(draw, prompts, raters, 0.7, ties) for _ in range(300)]
    hits = np.mean([same_raters(outcomes).holds(truth) for outcomes, truth in panels])
    assert 0.92 <= hits <= 0.985  # neither too narrow nor as wide as if every mean were a coin


@pytest.mark.weights
@pytest.mark.parametrize(
    ("raters", "spread", "narrowest", "widest"),
    [(5, 0.7, 0.25, 0.35), (3, 0.7, 0.35, 0.55), (5, 0.2, 0.13, 0.19), (3, 0.0, 0.15, 0.24)],
)
def test_raters_like_these_are_covered(raters, spread, narrowest, widest):
    draw, truth = np.random.default_rng(0), expit(LEVEL + MANY * np.hypot(1, spread)).mean()
    found = [other_raters(panel(draw, 100, raters, spread)[0]) for _ in range(300)]
    assert np.mean([one.holds(truth) for one in found]) >= 0.93
    assert all(f"{raters} raters: {100 * one.width:.0f} points wide" in one.note for one in found)
    assert narrowest < np.mean([one.width for one in found]) < widest


def test_an_interval_over_prompts_does_not_cover_raters_like_these():
    draw, truth = np.random.default_rng(0), expit(LEVEL + MANY * np.hypot(1, 0.7)).mean()
    assert np.mean([same_raters(panel(draw, 100, 5, 0.7)[0]).holds(truth) for _ in range(300)]) < 0.8


@pytest.mark.parametrize(
    ("raters", "ties", "panels"),
    [(3, 0.2, 25), *(pytest.param(*one, 100, marks=pytest.mark.weights) for one in ((1, 0.0), (1, 0.4), (3, 0.2)))],
)
def test_looking_every_ten_votes_gives_few_false_alarms(raters, ties, panels):
    draw, prompts, alarms, fixed = np.random.default_rng(1), 120 // raters, 0, 0
    for _ in range(panels):
        outcomes = (draw.random((prompts, raters)) < 0.5).astype(float)
        outcomes[draw.random(outcomes.shape) < ties] = 0.5
        seen, looks = np.full_like(outcomes, np.nan), []
        for number, cell in enumerate(draw.permutation(outcomes.size), 1):
            seen.flat[cell] = outcomes.flat[cell]
            looks += [seen[~np.isnan(seen).all(axis=1)]] if number % 10 == 0 else []
        alarms += any(not always_valid(means(look)).holds(0.5) for look in looks)
        fixed += any(not same_raters(look).holds(0.5) for look in looks)
    assert alarms / panels <= 0.05
    assert fixed / panels > 0.1  # which is why an interval for one look must not be looked at early
