"""Two 95 % intervals of a score, each with its question: other prompts for these raters, and other raters too.

Both put a variance that counts clusters, not votes, on Wilson's scale: n* = score (1 − score) / variance prompts of one vote each
would be as uncertain, so the interval stays within [0, 1] and keeps a width when all votes agree (Korn and Graubard 1998; Franco
et al. 2019, who recommend Wilson's among seven). These raters: variance over prompt means, t with P − 1 degrees. Raters like
these: prompts + raters − cells (Cameron, Gelbach and Miller 2011), never less than either alone, t with G − 1 degrees, G the
smaller number of clusters; a rater with few votes counts for part of one (Carter, Schnepel and Steigerwald 2017).
Not for looking before the end: see `sequential`. Coverage is measured in tests/bench/bench_coverage.py.
Axes: P prompts, R raters. Outcomes (P, R) are 1, 0.5 or 0, NaN where that rater gave no vote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan, sqrt

import numpy as np

from rpo.voting.columns import Columns
from rpo.voting.result import Result

LEVEL = 0.95
RATERS = 3  # below which nothing can be said of other raters
SAME_RATERS = "With these raters: what if we had asked other prompts like these?"
OTHER_RATERS = "What if other raters like these had judged other prompts like these?"


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
    """Other prompts like these, judged by these raters. Covers 94 to 98 % in simulations, also with ties and few prompts.

    Taken for what other raters would say it is far too narrow: of five with a moderate spread it covers 6 in 10.
    """
    prompts = len(outcomes)
    shares = _shares(outcomes)
    variance = _clustered(shares.sum(1))
    low, high = _wilson(_score(outcomes), variance, max(prompts - 1, 1), prompts)
    return Interval(low, high, prompts, SAME_RATERS, "" if prompts > 1 else "one prompt says next to nothing")


def other_raters(outcomes: np.ndarray) -> Interval:
    """Other raters like these and other prompts like these; undefined below three raters, and wide with three.

    Covers 95 to 98 % in simulations of raters with a moderate spread, more where raters hardly differ.
    """
    prompts, raters = outcomes.shape
    if min(prompts, raters) < RATERS:
        return _undefined(raters, f"needs {RATERS} raters at least and as many prompts, has {raters} and {prompts}")
    shares = _shares(outcomes)
    of_prompts, of_raters = _clustered(shares.sum(1)), _clustered(shares.sum(0))
    of_cells = _clustered(shares[~np.isnan(outcomes)])
    variance = max(of_prompts + of_raters - of_cells, of_prompts, of_raters)
    effective = _effective_raters(outcomes)
    if effective < RATERS - 1:
        return _undefined(raters, f"needs votes spread over {RATERS} raters, these weigh as much as {effective:.1f}")
    low, high = _wilson(_score(outcomes), variance, min(prompts, effective) - 1, prompts)
    return Interval(low, high, raters, OTHER_RATERS, _breadth(raters, high - low))


def _breadth(raters: int, width: float) -> str:
    if raters > 5:
        return ""
    return f"{raters} raters: {100 * width:.0f} points wide, because so few raters tell little of others; more raters narrow it"


def _undefined(raters: int, why: str) -> Interval:
    return Interval(nan, nan, raters, OTHER_RATERS, why)


def means(outcomes: np.ndarray) -> np.ndarray:
    """The mean outcome of each prompt, (P,)."""
    return np.nansum(outcomes, axis=1) / (~np.isnan(outcomes)).sum(axis=1)


def _score(outcomes: np.ndarray) -> float:
    return float(means(outcomes).mean())


def _weights(outcomes: np.ndarray) -> np.ndarray:
    """What each cell counts for in the score, (P, R): prompts count alike, and raters alike within a prompt."""
    seen = ~np.isnan(outcomes)
    return seen / seen.sum(axis=1, keepdims=True) / len(outcomes)


def _shares(outcomes: np.ndarray) -> np.ndarray:
    """What each cell moves the score away from its mean, (P, R); 0 without a vote."""
    return _weights(outcomes) * np.nan_to_num(outcomes - _score(outcomes))


def _effective_raters(outcomes: np.ndarray) -> float:
    """How many raters of equal weight would weigh as much."""
    return float(1 / (_weights(outcomes).sum(0) ** 2).sum())


def _clustered(sums: np.ndarray) -> float:
    """The variance of a sum of so many independent clusters."""
    return float((sums**2).sum() * len(sums) / max(len(sums) - 1, 1))


def _wilson(score: float, variance: float, degrees: float, prompts: int) -> tuple[float, float]:
    from scipy.stats import t

    spread = score * (1 - score)
    count = spread / variance if variance > 1e-12 and spread > 1e-12 else prompts
    pull = float(t.ppf((1 + LEVEL) / 2, degrees)) ** 2 / count
    middle, half = (score + pull / 2) / (1 + pull), sqrt(pull * spread + pull**2 / 4) / (1 + pull)
    return max(0.0, min(middle - half, score)), min(1.0, max(middle + half, score))


def table(votes: Columns, candidate: str, settled: Sequence[float] = ()) -> np.ndarray:
    """The candidate's outcomes (P, R), prompts and raters by name; `settled` prompts needed no rater: as if all had said so."""
    prompts, raters = votes.comparison.used(), votes.rater.used()
    width = max(1, len(raters.names))
    cells, size = prompts.codes * width + raters.codes, len(prompts.names) * width
    shape = len(prompts.names), width
    sums = np.bincount(cells, votes.outcomes(candidate), size).astype(float).reshape(shape)  # integers where there is no vote
    counts = np.bincount(cells, minlength=size).reshape(shape)
    seen = np.divide(sums, counts, out=np.full_like(sums, nan), where=counts > 0)
    return np.concatenate([seen, np.tile(np.reshape(settled, (-1, 1)), width)])
