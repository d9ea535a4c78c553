"""The score at equal style: which part of style goes with winning is found, and what is owed to it goes."""

import numpy as np
import pytest
from scipy.special import expit

from rpo.statistics import Feature, style_controlled
from tests.statistics.style.worlds import styles_of, swapped, votes_of

COUNT = 1500


def marked(level, tastes, count=COUNT, more=1.0, seed=0):
    """Votes and styles; `tastes` by feature, per (a − b) / (a + b); the candidate has `more` times as much of all."""
    draw = np.random.default_rng(seed)
    size = {Feature.LENGTH: 800, Feature.LISTS: 6, Feature.HEADINGS: 2, Feature.BOLD: 4}
    counts = {
        one: np.stack([draw.poisson(more * lot * wide(draw, count)), draw.poisson(lot * wide(draw, count))], 1)
        for one, lot in size.items()
    }
    relative = {one: (both[:, 0] - both[:, 1]) / np.maximum(both.sum(1), 1) for one, both in counts.items()}
    odds = level + sum(taste * relative[one] for one, taste in tastes.items())
    return votes_of((draw.random(count) < expit(odds + np.zeros(count))).astype(float)), styles_of(counts)


def wide(draw, count):
    return draw.gamma(2, 0.5, count)


def test_the_part_of_style_that_wins_is_found():
    found = style_controlled(*(given := marked(0.0, {Feature.BOLD: 2.0}, more=1.5))[:1], "tuned", given[1])
    effects = {one.feature: one for one in found.effects}
    assert set(effects) == set(Feature)
    assert effects[Feature.BOLD].low <= np.exp(2 / 3) <= effects[Feature.BOLD].high
    assert effects[Feature.BOLD].low > 1
    assert all(one.low < 1 < one.high for feature, one in effects.items() if feature is not Feature.BOLD)
    assert found.raw > 0.53
    assert found.low < 0.5 < found.high
    assert not found.extrapolated


def test_swapping_the_authors_mirrors_it():
    votes, styles = marked(0.5, {Feature.LISTS: 1.0}, count=200)
    one, other = style_controlled(votes, "tuned", styles), style_controlled(votes, "base", swapped(styles))
    assert (one.score, one.low, one.high) == pytest.approx((1 - other.score, 1 - other.high, 1 - other.low), abs=1e-6)
    assert [effect.odds for effect in one.effects] == pytest.approx([effect.odds for effect in other.effects], rel=1e-5)


def test_without_a_difference_of_style_the_score_is_that_of_the_votes():
    votes, _ = marked(0.5, {}, count=100)
    found = style_controlled(votes, "tuned", styles_of({Feature.LENGTH: np.full((100, 2), 700)}))
    assert found.score == pytest.approx(found.raw)
    assert found.effects == ()


def test_separation_stays_finite_and_is_said():
    counts = {Feature.BOLD: np.array([[n, 10] for n in range(41) if n != 10])}
    found = style_controlled(votes_of([float(a > b) for a, b in counts[Feature.BOLD]]), "tuned", styles_of(counts))
    assert 0 < found.low < found.score < found.high < 1
    assert 1 < found.effects[0].odds < np.inf
    assert found.effects[0].low < found.effects[0].odds < found.effects[0].high
    assert "tells wins from losses" in found.note


def test_a_feature_of_a_few_prompts_says_little_though_all_are_won():
    votes, _ = marked(0.0, {}, count=200)
    outcomes = np.array([one.outcome("tuned") for one in votes])
    outcomes[:6] = 1
    counts = {Feature.HEADINGS: np.array([[2, 0]] * 6 + [[0, 0]] * 194)}
    (effect,) = style_controlled(votes_of(outcomes), "tuned", styles_of(counts)).effects
    assert effect.n == 6
    assert effect.high / effect.low > 2


def test_style_that_is_only_ever_on_one_side_is_flagged_by_name():
    votes, _ = marked(0.5, {}, count=100)
    counts = {Feature.HEADINGS: np.array([[1 + n % 4, int(n == 0)] for n in range(100)])}
    found = style_controlled(votes, "tuned", styles_of(counts))
    assert found.extrapolated
    assert "more headings" in found.note


def test_equality_in_all_at_once_may_lie_beyond_though_each_alone_does_not():
    draw = np.random.default_rng(0)
    apart = draw.normal(0, 1, 400)
    counts = {
        Feature.LISTS: np.stack([1000 * np.exp(0.3 * apart + 0.2), np.full(400, 1000)], 1),
        Feature.BOLD: np.stack([1000 * np.exp(-0.3 * apart + 0.2 + draw.normal(0, 0.01, 400)), np.full(400, 1000)], 1),
    }
    found = style_controlled(votes_of(draw.random(400) < 0.5), "tuned", styles_of(counts))
    assert found.extrapolated
    assert "at once" in found.note


@pytest.mark.parametrize(
    ("outcomes", "counts", "words"),
    [
        ([1.0] * 29, [[n, 5] for n in range(29)], "has 29"),
        ([1.0] * 40, [[n, 5] for n in range(40)], "same outcome"),
        ([1.0, 0.0] * 20, [[8, 4]] * 40, "ratio of bold is the same"),
    ],
)
def test_what_cannot_be_fitted_says_so(outcomes, counts, words):
    found = style_controlled(votes_of(outcomes), "tuned", styles_of({Feature.BOLD: np.array(counts)}))
    assert words in found.note
    assert not found.known
