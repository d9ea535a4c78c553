"""How far raters agree: percent, Krippendorff's alpha and Gwet's AC1, each with what it means; and where they do not.

All three, because lopsided votes split them: where nearly every vote is a win, alpha falls to 0 although raters agree nearly
always (a paradox of chance-corrected figures), and AC1 does not. Verdicts are win, tie, loss, as names without an order.
Alpha and its interval come from evalica (Hayes' bootstrap; of a large panel we draw counts, by the same law); percent and AC1
are Gwet's (2014) for raters that did not all see all. Percent is a share, with Wilson's interval over prompts
(`intervals.share_of`): a bootstrap of a share covers 67 to 90 % of the time where nearly all agree, and has no width where all
do. AC1's is a bootstrap over prompts, never narrower than what percent's interval makes of it. Not agreement with a truth: raters
can agree and be wrong. Hidden repeats do not count. Axes: B resamples, P prompts, K = 3 verdicts.
"""

from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from rpo.glossary import quantity
from rpo.statistics.intervals import share_of, vote_table
from rpo.statistics.result import Result
from rpo.voting.columns import Columns, Votes, columns

VERDICT_VALUES = (0.0, 0.5, 1.0)
RESAMPLES = 1000
TOGETHER = 50  # resamples worked out at once
MOST_PAIRS = 20_000  # of votes on one prompt, for which evalica resamples; of 4 million it takes half a minute, with the GIL held
UNANIMOUS = "undefined: all votes are the same, so agreement by chance and real agreement cannot be told apart"
PERCENT = "Of two votes by different raters on one prompt, so many in a hundred are alike. Anchor: AlpacaEval's humans 65.7 %."
ALPHA = "Agreement beyond chance: 1 is perfect, 0 is what chance gives. It falls to 0 when nearly all votes are alike."
AC1 = "Agreement beyond chance, with chance reckoned so that lopsided votes do not pull it down: 1 is perfect, 0 is chance."
OUTCOME_VALUES = (1.0, 0.0, 0.5)


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


def agreement(votes: Votes, candidate: str, seed: int = 0) -> Agreement:
    """Agreement of all raters; with one rater, or none on the same prompt, every figure is undefined and says so."""
    first = columns(votes).first
    grid = vote_table(first, candidate)
    raters, shared = len(np.unique(first.rater.codes)), int(((~np.isnan(grid)).sum(axis=1) > 1).sum())
    if not shared:
        note = f"needs two raters on the same prompts; there {_are(raters)}"
        nothing = Coefficient(nan, nan, nan, 0, note)
        return Agreement(nothing, nothing, nothing, 0, raters, note)
    counts = np.stack([(np.rint(2 * grid) == 2 * verdict).sum(axis=1) for verdict in VERDICT_VALUES], axis=1)
    alike = _alike(counts)
    ends = share_of(alike[counts.sum(axis=1) > 1])
    percent = Coefficient(float(_percent(counts, np.ones(len(counts)))), *ends, shared, PERCENT)
    return Agreement(percent, _alpha(grid, counts, shared, seed), _ac1_of(counts, ends, shared, seed), shared, raters)


def _are(raters: int) -> str:
    return "is one rater" if raters == 1 else f"are {quantity(raters, 'rater')} and no prompt that two of them saw"


def _alpha(grid: np.ndarray, counts: np.ndarray, shared: int, seed: int) -> Coefficient:
    """Krippendorff's alpha of outcomes (P, R), of which each prompt has so many for each verdict, (P, K)."""
    import evalica
    import pandas as pd

    units = pd.DataFrame(grid.T)  # raters in rows
    found = evalica.alpha(units)
    if found.expected == 0:
        return Coefficient(nan, nan, nan, shared, UNANIMOUS)
    if _pairs(counts.sum(axis=1)).sum() <= MOST_PAIRS:
        drawn = evalica.alpha_bootstrap(units, n_resamples=RESAMPLES, random_state=seed)
        return Coefficient(drawn.alpha, drawn.low, drawn.high, shared, ALPHA)
    low, high = np.quantile(resampled_alphas(found.expected, counts, seed), [0.025, 0.975])
    return Coefficient(found.alpha, float(low), float(high), shared, ALPHA)


def resampled_alphas(expected: float, counts: np.ndarray, seed: int) -> np.ndarray:
    """Resampled alphas, (RESAMPLES,), after Hayes: each pair of votes on a prompt is drawn anew from the pairs of all prompts.

    So on the prompts with equally many votes, the pairs that are unlike are one binomial draw.
    """
    votes = counts.sum(axis=1)
    sizes, prompts = np.unique(votes[votes > 1], return_counts=True)
    pairs = prompts * _pairs(sizes)
    unlike = 1 - _pairs(counts).sum() / pairs.sum()
    drawn = np.random.default_rng(seed).binomial(pairs, unlike, (RESAMPLES, len(sizes)))
    return np.maximum(1 - drawn @ (2 / (expected * (sizes - 1))), -1.0)


