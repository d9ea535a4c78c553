"""Figures of one look among many: a win rate among some prompts, with its interval, its p and Holm's correction.

Prompts are the clusters: each counts once, with the mean of its votes. Interval and p go by the panel's rule, as its verdict does
(`rpo.statistics.score`): for one look at the end, or at every look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import nan

import numpy as np

from rpo.statistics import Looks, Result
from rpo.statistics.intervals import same_raters
from rpo.statistics.sequential import always_valid, always_valid_p
from rpo.statistics.sign_flips import sign_flip_p

FEWEST_TOGETHER = 3  # prompts from which a group of them is looked at


class Grouping(StrEnum):
    """By what prompts or votes are put together, named as pages name it."""

    TAG = "tag"
    WORD = "word of a reason"
    SLICE = "slice"
    TOPIC = "topic"
    DISTANCE = "likeness to the training prompts"


@dataclass(frozen=True)
class WinsFound(Result):
    """How often a side wins among n prompts, a tie counted half; `holm` is p corrected for all that is looked at together.

    NaN, with n = 0, where no prompt has what it asks for.
    """

    value: float
    low: float
    high: float
    p: float
    n: int
    holm: float = nan
    question: str = "How often does this side win among these prompts, a tie counted half?"


@dataclass(frozen=True)
class GroupFound(Result):
    """The candidate's win rate among the prompts, or the votes, that have one thing in common."""

    grouping: Grouping
    name: str
    wins: WinsFound
    question: str = "How often does the candidate win here, a tie counted half?"


def wins_of(scores: np.ndarray, look: Looks) -> WinsFound:
    """The win rate of scores, one a prompt, (P,) in [0, 1]."""
    if not len(scores):
        return WinsFound(nan, nan, nan, nan, 0)
    once = look is Looks.ONCE
    interval = same_raters(scores[:, None]) if once else always_valid(scores)
    p = sign_flip_p(scores) if once else always_valid_p(scores)
    return WinsFound(float(scores.mean()), interval.low, interval.high, p, len(scores))


def groups_found(grouping: Grouping, groups: Mapping[str, Sequence[float]], look: Looks) -> tuple[GroupFound, ...]:
    """Of each group's scores, one a prompt, the candidate's win rate; groups of fewer than three prompts are left out."""
    enough = {name: np.array(scores) for name, scores in groups.items() if len(scores) >= FEWEST_TOGETHER}
    return tuple(GroupFound(grouping, name, wins_of(scores, look)) for name, scores in enough.items())
