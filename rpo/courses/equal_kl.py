"""Runs held against each other where they stand equally far from their references.

A run that moves farther has larger margins whatever it learned, so runs are compared at one KL: the largest that all of them
reached, each read on a line between the evaluations around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rpo.courses.course import UNKNOWN, Bounds, Course
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.statistics.intervals import difference_of, mean_of, share_of
from rpo.statistics.sign_flips import sign_flip_p

FOUND = 1.96 + 0.84  # standard errors that a true difference must have for 80 % power at 5 %


@dataclass(frozen=True)
class AtEqualKl:
    """One run at the common KL: accuracy and distance (nats) with 95 % intervals for other held-out pairs, of n rows.

    It is read between the evaluations `after` and `before`, which are steps; equal where the run was measured just there.
    """

    course: Course
    accuracy: float
    distance: float
    accuracy_ends: Bounds
    distance_ends: Bounds
    after: int
    before: int


@dataclass(frozen=True)
class EqualKl:
    """Runs at the largest KL, in nats a token, that all reached: no reading where there is none, and `words` say what to mind."""

    kl: float
    readings: tuple[AtEqualKl, ...]
    words: str


@dataclass(frozen=True)
class CourseDifference:
    """The first setting less the second at equal KL, means over pairs of means over seeds; `found_from` is what would be found.

    The interval and the exact test are for other held-out pairs; `found_from` is the smallest true difference of accuracy that
    80 % of such studies find at 5 %.
    """

    kl: float
    accuracy: float
    ends: Bounds
    p: float
    found_from: float
    distance: float


def equal_kl(courses: Sequence[Course]) -> EqualKl:
    """Each run at the largest KL that all reached."""
    nowhere = [one for one in courses if one.reached <= 0]
    if nowhere or not courses:
        return EqualKl(0.0, (), _none(nowhere, len(courses)))
    kl = min(one.reached for one in courses)
    readings = tuple(_read(one, kl) for one in courses)
    return EqualKl(kl, readings, _minded(readings))


def difference(first: Sequence[Course], second: Sequence[Course]) -> CourseDifference:
    """A setting's seeds against another's, seed by seed, each two at the largest KL that both reached, on the same pairs."""
    both = list(zip(first, second, strict=False))
    if any(one.pairs != other.pairs or not one.known for one, other in both) or len({one.pairs for one in first}) != 1:
        raise RpoError(
            "runs must be measured on the same held-out pairs to be held against each other, these were not; give both the same "
            "data, `held_out` and seed"
        )
    reached = [min(one.reached, other.reached) for one, other in both]
    each = list(zip(both, reached, strict=True))
    won = np.mean([one.at(kl, one.won) - other.at(kl, other.won) for (one, other), kl in each], axis=0)
    distance = np.mean([one.at(kl, one.distances) - other.at(kl, other.distances) for (one, other), kl in each], axis=0)
    error = float(won.std(ddof=1)) / len(won) ** 0.5
    p = sign_flip_p((1 + won) / 2)
    return CourseDifference(
        float(np.mean(reached)), float(won.mean()), difference_of(won), p, FOUND * error, float(distance.mean())
    )


def _read(course: Course, kl: float) -> AtEqualKl:
    before, after = course.around(kl)
    place = after if course.along[after] == kl else before
    ends = UNKNOWN, UNKNOWN
    if course.known:
        ends = share_of(course.at(kl, course.won)), mean_of(course.at(kl, course.distances))
    accuracy, distance = (float(course.at(kl, line)) for line in (course.accuracy, course.distance))
    return AtEqualKl(course, accuracy, distance, *ends, int(course.steps[place]), int(course.steps[after]))


def _none(nowhere: Sequence[Course], count: int) -> str:
    if not count:
        return "No KL is common to all runs, because there is no run that can be read."
    return (
        f"No KL is common to these {quantity(count, 'run')}: {quantity(len(nowhere), 'run has', 'runs have')} no evaluation with "
        "a KL above 0 yet. Wait for the first evaluation, or leave them out."
    )


def _minded(readings: Sequence[AtEqualKl]) -> str:
    """What keeps the readings from being comparable, or less than it seems."""
    said, early = [], [one for one in readings if one.after == 0]
    if len({one.course.pairs for one in readings if one.course.known}) > 1:
        said.append("The runs were not measured on the same held-out pairs, so part of a difference is a difference of pairs.")
    if early:
        many = quantity(len(early), "run is", "runs are")
        said.append(f"{many} read between the untrained policy and the first evaluation: more evaluations would say more.")
    if not all(one.course.known for one in readings):
        said.append("Where no interval stands, the pairs' own log-ratios are not known: unpaired data, or an older version.")
    return " ".join(said)
