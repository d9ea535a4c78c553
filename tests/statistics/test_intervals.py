"""Intervals: by hand where a hand reaches, undefined in words where they are undefined."""

import numpy as np
import pytest

from rpo.statistics.effects import other_raters
from rpo.statistics.intervals import mean_of, same_raters
from tests.statistics.plain import table


@pytest.mark.parametrize(("outcome", "ends"), [(1.0, (0.9, 1.0)), (0.0, (0.0, 0.1)), (0.5, (0.48, 0.52))])
def test_where_all_votes_agree_a_width_remains(outcome, ends):
    alike = np.full((50, 3), outcome)
    for found in (same_raters(alike), other_raters(alike)):
        assert found.low < found.high
        assert found.holds(outcome)
    assert (same_raters(alike).low, same_raters(alike).high) == pytest.approx(ends, abs=0.03 if outcome != 0.5 else 0.001)


def test_a_table_has_a_row_a_prompt_and_a_column_a_rater():
    made = table([("b", "Ann", 1.0), ("a", "Bob", 0.0), ("b", "Ann", 0.0)], settled=[0.5])
    assert made[0].tolist() == pytest.approx([np.nan, 0.0], nan_ok=True)
    assert made[1].tolist() == pytest.approx([0.5, np.nan], nan_ok=True)
    assert made[2].tolist() == [0.5, 0.5]


def test_the_mean_of_a_figure_without_bounds_has_students_interval():
    from scipy.stats import ttest_1samp

    values = np.array([0.3, -2.0, 4.0, 11.0, 1.5])
    assert mean_of(values) == pytest.approx(tuple(ttest_1samp(values, 0).confidence_interval(0.95)))
    assert np.isnan(mean_of(values[:1])).all()
