"""A confidence sequence: the beta-binomial's figures for wins and losses, narrower with ties, wider than for one look."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpo.statistics.intervals import same_raters
from rpo.statistics.sequential import always_valid, wins_needed


def coins(wins, prompts):
    return np.array([1.0] * wins + [0.0] * (prompts - wins))


def test_124_of_200_wins_are_needed():
    assert wins_needed(200) == 124
    assert always_valid(coins(124, 200)).low > 0.5 > always_valid(coins(123, 200)).low
    assert [wins_needed(n) for n in (0, 3, 8)] == [None, None, 8]


@pytest.mark.parametrize(("wins", "prompts"), [(7, 10), (150, 200), (800, 1500)])
def test_without_ties_it_is_the_beta_binomial_mixture(wins, prompts):
    low = always_valid(coins(wins, prompts)).low
    log_chance = wins * np.log(low) + (prompts - wins) * np.log1p(-low)  # of this sequence, if low were true
    log_mixture = -np.log(prompts + 1.0) - np.log(float(comb(prompts, wins)) if prompts < 1000 else 1.0)
    if prompts >= 1000:
        from scipy.special import betaln

        log_mixture = betaln(wins + 1, prompts - wins + 1)
    assert log_mixture - log_chance == pytest.approx(np.log(20), abs=1e-4)


@pytest.mark.weights
@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=60))
def test_it_is_wider_than_for_one_look_and_mirrors(outcomes):
    seen = np.array(outcomes)
    one, other = always_valid(seen), always_valid(1 - seen)
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-6)
    assert 0 <= one.low <= seen.mean() + 1e-8
    assert seen.mean() - 1e-8 <= one.high <= 1
    assert len(outcomes) < 20 or len(set(outcomes)) == 1 or one.width > same_raters(seen[:, None]).width * 0.9


def test_ties_narrow_it():
    ties = np.concatenate([coins(30, 50), np.full(50, 0.5)])
    assert always_valid(ties).width < always_valid(coins(55, 100)).width
