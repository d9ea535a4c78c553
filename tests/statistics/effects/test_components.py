"""Mean squares of prompts, raters and the rest: the classical ones where nothing is missing, regression's where votes are."""

import numpy as np
import pytest
from statsmodels.api import OLS

from rpo.statistics.effects import components


def drawn(prompts=40, raters=4, spread=0.2, seed=0):
    draw = np.random.default_rng(seed)
    chances = 0.5 + draw.normal(0, 0.4, (prompts, 1)) + draw.normal(0, spread, raters)
    return (draw.random((prompts, raters)) < chances).astype(float)


def test_without_gaps_they_are_those_of_a_two_way_analysis_of_variance():
    outcomes = drawn()
    prompts, raters = outcomes.shape
    middle, by_prompt, by_rater = outcomes.mean(), outcomes.mean(axis=1), outcomes.mean(axis=0)
    left = outcomes - by_prompt[:, None] - by_rater + middle
    found = components(outcomes)
    assert found.prompts.square == pytest.approx(((by_prompt - middle) ** 2).sum() / (prompts - 1) / prompts)
    assert found.raters.square == pytest.approx(((by_rater - middle) ** 2).sum() / (raters - 1) / raters)
    assert found.rest.square == pytest.approx((left**2).sum() / (prompts - 1) / (raters - 1) / outcomes.size)
    degrees = found.prompts.degrees, found.raters.degrees, found.rest.degrees
    assert degrees == pytest.approx((prompts - 1, raters - 1, (prompts - 1) * (raters - 1)))


def test_with_gaps_raters_are_compared_on_the_same_prompts_as_regression_does():
    outcomes = drawn(seed=1)
    outcomes[np.random.default_rng(2).random(outcomes.shape) < 0.3] = np.nan
    outcomes = outcomes[~np.isnan(outcomes).all(axis=1)]
    prompt, rater = np.nonzero(~np.isnan(outcomes))
    votes, of_prompts, of_raters = outcomes[prompt, rater], np.eye(len(outcomes))[prompt], np.eye(4)[rater][:, 1:]
    both = OLS(votes, np.hstack([of_prompts, of_raters])).fit()
    found = components(outcomes)
    assert found.rest.degrees == both.df_resid
    ratio = (OLS(votes, of_prompts).fit().ssr - both.ssr) / 3 / both.mse_resid
    assert found.raters.square / found.rest.square == pytest.approx(ratio)  # the F of raters
    assert 2.5 < found.raters.degrees < 3


def test_raters_who_share_no_prompt_are_compared_by_their_means():
    outcomes = np.where(np.arange(4) == np.arange(400)[:, None] % 4, drawn(400, 4, 0.25), np.nan)
    by_rater = np.nanmean(outcomes, axis=0)
    assert components(outcomes).of_raters == pytest.approx(by_rater.var(ddof=1) / 4, rel=0.1)


def test_raters_who_differ_no_more_than_chance_add_nothing():
    alike = np.repeat(drawn(raters=1), 3, axis=1)
    assert components(alike).of_raters == pytest.approx(0, abs=1e-12)
    assert components(drawn(200, 5, 0.3)).of_raters > 0.003
