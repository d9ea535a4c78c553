"""The score that answers of one style would have: a logistic regression on differences of style, read where they are 0.

The form is that of length-controlled AlpacaEval (Dubois et al. 2024, arXiv 2404.04475): the logit of winning is a + b · style
difference + c · the prompt's difficulty, and the score is the mean over prompts with the style differences set to 0. Outcomes
may be means of votes or a judge's numbers, anything from 0 to 1. A normal prior of scale 2.5 on standardised differences (the
scale of Gelman et al. 2008) draws slopes towards 0, so that figures are finite where style separates wins from losses. AlpacaEval
chooses an L1 penalty by cross-validation instead, and adds its own baseline made longer and shorter, which a panel lacks.
Errors are a sandwich over prompts with the factor n / (n − k) (HC1, MacKinnon and White 1985); a slope's is never below what the
model itself gives, as a feature that differs on few prompts, all won, leaves residuals too small to say anything.
Axes: P prompts, K differences.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from rpo.statistics.intervals import LEVEL

PRIOR_SCALE = 2.5


@dataclass(frozen=True, eq=False)
class StyleFit:
    """The score at equal style with the ends of its 95 % interval; `slopes` (K,) in logits with `low_slopes` and `high_slopes`.

    `separated`: style tells all wins from all losses, so the prior decides how steep the slopes are.
    """

    score: float
    low: float
    high: float
    slopes: np.ndarray
    low_slopes: np.ndarray
    high_slopes: np.ndarray
    separated: bool


def control(outcomes: np.ndarray, style: np.ndarray, difficulty: np.ndarray) -> StyleFit:
    """Fit outcomes (P,) from 0 to 1, not all alike, on style differences (P, K) and the prompts' difficulty (P, 0) or (P, 1)."""
    from scipy.special import expit
    from scipy.stats import t

    design = np.column_stack([np.ones(len(outcomes)), style, difficulty])
    at_equal = design.copy()
    at_equal[:, 1 : 1 + style.shape[1]] = 0
    found = _fit(outcomes, design)
    moved, separated = _influence(outcomes, design, found), _separated(outcomes, design @ found)
    chances = expit(at_equal @ found)
    score = float(chances.mean())
    gradient = (chances * (1 - chances)) @ at_equal / len(outcomes)
    shares, degrees = (chances - score) / len(outcomes) + moved @ gradient, len(outcomes) - len(found)
    inflated, modelled = len(outcomes) / degrees, _modelled(outcomes, design, found, 1.0 if separated else None)
    variance = max(inflated * float(shares @ shares), float(gradient @ modelled @ gradient) if separated else 0.0)
    reach, slopes = float(t.ppf((1 + LEVEL) / 2, degrees)), slice(1, 1 + style.shape[1])
    low, high = _ends(score, reach * sqrt(variance))
    half = reach * np.sqrt(np.maximum(inflated * (moved**2).sum(axis=0), np.diag(modelled)))[slopes]
    return StyleFit(score, low, high, found[slopes], found[slopes] - half, found[slopes] + half, separated)


def chances_by_style(outcomes: np.ndarray, style: np.ndarray) -> np.ndarray:
    """The chances of winning (P,) that the outcomes (P,), not all alike, have by their style differences (P, K) alone."""
    from scipy.special import expit

    design = np.column_stack([np.ones(len(outcomes)), style])
    return expit(design @ _fit(outcomes, design))


def _fit(outcomes: np.ndarray, design: np.ndarray) -> np.ndarray:
    """Coefficients (1 + K + …,): a prompt counts as a win and as a loss, each by its part."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=PRIOR_SCALE**2, tol=1e-9, max_iter=10_000, solver="newton-cholesky")
    twice, sides = np.vstack([design[:, 1:]] * 2), np.repeat([1, 0], len(outcomes))
    if not twice.shape[1]:
        return np.log(outcomes.mean() / (1 - outcomes.mean())).reshape(1)
    model.fit(twice, sides, sample_weight=np.concatenate([outcomes, 1 - outcomes]))
    return np.concatenate([model.intercept_, model.coef_[0]])


def _curvature(design: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Of the penalised log-likelihood, whose intercept has no penalty."""
    from scipy.special import expit

    chances = expit(design @ found)
    penalty = np.full(len(found), PRIOR_SCALE**-2)
    penalty[0] = 0
    return design.T @ (design * (chances * (1 - chances))[:, None]) + np.diag(penalty)


def _influence(outcomes: np.ndarray, design: np.ndarray, found: np.ndarray) -> np.ndarray:
    """How far each prompt moves the coefficients, (P, 1 + K + …)."""
    from scipy.special import expit

    residuals = outcomes - expit(design @ found)
    return np.linalg.solve(_curvature(design, found), (design * residuals[:, None]).T).T


def _modelled(outcomes: np.ndarray, design: np.ndarray, found: np.ndarray, dispersion: float | None) -> np.ndarray:
    """The coefficients' covariance as the model has it, with Pearson's dispersion of at most 1 (McCullagh and Nelder 1989)."""
    from scipy.special import expit

    if dispersion is None:
        chances = expit(design @ found)
        spread = chances * (1 - chances)
        dispersion = min(1.0, float(((outcomes - chances) ** 2 / spread).sum()) / (len(outcomes) - len(found)))
    return dispersion * np.linalg.inv(_curvature(design, found))


def _separated(outcomes: np.ndarray, fitted: np.ndarray) -> bool:
    won, lost = fitted[outcomes > 0.5], fitted[outcomes < 0.5]
    return bool(len(won) and len(lost) and won.min() > lost.max())


def _ends(score: float, half: float) -> tuple[float, float]:
    """The ends of score ± half, put symmetrically on the scale of logits."""
    from scipy.special import expit, logit

    middle, spread = float(logit(score)), half / (score * (1 - score))
    return float(expit(middle - spread)), float(expit(middle + spread))
