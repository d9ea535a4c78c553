"""Whether one side is worse than the other by no more than a margin that was agreed on before the first vote.

By the 95 % interval that the panel goes by. Not worse: its lower end lies above one half less the margin, which is wrong in at
most 2.5 of 100 panels whose candidate is worse by exactly the margin (a non-inferiority test by its interval). Alike: the whole
interval lies within the margin on both sides, two one-sided tests at 2.5 % (Schuirmann 1987), stricter than the usual 5 %. A
margin is a part of the score: 0.05 is five points. Not who is ahead: see `score`.
"""

from enum import Enum
from math import ceil

from rpo.statistics.intervals import ERROR_RATE, Interval
from rpo.statistics.power import POWER, REPORTED_AGREEMENT, variance_of_prompts
from rpo.voting.types import check_margin


class Closeness(Enum):
    """What an interval says of a margin."""

    ALIKE = "the two differ by less than the margin"
    NOT_WORSE = "the candidate is not worse by more than the margin"
    WORSE = "the candidate is worse by more than the margin"
    OPEN = "the candidate may be worse by more than the margin"


def closeness(interval: Interval, margin: float) -> Closeness:
    """What the interval shows of the candidate within that margin; nothing where there is no interval."""
    check_margin(margin)
    if interval.low > 0.5 - margin:
        return Closeness.ALIKE if interval.high < 0.5 + margin else Closeness.NOT_WORSE
    return Closeness.WORSE if interval.high < 0.5 - margin else Closeness.OPEN


def prompts_for_margin(margin: float, votes: int = 1, ties: float = 0.0, agree: float = REPORTED_AGREEMENT) -> int:
    """How many prompts show "not worse" in four panels of five of two sides that are equally good, for one look at the end.

    A normal approximation: a prompt's variance times (z(97.5 %) + z(80 %))² over the margin's square; `votes`, `ties` and `agree`
    are those of `power`.
    """
    from scipy.stats import norm

    check_margin(margin)
    reach = float(norm.isf(ERROR_RATE / 2) + norm.ppf(POWER))
    return ceil(variance_of_prompts(votes, ties, agree) * (reach / margin) ** 2)
