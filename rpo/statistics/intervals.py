"""A 95 % interval of a score, with its question: other prompts for these raters. For other raters like these too: see `effects`.

Both put a variance that counts clusters, not votes, on Wilson's scale: n* = score (1 − score) / variance prompts of one vote each
would be as uncertain, so the interval stays within [0, 1] and keeps a width when all votes agree (Korn and Graubard 1998; Franco
et al. 2019, who recommend Wilson's among seven). n* is at most what one prompt that differs from all others would leave, so
outcomes that are all alike, ties among them, are no special case. These raters: variance over prompt means, t with P − 1
degrees; where this interval and the exact test of `sign_flips` differ on 50 %, which takes a p near 0.05 or few prompts, its
nearer end goes to where the test has it, so that the interval holds 50 % exactly where p > 0.05.
Not for looking before the end: see `sequential`. Coverage is measured in tests/bench/bench_coverage.py.
Axes: P prompts, R raters. Outcomes (P, R) are 1, 0.5 or 0, NaN where that rater gave no vote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import isnan, nan, sqrt

import numpy as np

from rpo.statistics.result import Result
from rpo.statistics.sign_flips import sign_flip_p
from rpo.voting.columns import Columns

LEVEL = 0.95
ERROR_RATE = 0.05  # p at or below which a difference is called one
SAME_RATERS = "With these raters: what if we had asked other prompts like these?"


class Looks(Enum):
    """When one looks at the votes: once, after the last one, or at any time and again."""

    ONCE = "once, at the end"
    ALWAYS = "at any time"


@dataclass(frozen=True)
class Interval(Result):
    """Ends of a 95 % interval from n prompts or raters, NaN where it is undefined; `note` says why, or what to mind."""

    low: float
    high: float
    n: int
    question: str
    note: str = ""

    @property
    def known(self) -> bool:
        """Whether there is an interval at all."""
        return not isnan(self.low)

    @property
    def width(self) -> float:
        """From end to end."""
        return self.high - self.low

    @property
    def words(self) -> str:
        """The interval for a page to print, or why there is none."""
        return "; ".join(filter(None, (f"{self.low:.1%} to {self.high:.1%}" if self.known else "", self.note)))

    def holds(self, value: float) -> bool:
        """Whether the value lies within."""
        return self.low <= value <= self.high


def same_raters(outcomes: np.ndarray) -> Interval:
    """Other prompts like these, judged by these raters; holds one half exactly where `sign_flip_p` is above 5 %.

    Covers 94 to 98 % in simulations, also with ties and few prompts. Taken for what other raters would say it is far too narrow:
    of five with a moderate spread it covers 6 in 10.
    """
    scores = means(outcomes)
    low, high = _as_tested(scores, *share_of(scores))
    return Interval(low, high, len(scores), SAME_RATERS, "" if len(scores) > 1 else "one prompt says next to nothing")


def difference_of(values: np.ndarray) -> tuple[float, float]:
    """Ends for the mean of differences in [−1, 1], one a prompt, (P,); holds 0 exactly where `sign_flip_p` is above 5 %."""
    halved = (1 + values) / 2
    low, high = _as_tested(halved, *share_of(halved))
    return 2 * low - 1, 2 * high - 1


def share_of(values: np.ndarray) -> tuple[float, float]:
    """Ends for the mean of a figure in [0, 1], one a prompt, (P,): Wilson's, with as many prompts as they are worth."""
    score = float(values.mean())
    return from_variance(score, variance_of(values), len(values), max(len(values) - 1, 1))


def from_variance(score: float, variance: float, prompts: int, degrees: float) -> tuple[float, float]:
    """Ends for a share of that variance from so many prompts: Wilson's, with as many prompts as they are worth."""
    return _wilson(score, _worth(score, variance, prompts), degrees)


def p_from_variance(score: float, variance: float, prompts: int, degrees: float) -> float:
    """The two-sided p of "the share is one half", at most 5 % exactly where the ends of `from_variance` leave it out."""
    from scipy.stats import t

    return float(2 * t.sf(abs(score - 0.5) / sqrt(0.25 / _worth(score, variance, prompts)), degrees))


def mean_of(values: np.ndarray) -> tuple[float, float]:
    """Ends for the mean of a figure without bounds, one a prompt, (P,): Student's; NaN where one prompt is all there is."""
    from scipy.stats import t

    if len(values) < 2:
        return nan, nan
    half = float(t.ppf((1 + LEVEL) / 2, len(values) - 1)) * sqrt(variance_of(values))
    return float(values.mean()) - half, float(values.mean()) + half


def _as_tested(scores: np.ndarray, low: float, high: float) -> tuple[float, float]:
    """The ends, the nearer one moved past one half if the exact test is of another mind: as far as its p is from 5 %."""
    from scipy.stats import t

    p, score, degrees = sign_flip_p(scores), float(scores.mean()), max(len(scores) - 1, 1)
    if (p > ERROR_RATE) == (low <= 0.5 <= high):
        return low, high
    beyond = float(t.isf(p / 2, degrees) - t.isf(ERROR_RATE / 2, degrees))  # below 0 where the test sees no difference
    shift = beyond * sqrt(0.25 / _worth(score, variance_of(scores), len(scores)))
    return (min(0.5 + shift, score), high) if score > 0.5 else (low, max(0.5 - shift, score))


def variance_of(values: np.ndarray) -> float:
    """Of the mean of so many prompts."""
    return clustered((values - values.mean()) / len(values))


def clustered(sums: np.ndarray) -> float:
    """The variance of a sum of so many independent clusters."""
    return float((sums**2).sum() * len(sums) / max(len(sums) - 1, 1))


def means(outcomes: np.ndarray) -> np.ndarray:
    """The mean outcome of each prompt, (P,)."""
    return np.nansum(outcomes, axis=1) / (~np.isnan(outcomes)).sum(axis=1)


def _worth(score: float, variance: float, prompts: int) -> float:
    """How many prompts of one vote would be as uncertain; where all are alike, as many as if one more had differed."""
    spread = score * (1 - score)
    most = max(float(prompts), 4 * spread * prompts**2)
    return spread / variance if variance * most > spread else most


def _wilson(score: float, count: float, degrees: float) -> tuple[float, float]:
    from scipy.stats import t

    spread, pull = score * (1 - score), float(t.ppf((1 + LEVEL) / 2, degrees)) ** 2 / count
    middle, half = (score + pull / 2) / (1 + pull), sqrt(pull * spread + pull**2 / 4) / (1 + pull)
    return max(0.0, min(middle - half, score)), min(1.0, max(middle + half, score))


def vote_table(votes: Columns, candidate: str, settled: Sequence[float] = ()) -> np.ndarray:
    """The candidate's outcomes (P, R), prompts and raters by name; `settled` prompts needed no rater: as if all had said so."""
    prompts, raters = votes.comparison.used(), votes.rater.used()
    width = max(1, len(raters.names))
    cells, size = prompts.codes * width + raters.codes, len(prompts.names) * width
    shape = len(prompts.names), width
    sums = np.bincount(cells, votes.outcomes(candidate), size).astype(float).reshape(shape)  # integers where there is no vote
    counts = np.bincount(cells, minlength=size).reshape(shape)
    seen = np.divide(sums, counts, out=np.full_like(sums, nan), where=counts > 0)
    return np.concatenate([seen, np.tile(np.reshape(settled, (-1, 1)), width)])
