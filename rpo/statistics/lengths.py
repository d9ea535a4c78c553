"""The score that answers of equal length would have: a logistic regression on the log-ratio of lengths, read where it is 0.

The idea is that of length-controlled AlpacaEval (Dubois et al. 2024), with one covariate and no model of the prompts. The fit is
statsmodels' GLM of prompt means (a tie is 0.5) with a robust covariance, as means of votes are not binomial: HC1 (MacKinnon and
White 1985), n / (n − 2) times HC0, for a GLM's own "HC1" in statsmodels is HC0.
It is a correlation read as if length alone were changed: longer answers may be longer because they say more.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, isnan, log, nan, sqrt

import numpy as np

from rpo.statistics.intervals import LEVEL, means, vote_table
from rpo.statistics.result import Result
from rpo.voting.columns import Votes, columns

LEAST_PROMPTS = 30  # prompts for two coefficients
MeanLengths = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class LengthAdjusted(Result):
    """The score at equal lengths beside the `raw` one of the same n prompts, NaN where it cannot be fitted: `note` says why.

    `doubling` multiplies the odds of winning when the candidate's answer is twice as long; 1 is no taste for length.
    """

    score: float
    low: float
    high: float
    raw: float
    doubling: float
    n: int
    note: str = ""

    @property
    def question(self) -> str:
        """What the adjusted score is an answer to."""
        return "With these raters: how often would the candidate be preferred if both answers were equally long?"

    @property
    def known(self) -> bool:
        """Whether it could be fitted."""
        return not isnan(self.score)


def length_adjusted(votes: Votes, candidate: str, lengths: MeanLengths) -> LengthAdjusted:
    """Fit the prompts that have votes and lengths: comparison id to (candidate's, baseline's), in any one unit."""
    first = columns(votes).first
    measured = np.array([name in lengths for name in first.comparison.names], dtype=bool)
    first = first.where(measured[first.comparison.codes])
    names = first.comparison.used().names
    outcomes = means(vote_table(first, candidate))
    ratios = np.array([log(max(lengths[name][0], 1) / max(lengths[name][1], 1)) for name in names])
    reason = _unfit(outcomes, ratios)
    raw = float(outcomes.mean()) if names else nan
    found = None if reason else _fit(outcomes, ratios)
    if found is None:
        reason = reason or "cannot be fitted: lengths alone tell wins from losses, so no pair is left to compare at equal lengths"
        return LengthAdjusted(nan, nan, nan, raw, nan, len(names), reason)
    score, low, high, doubling = found
    return LengthAdjusted(score, low, high, raw, doubling, len(names), _reach(ratios))


def _unfit(outcomes: np.ndarray, ratios: np.ndarray) -> str:
    if len(outcomes) < LEAST_PROMPTS:
        return f"needs {LEAST_PROMPTS} prompts with votes and lengths, has {len(outcomes)}"
    if np.ptp(outcomes) == 0:
        return "cannot be fitted: every prompt has the same outcome"
    if np.ptp(ratios) < 1e-9:
        return "cannot be fitted: the ratio of lengths is the same on every prompt"
    return ""


def _reach(ratios: np.ndarray) -> str:
    """Whether equal lengths lie among those seen."""
    if ratios.min() <= 0 <= ratios.max():
        return ""
    side = "longer" if ratios.min() > 0 else "shorter"
    return f"the candidate's answer is the {side} one on every prompt, so equal lengths lie outside of what was seen"


def _fit(outcomes: np.ndarray, ratios: np.ndarray) -> tuple[float, float, float, float] | None:
    """Score at equal lengths, its ends, and the odds of a doubling; None where wins and losses are separated."""
    import statsmodels.api as sm
    from scipy.special import expit
    from scipy.stats import t
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    spread = float(ratios.std())
    design = np.stack([np.ones_like(ratios), ratios / spread], axis=1)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", PerfectSeparationWarning)
        try:
            fitted = sm.GLM(outcomes, design, family=sm.families.Binomial()).fit(cov_type="HC0")
        except PerfectSeparationWarning:
            return None
    (at_equal, slope), degrees = fitted.params, len(outcomes) - 2
    error = float(fitted.bse[0]) * sqrt(len(outcomes) / degrees)
    if not (np.isfinite(error) and fitted.converged):
        return None
    half = float(t.ppf((1 + LEVEL) / 2, degrees)) * error
    low, score, high = (float(expit(at_equal + shift)) for shift in (-half, 0, half))
    return score, low, high, exp(float(slope) * log(2) / spread)
