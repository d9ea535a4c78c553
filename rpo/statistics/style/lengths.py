"""The score that answers of equal length would have, as length-controlled AlpacaEval works it out (Dubois et al. 2024).

Length enters as tanh((candidate's − baseline's letters) / their standard deviation over prompts): a difference of some size
matters, and a very large one hardly more. See `control` for the fit. It is a correlation read as if length alone were changed:
longer answers may be longer because they say more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, isnan, nan, tanh

import numpy as np

from rpo.statistics.result import Result
from rpo.statistics.style.control import StyleFit, control
from rpo.statistics.style.difficulty import difficulty
from rpo.statistics.style.outcomes import others_of, outcomes_of
from rpo.statistics.style.reach import beyond
from rpo.voting.columns import Votes, columns

MeanLengths = Mapping[str, tuple[float, float]]
SAME_LENGTHS = "cannot be fitted: the difference of lengths is the same on every prompt"
SEPARATED = "style alone tells wins from losses, so how much is owed to it is a guess"


@dataclass(frozen=True)
class LengthAdjusted(Result):
    """The score at equal lengths beside the `raw` one of the same n prompts, NaN where it cannot be fitted: `note` says why.

    `doubling` multiplies the odds of winning when one answer of the usual length (the median of all) is met by one twice as long;
    1 is no taste for length. `extrapolated` where equal lengths lie at the edge of what was seen or beyond, as `note` says.
    `others` candidates gave the prompts' difficulty, 0 where there is no such term.
    """

    score: float
    low: float
    high: float
    raw: float
    doubling: float
    n: int
    note: str = ""
    extrapolated: bool = False
    others: int = 0

    @property
    def question(self) -> str:
        """What the adjusted score is an answer to."""
        return "With these raters: how often would the candidate be preferred if both answers were equally long?"

    @property
    def known(self) -> bool:
        """Whether it could be fitted."""
        return not isnan(self.score)


def length_adjusted(votes: Votes, candidate: str, lengths: MeanLengths, others: Votes = ()) -> LengthAdjusted:
    """Fit the prompts that have votes and lengths: comparison id to (candidate's, baseline's), in any one unit.

    `others` are votes on other candidates against the same baseline, whose lengths are given too; where they share half of the
    prompts, a term for a prompt's difficulty comes of them.
    """
    seen = outcomes_of(columns(votes), candidate, lengths)
    both = _both(seen.names, lengths)
    differences = both[:, 0] - both[:, 1]
    reason = seen.unfit or (SAME_LENGTHS if differences.any() and np.ptp(differences) < 1e-9 else "")
    if reason:
        return LengthAdjusted(nan, nan, nan, seen.raw, nan, len(seen.names), reason)
    beside = others_of(votes, others, candidate, lengths)
    hard = difficulty(seen.prompts, beside, lambda names: _saturated(_both(names, lengths)))
    found = control(seen.values, _saturated(both), hard)
    outside = beyond(differences[:, None], ("letters",))
    note = "; ".join(filter(None, (outside, SEPARATED if found.separated else "")))
    numbers = found.score, found.low, found.high, seen.raw, _doubling(found, both), len(seen.names)
    return LengthAdjusted(*numbers, note, bool(outside), len(beside) if hard.size else 0)


def _both(names: Sequence[str], lengths: MeanLengths) -> np.ndarray:
    return np.array([lengths[name] for name in names], dtype=float).reshape(-1, 2)


def _spread(both: np.ndarray) -> float:
    return max(float((both[:, 0] - both[:, 1]).std(ddof=1)), 1e-9)


def _saturated(both: np.ndarray) -> np.ndarray:
    """The differences of lengths (P, 2) as they enter the fit, (P, 1)."""
    return np.tanh((both[:, 0] - both[:, 1]) / _spread(both))[:, None]


def _doubling(found: StyleFit, both: np.ndarray) -> float:
    return exp(float(found.slopes[0]) * tanh(float(np.median(both)) / _spread(both)))
