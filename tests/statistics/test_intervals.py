"""Two intervals: by hand where a hand reaches, undefined in words where they are undefined."""

import numpy as np
import pytest

from rpo.statistics.intervals import mean_of, other_raters, same_raters
from tests.statistics.plain import table


def split(raters, prompts=60, seed=0):
    return (np.random.default_rng(seed).random((prompts, raters)) < 0.6).astype(float)


@pytest.mark.parametrize("raters", [1, 2])
def test_other_raters_need_three(raters):
    found = other_raters(split(raters))
    assert not found.known
    assert f"needs 3 raters at least and as many prompts, has {raters} and 60" in found.note


def test_three_raters_who_copy_each_other_do_not_make_it_narrow():
    copied = np.repeat(split(1), 3, axis=1)
    assert other_raters(copied).width > 1.9 * same_raters(copied).width
    assert "3 raters" in other_raters(copied).note


def test_three_names_are_not_three_raters_if_one_does_nearly_all():
    lone = split(3)
    lone[2:, 1:] = np.nan
    found = other_raters(lone)
    assert not found.known
    assert "these weigh as much as 1.0" in found.note


def test_more_raters_who_differ_narrow_it():
    draw = np.random.default_rng(0)
    rates = np.tile([0.4, 0.8], 10)
    panel = (draw.random((200, 20)) < rates).astype(float)
    widths = [other_raters(panel[:, :count]).width for count in (4, 10, 20)]
    assert widths == sorted(widths, reverse=True)
    assert same_raters(panel).width < widths[-1]


def test_two_way_variance_by_hand():
    outcomes = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1]], dtype=float)
    cells = (outcomes - 6 / 9) / 9
    prompts, raters, each = (cells.sum(1) ** 2).sum() * 3 / 2, (cells.sum(0) ** 2).sum() * 3 / 2, (cells**2).sum() * 9 / 8
    pull = 4.302652729911275**2 * max(prompts + raters - each, prompts, raters) / (2 / 9)  # t with 2 degrees
    middle, half = (6 / 9 + pull / 2) / (1 + pull), (pull * 2 / 9 + pull**2 / 4) ** 0.5 / (1 + pull)
    found = other_raters(outcomes)
    assert (found.low, found.high) == pytest.approx((middle - half, middle + half))


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