def _pairs(votes: np.ndarray) -> np.ndarray:
    """How many pairs so many votes make."""
    return votes * (votes - 1) // 2


def _alike(counts: np.ndarray) -> np.ndarray:
    """The share of pairs of votes on each prompt that are alike, (P,); 0 where there is no pair."""
    total = counts.sum(-1)
    return (counts * (counts - 1)).sum(-1) / np.maximum(total * (total - 1), 1)


def _percent(counts: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The share of pairs of votes that are alike, the mean over prompts with two at least, each taken so many `times`.

    Counts (P, K) and times (B, P) to (B,).
    """
    return times @ _alike(counts) / np.maximum(times @ (counts.sum(-1) > 1), 1)


def _chance(counts: np.ndarray, times: np.ndarray) -> np.ndarray:
    """How often two would agree by chance after Gwet, (B,)."""
    used = times @ (counts / counts.sum(-1, keepdims=True)) / len(counts)  # how often each verdict is given, (B, K)
    return (used * (1 - used)).sum(-1) / (len(VERDICT_VALUES) - 1)


def _ac1_of(counts: np.ndarray, ends: tuple[float, float], shared: int, seed: int) -> Coefficient:
    draw, size = np.random.default_rng(seed), len(counts)
    drawn = (np.stack([_times(draw, size) for _ in range(TOGETHER)]) for _ in range(RESAMPLES // TOGETHER))
    again = np.quantile(np.concatenate([_beyond(counts, times) for times in drawn]), [0.025, 0.975])
    once = np.ones((1, size))
    low, high = beyond_chance(np.array(ends), _chance(counts, once)[0])
    value = float(_beyond(counts, once)[0])
    return Coefficient(value, float(min(low, again[0])), float(max(high, again[1])), shared, AC1)


def _beyond(counts: np.ndarray, times: np.ndarray) -> np.ndarray:
    return beyond_chance(_percent(counts, times), _chance(counts, times))


def beyond_chance(alike: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """What part of the agreement that chance leaves open is reached."""
    return (alike - chance) / (1 - chance)


def _times(draw: np.random.Generator, size: int) -> np.ndarray:
    """How often each of `size` prompts is drawn, (P,)."""
    return np.bincount(draw.integers(0, size, size), minlength=size).astype(float)


@dataclass(frozen=True)
class Disagreement(Result):
    """A comparison with votes for both answers; `opposed` is the share of pairs of votes that name different winners."""

    comparison: str
    prompt: str
    slice: str
    candidate: tuple[str, ...]
    baseline: tuple[str, ...]
    tie: tuple[str, ...]
    opposed: float

    @property
    def question(self) -> str:
        """What reading it may show."""
        return "Why do some prefer one answer here and some the other?"

    @property
    def n(self) -> int:
        """How many votes there are on it."""
        return len(self.candidate) + len(self.baseline) + len(self.tie)


def disagreements(votes: Votes, candidate: str) -> tuple[Disagreement, ...]:
    """Each comparison that some raters gave to one side and some to the other, the most opposed and then the most voted first."""
    first = columns(votes).first
    outcomes, pairs = first.outcomes(candidate), first.comparison
    won, lost, tied = (np.bincount(pairs.codes, outcomes == outcome, len(pairs.names)) for outcome in OUTCOME_VALUES)
    total = won + lost + tied
    opposed = won * lost / np.maximum(total * (total - 1) / 2, 1)
    split = sorted(np.flatnonzero(opposed > 0).tolist(), key=lambda code: (-opposed[code], -total[code], code))
    said = _said(first)
    return tuple(_disagreement(first, outcomes, said[code], float(opposed[code])) for code in split)


def _said(votes: Columns) -> list[np.ndarray]:
    """The places of the votes on each comparison, in the order they came."""
    order = np.argsort(votes.comparison.codes, kind="stable")
    ends = np.cumsum(np.bincount(votes.comparison.codes, minlength=len(votes.comparison.names)))
    return np.split(order, ends[:-1])


def _disagreement(votes: Columns, outcomes: np.ndarray, places: np.ndarray, opposed: float) -> Disagreement:
    """Of the votes at these places, all on one comparison: what the first says of it, and who said what."""
    comparison, prompt, slice_ = (column.at(places[:1])[0] for column in (votes.comparison, votes.prompt, votes.slice))
    won, lost, tied = (tuple(sorted(votes.rater.at(places[outcomes[places] == outcome]))) for outcome in OUTCOME_VALUES)
    return Disagreement(comparison, prompt, slice_, won, lost, tied, opposed)
