"""How far raters agree: percent, Krippendorff's alpha and Gwet's AC1, each with what it means; and where they do not.

All three, because lopsided votes split them: where nearly every vote is a win, alpha falls to 0 although raters agree nearly
always (a paradox of chance-corrected figures), and AC1 does not. Verdicts are win, tie, loss, as names without an order.
Alpha and its interval come from evalica (Hayes' bootstrap); percent and AC1 are Gwet's (2014) for raters that did not all see
all, their intervals a bootstrap over prompts. Not agreement with a truth: raters can agree and be wrong. Hidden repeats do not
count. Axes: P prompts, K = 3 verdicts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from rpo.voting.comparison import Vote
from rpo.voting.intervals import table
from rpo.voting.result import Result

VERDICTS = (0.0, 0.5, 1.0)
RESAMPLES = 1000
Figure = Callable[[np.ndarray], np.ndarray]
UNANIMOUS = "undefined: all votes are the same, so agreement by chance and real agreement cannot be told apart"
PERCENT = "Of two votes by different raters on one prompt, so many in a hundred are alike. Anchor: AlpacaEval's humans 65.7 %."
ALPHA = "Agreement beyond chance: 1 is perfect, 0 is what chance gives. It falls to 0 when nearly all votes are alike."
AC1 = "Agreement beyond chance, with chance reckoned so that lopsided votes do not pull it down: 1 is perfect, 0 is chance."


@dataclass(frozen=True)
class Coefficient(Result):
    """One figure of agreement with its 95 % interval over n prompts, NaN where undefined; `meaning` says it in words."""

    value: float
    low: float
    high: float
    n: int
    meaning: str

    @property
    def question(self) -> str:
        """What it asks."""
        return "How far do two raters agree on prompts like these?"

    @property
    def known(self) -> bool:
        """Whether it is defined."""
        return not isnan(self.value)


@dataclass(frozen=True)
class Agreement(Result):
    """Three figures over the prompts that two raters at least voted on; `note` says what is missing."""

    percent: Coefficient
    alpha: Coefficient
    ac1: Coefficient
    prompts: int
    raters: int
    note: str = ""

    @property
    def question(self) -> str:
        """What they ask."""
        return "Do raters agree with each other, and more than chance would have it?"


def agreement(votes: Sequence[Vote], candidate: str, seed: int = 0) -> Agreement:
    """Agreement of all raters; with one rater, or none on the same prompt, every figure is undefined and says so."""
    first = [vote for vote in votes if vote.repeat == 0]
    cells = [(vote.comparison, vote.rater, vote.outcome(candidate)) for vote in first]
    grid = table(cells)
    raters, shared = len({vote.rater for vote in first}), int(((~np.isnan(grid)).sum(axis=1) > 1).sum())
    if not shared:
        note = f"needs two raters on the same prompts; there {_are(raters)}"
        nothing = Coefficient(nan, nan, nan, 0, note)
        return Agreement(nothing, nothing, nothing, 0, raters, note)
    counts = np.stack([(np.rint(2 * grid) == 2 * verdict).sum(axis=1) for verdict in VERDICTS], axis=1)
    draw = np.random.default_rng(seed)
    percent, ac1 = (_bootstrapped(figure, counts, shared, words, draw) for figure, words in ((_percent, PERCENT), (_ac1, AC1)))
    return Agreement(percent, _alpha(grid, shared, seed), ac1, shared, raters)


def _are(raters: int) -> str:
    return "is one rater" if raters == 1 else f"are {raters} raters and no prompt that two of them saw"


def _alpha(grid: np.ndarray, shared: int, seed: int) -> Coefficient:
    import evalica
    import pandas as pd

    units = pd.DataFrame(grid.T)  # raters in rows
    if evalica.alpha(units).expected == 0:
        return Coefficient(nan, nan, nan, shared, UNANIMOUS)
    found = evalica.alpha_bootstrap(units, n_resamples=RESAMPLES, random_state=seed)
    return Coefficient(found.alpha, found.low, found.high, shared, ALPHA)


def _percent(counts: np.ndarray) -> np.ndarray:
    """The share of pairs of votes that are alike, the mean over prompts with two at least; (..., P, K) to (...)."""
    total = counts.sum(-1)
    pairs = total * (total - 1)
    alike = (counts * (counts - 1)).sum(-1) / np.maximum(pairs, 1)
    return alike.sum(-1) / np.maximum((pairs > 0).sum(-1), 1)


def _ac1(counts: np.ndarray) -> np.ndarray:
    used = (counts / counts.sum(-1, keepdims=True)).mean(-2)  # how often each verdict is given
    chance = (used * (1 - used)).sum(-1) / (len(VERDICTS) - 1)
    return (_percent(counts) - chance) / (1 - chance)


def _bootstrapped(figure: Figure, counts: np.ndarray, shared: int, words: str, draw: np.random.Generator) -> Coefficient:
    again = [float(figure(counts[draw.integers(0, len(counts), len(counts))])) for _ in range(RESAMPLES)]
    low, high = np.quantile(again, [0.025, 0.975])
    return Coefficient(float(figure(counts)), float(low), float(high), shared, words)
