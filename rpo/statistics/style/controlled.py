"""The score that answers of one style would have, and which parts of style go with winning: Chatbot Arena's style control.

A feature enters as (a − b) / (a + b) of the candidate's count a and the baseline's b, 0 where neither has any, on the scale of
its own spread over prompts (Li, Angelopoulos and Chiang 2024, lmsys.org/blog/2024-08-28-style-control). See `control` for the
fit. What goes with winning need not be why an answer won.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, isnan, nan

import numpy as np

from rpo.statistics.result import Result
from rpo.statistics.style.control import StyleFit, control
from rpo.statistics.style.difficulty import difficulty
from rpo.statistics.style.features import Feature, Style
from rpo.statistics.style.lengths import SEPARATED
from rpo.statistics.style.outcomes import others_of, outcomes_of
from rpo.statistics.style.reach import beyond
from rpo.voting.columns import Votes, columns

Styles = Mapping[str, tuple[Style, Style]]  # by comparison: the candidate's, the baseline's
DOUBLED = 1 / 3  # (a − b) / (a + b) of a = 2 b


@dataclass(frozen=True)
class Effect(Result):
    """What multiplies the odds of winning when one answer has twice as much of a feature, all else alike, with its 95 % interval.

    `n` prompts are those on which the two answers differ in it.
    """

    feature: Feature
    odds: float
    low: float
    high: float
    n: int
    question: str = "With answers alike in all else: how do the odds of winning change with twice as much of it?"


@dataclass(frozen=True)
class StyleControlled(Result):
    """The score at equal style beside the `raw` one of the same n prompts, NaN where it cannot be fitted: `note` says why.

    `effects` are those of the features in which some pair differs; `extrapolated` where equal style lies at the edge of what was
    seen or beyond, as `note` says. `others` candidates gave the prompts' difficulty, 0 where there is no such term.
    """

    score: float
    low: float
    high: float
    raw: float
    n: int
    effects: tuple[Effect, ...] = ()
    note: str = ""
    extrapolated: bool = False
    others: int = 0

    @property
    def question(self) -> str:
        """What the controlled score is an answer to."""
        return "With these raters: how often would the candidate be preferred if both answers were of one length and markup?"

    @property
    def known(self) -> bool:
        """Whether it could be fitted."""
        return not isnan(self.score)


def style_controlled(votes: Votes, candidate: str, styles: Styles, others: Votes = ()) -> StyleControlled:
    """Fit the prompts that have votes and styles; `others` as in `length_adjusted`."""
    seen = outcomes_of(columns(votes), candidate, styles)
    every = _relative(seen.names, styles)
    differing = {one: column for one, column in zip(Feature, every.T, strict=True) if column.any()}
    fixed = [one.value for one, column in differing.items() if np.ptp(column) < 1e-9]
    reason = seen.unfit or (f"cannot be fitted: the ratio of {fixed[0]} is the same on every prompt" if fixed else "")
    if reason:
        return StyleControlled(nan, nan, nan, seen.raw, len(seen.names), note=reason)
    beside = others_of(votes, others, candidate, styles)
    hard = difficulty(seen.prompts, beside, lambda names: _scaled(_relative(names, styles)))
    found = control(seen.values, _scaled(every), hard)
    outside = beyond(every[:, every.any(axis=0)], [one.value for one in differing])
    note = "; ".join(filter(None, (outside, SEPARATED if found.separated else "")))
    numbers, effects = (found.score, found.low, found.high, seen.raw, len(seen.names)), tuple(_effects(found, differing))
    return StyleControlled(*numbers, effects, note, bool(outside), len(beside) if hard.size else 0)


def _relative(names: Sequence[str], styles: Styles) -> np.ndarray:
    """(a − b) / (a + b) of each comparison and feature, (P, K)."""
    counts = [[[one.counts[feature] for feature in Feature] for one in styles[name]] for name in names]
    both = np.array(counts, dtype=float).reshape(-1, 2, len(Feature))
    return (both[:, 0] - both[:, 1]) / np.maximum(both.sum(axis=1), 1)


def _scaled(relative: np.ndarray) -> np.ndarray:
    """On the scale of their spread, without those in which no pair differs."""
    differing = relative[:, relative.any(axis=0)]
    return differing / np.maximum(differing.std(axis=0), 1e-9)


def _effects(found: StyleFit, differing: Mapping[Feature, np.ndarray]) -> list[Effect]:
    def odds(slope: float, column: np.ndarray) -> float:
        return exp(DOUBLED * float(slope) / float(column.std()))

    rows = zip(found.slopes, found.low_slopes, found.high_slopes, differing.items(), strict=True)
    return [
        Effect(one, odds(slope, column), odds(low, column), odds(high, column), int(np.count_nonzero(column)))
        for slope, low, high, (one, column) in rows
    ]
