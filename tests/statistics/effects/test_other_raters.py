"""The interval for other raters like these: narrow where raters are alike, wide where three differ, undefined in words."""

import numpy as np
import pytest
from scipy.stats import t

from rpo.statistics.effects import Components, Source, half_width, other_raters
from rpo.statistics.intervals import same_raters


def split(raters, prompts=60, seed=0):
    return (np.random.default_rng(seed).random((prompts, raters)) < 0.6).astype(float)


@pytest.mark.parametrize("raters", [1, 2])
def test_other_raters_need_three(raters):
    found = other_raters(split(raters))
    assert not found.known
    assert f"needs 3 raters at least and as many prompts, has {raters} and 60" in found.note


def test_raters_who_say_the_same_leave_only_prompts_unsure():
    copied = np.repeat(split(1), 3, axis=1)
    assert other_raters(copied).width == pytest.approx(same_raters(copied).width, rel=0.01)
    assert "3 raters: 25 points wide, because these raters hardly differ" in other_raters(copied).note


def test_three_raters_who_differ_make_it_wide():
    draw = np.random.default_rng(0)
    apart = (draw.random((100, 3)) < [0.4, 0.6, 0.8]).astype(float)
    assert other_raters(apart).width > 3 * same_raters(apart).width
    assert "so few raters" in other_raters(apart).note


@pytest.mark.parametrize(
    ("prompts", "raters", "rest", "half"),
    [
        (1.0, 0.0, 0.0, t.ppf(0.975, 40)),  # prompts alone: Student's t with their degrees
        (0.0, 1.0, 0.0, t.ppf(0.975, 2)),  # raters alone: with theirs
        (1.0, 1.0, 1e9, t.ppf(0.975, 40)),  # raters who differ less than chance
    ],
)
def test_what_alone_is_unsure_gives_students_interval(prompts, raters, rest, half):
    found = Components(Source(prompts, 40), Source(raters, 2), Source(rest, 80))
    assert half_width(found) == pytest.approx(half, rel=0.02)


def test_its_width_is_that_of_a_simulated_pivot():
    found, draw = Components(Source(1.0, 99), Source(2.0, 2), Source(0.5, 198)), np.random.default_rng(0)
    prompts, raters, rest = (one.square * one.degrees / draw.chisquare(one.degrees, 400_000) for one in vars(found).values())
    away = abs(draw.normal(size=400_000)) * np.sqrt(prompts + np.maximum(raters - rest, 0))
    assert half_width(found) == pytest.approx(np.quantile(away, 0.95), rel=0.01)


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
