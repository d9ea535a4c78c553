"""A margin that was agreed on before: what intervals say of it, how often that is wrong, and how many prompts it takes."""

import numpy as np
import pytest

from rpo.errors import RpoError
from rpo.statistics import Closeness, Interval, closeness, prompts_for_margin
from rpo.statistics.intervals import same_raters
from tests.statistics.worlds import split_prompts

NAN = float("nan")


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        (0.46, 0.54, Closeness.ALIKE),
        (0.51, 0.54, Closeness.ALIKE),  # ahead, by less than the margin
        (0.46, 0.58, Closeness.NOT_WORSE),
        (0.45, 0.54, Closeness.OPEN),  # an end on the margin is not within it
        (0.46, 0.55, Closeness.NOT_WORSE),
        (0.40, 0.60, Closeness.OPEN),
        (0.40, 0.449, Closeness.WORSE),
        (0.40, 0.46, Closeness.OPEN),
        (NAN, NAN, Closeness.OPEN),
    ],
)
def test_what_an_interval_says_of_a_margin_of_five_points(low, high, says):
    assert closeness(Interval(low, high, 100, ""), 0.05) is says


@pytest.mark.parametrize("margin", [0.0, -0.05, 0.3, 5, NAN])
def test_a_margin_that_is_none_is_refused(margin):
    with pytest.raises(RpoError, match="margin must be"):
        prompts_for_margin(margin)


@pytest.mark.weights
@pytest.mark.parametrize(("votes", "ties"), [(1, 0.0), (1, 0.3), (3, 0.2)])
def test_a_candidate_that_is_worse_by_the_margin_is_seldom_called_not_worse_and_the_plan_finds_equal_ones(votes, ties):
    draw, margin = np.random.default_rng(0), 0.1

    def called(prompts, rate):
        panels = (split_prompts(draw, prompts, votes, rate, ties) for _ in range(400))
        return np.mean([same_raters(one).low > 0.5 - margin for one in panels])

    assert called(150, 0.5 - margin / (1 - ties)) <= 0.045  # 2.5 %, and two standard errors of 400 panels
    assert called(prompts_for_margin(margin, votes, ties), 0.5) == pytest.approx(0.8, abs=0.06)
