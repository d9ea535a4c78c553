"""The score at equal lengths: length alone explains itself away, and what cannot be fitted or was never seen says so."""

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import t

from rpo.statistics import length_adjusted
from tests.statistics.style.worlds import drawn, judged, lengths_of, swapped, votes_of


def test_a_win_by_length_alone_goes():
    votes, lengths = drawn(0.0, 2.0, 0.4)
    found = length_adjusted(votes, "tuned", lengths)
    assert found.raw > 0.57
    assert found.low < 0.5 < found.high
    assert found.doubling == pytest.approx(np.exp(2), rel=0.2)  # an answer longer by five spreads
    assert (found.note, found.extrapolated) == ("", False)


def test_a_win_on_merit_stays():
    votes, lengths = drawn(0.8, 0.0, 0.4, ties=0.2)
    found = length_adjusted(votes, "tuned", lengths)
    assert found.score == pytest.approx(found.raw, abs=0.03)
    assert found.low > 0.5
    assert found.doubling == pytest.approx(1.0, abs=0.3)


def test_swapping_the_authors_mirrors_it():
    votes, lengths = drawn(0.5, 1.0, 0.3, count=200, ties=0.2)
    one, other = length_adjusted(votes, "tuned", lengths), length_adjusted(votes, "base", swapped(lengths))
    assert (one.score, one.low, one.high) == pytest.approx((1 - other.score, 1 - other.high, 1 - other.low), abs=1e-6)
    assert one.doubling == pytest.approx(other.doubling)


def test_where_lengths_never_differ_the_score_is_that_of_the_votes():
    votes, _ = drawn(0.5, 0.0, 0.0, count=100, ties=0.2)
    found = length_adjusted(votes, "tuned", lengths_of(np.zeros(100)))
    assert found.score == pytest.approx(found.raw)
    assert found.low < found.raw < found.high


def test_a_judges_numbers_count_as_they_are():
    chances = np.random.default_rng(0).uniform(0.2, 0.9, 80)
    found = length_adjusted(votes_of(chances), "tuned", lengths_of(np.zeros(80)))
    assert found.score == pytest.approx(chances.mean())


@pytest.mark.weights
@pytest.mark.parametrize("count", [200, 2000])
def test_its_error_is_that_of_a_regression_without_a_prior(count):
    import statsmodels.api as sm

    votes, lengths = drawn(0.4, 1.0, 0.3, count=count, ties=0.2)
    found = length_adjusted(votes, "tuned", lengths)
    differences = np.array([one - other for one, other in lengths.values()])
    design = sm.add_constant(np.tanh(differences / differences.std(ddof=1)))
    plain = sm.GLM([one.outcome("tuned") for one in votes], design, family=sm.families.Binomial()).fit(cov_type="HC0")
    half = t.ppf(0.975, count - 2) * plain.bse[0] * np.sqrt(count / (count - 2))
    expected = expit(plain.params[0]), half
    assert found.score == pytest.approx(expected[0], abs=2 / count)
    assert (logit(found.high) - logit(found.low)) / 2 == pytest.approx(half, rel=5 / count)


@pytest.mark.parametrize(("panels", "least"), [(40, 0.87), pytest.param(400, 0.92, marks=pytest.mark.weights)])
def test_its_interval_covers(panels, least):
    """`least` is 95 % less 2.5 standard errors."""
    hits = []
    for seed in range(panels):
        found = length_adjusted(
            votes := drawn(0.4, 1.0, 0.3, count=80, seed=seed)[0], "tuned", drawn(0.4, 1.0, 0.3, 80, seed=seed)[1]
        )
        hits.append(found.low <= expit(0.4) <= found.high and len(votes) == 80)
    assert np.mean(hits) >= least


@pytest.mark.parametrize(
    ("outcomes", "differences", "words"),
    [
        ([1.0] * 29, list(range(29)), "needs 30 prompts with votes and lengths, has 29"),
        ([1.0] * 40, list(np.linspace(-99, 99, 40)), "every prompt has the same outcome"),
        ([1.0, 0.0] * 20, [50] * 40, "the difference of lengths is the same"),
        ([], [], "has 0"),
    ],
)
def test_what_cannot_be_fitted_says_so(outcomes, differences, words):
    found = length_adjusted(votes_of(outcomes), "tuned", lengths_of(differences))
    assert words in found.note
    assert not found.known
    assert found.as_row()["score"] is None


def test_lengths_that_tell_wins_from_losses_give_finite_figures_and_say_so():
    found = length_adjusted(votes_of([0.0] * 20 + [1.0] * 20), "tuned", lengths_of(np.linspace(-500, 500, 40)))
    assert found.score == pytest.approx(0.5)
    assert 0 < found.low < 0.35
    assert 1 < found.doubling < np.inf
    assert "tells wins from losses" in found.note


@pytest.mark.parametrize(
    ("longer", "flagged"), [(3.0, "more letters"), (2.0, "more letters"), (-3.0, "less letters"), (1.0, ""), (0.0, "")]
)
def test_equal_lengths_at_the_edge_of_the_data_are_flagged(longer, flagged):
    votes, lengths = drawn(0.0, 0.5, longer, count=400)
    found = length_adjusted(votes, "tuned", lengths)
    assert found.extrapolated == bool(flagged)
    assert flagged in found.note
    assert found.known


def test_an_empty_answer_has_a_length():
    votes, lengths = drawn(0.0, 0.5, 0.0, count=60)
    assert length_adjusted(votes, "tuned", lengths | {"c0": (0, 500)}).n == 60


@pytest.mark.parametrize(
    ("level", "longer", "theirs"),
    [(-3.0, -0.6, 3.410), (-2.0, -0.3, 12.491), (-1.0, 0.2, 28.058), (0.0, 0.0, 47.886), (0.0, 0.5, 49.937), (1.0, -0.5, 68.414)],
)
def test_alpacaevals_own_code_finds_the_same_on_the_same_numbers(level, longer, theirs):
    """`theirs` is of `get_length_controlled_winrate` of alpaca_eval 0.6.6, without difficulty and gamed baselines.

    Their L1 penalty is chosen by cross-validation: half a point is what that moves.
    """
    votes, lengths = judged(level, longer)
    assert 100 * length_adjusted(votes, "tuned", lengths).score == pytest.approx(theirs, abs=0.5)
