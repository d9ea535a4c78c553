"""The spread of raters: what simulated raters have, none where they are alike, and nothing where nothing can be said."""

import numpy as np
import pytest

from rpo.statistics import rater_spread
from rpo.voting import Choice, Vote


def votes_of(outcomes):
    """Votes of raters (columns) on prompts (rows); NaN where there is none."""
    sides = {1.0: Choice.LEFT, 0.0: Choice.RIGHT, 0.5: Choice.TIE}
    cells = [(p, r, float(x)) for (p, r), x in np.ndenumerate(outcomes) if not np.isnan(x)]
    return [Vote(str(p), str(p), "", f"rater {r}", sides[x], False, "a", "b", 0, 0.0) for p, r, x in cells]


def drawn(rates, prompts=400, ties=0.0, seed=0):
    draw = np.random.default_rng(seed)
    outcomes = (draw.random((prompts, len(rates))) < rates).astype(float)
    outcomes[draw.random(outcomes.shape) < ties] = 0.5
    return votes_of(outcomes)


@pytest.mark.parametrize("ties", [0.0, 0.3])
def test_it_is_the_standard_deviation_of_decided_win_rates(ties):
    rates = np.linspace(0.3, 0.8, 6)
    found = rater_spread(drawn(rates, ties=ties), "a")
    assert found.value == pytest.approx(rates.std(ddof=1), rel=0.12)
    assert (found.n, found.prompts) == (6, 400)
    assert found.value == pytest.approx(rater_spread(drawn(rates, ties=ties), "b").value)


def test_raters_who_are_alike_have_next_to_none():
    assert rater_spread(drawn([0.6] * 5), "a").value < 0.03


@pytest.mark.parametrize(
    "outcomes",
    [
        np.ones((20, 2)),  # two raters
        np.ones((2, 5)),  # two prompts
        np.full((20, 4), 0.5),  # nothing but ties
        np.column_stack([np.ones(40), *np.full((3, 40), np.nan)]) + 0,  # one rater
        np.where(np.arange(4) * np.ones((40, 1)) > np.r_[[3], [0] * 39][:, None], np.nan, 1.0),  # nearly all by one
        np.empty((0, 0)),  # no vote
    ],
)
def test_there_is_none_where_too_little_is_known(outcomes):
    assert rater_spread(votes_of(outcomes), "a") is None
