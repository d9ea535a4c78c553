"""The comparisons that split the raters, the most split first: what to read when agreement is low.

Not a figure of agreement (see `agreement`) and not a verdict on who is right. Hidden repeats do not count.
"""

from dataclasses import dataclass

import numpy as np

from rpo.statistics.result import Result
from rpo.voting.columns import Columns, Votes, columns


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
        """What reading it may tell."""
        return "Why do some prefer one answer here and some the other?"

    @property
    def n(self) -> int:
        """How many votes there are on it."""
        return len(self.candidate) + len(self.baseline) + len(self.tie)


def disagreements(votes: Votes, candidate: str) -> tuple[Disagreement, ...]:
    """Each comparison that some raters gave to one side and some to the other, the most opposed and then the most voted first."""
    first = columns(votes).first
    outcomes, pairs = first.outcomes(candidate), first.comparison
    won, lost, tied = (np.bincount(pairs.codes, outcomes == outcome, len(pairs.names)) for outcome in OUTCOMES)
    total = won + lost + tied
    opposed = won * lost / np.maximum(total * (total - 1) / 2, 1)
    split = sorted(np.flatnonzero(opposed > 0).tolist(), key=lambda code: (-opposed[code], -total[code], code))
    said = _said(first)
    return tuple(_disagreement(first, outcomes, said[code], float(opposed[code])) for code in split)


OUTCOMES = (1.0, 0.0, 0.5)


def _said(votes: Columns) -> list[np.ndarray]:
    """The places of the votes on each comparison, in the order they came."""
    order = np.argsort(votes.comparison.codes, kind="stable")
    ends = np.cumsum(np.bincount(votes.comparison.codes, minlength=len(votes.comparison.names)))
    return np.split(order, ends[:-1])


def _disagreement(votes: Columns, outcomes: np.ndarray, places: np.ndarray, opposed: float) -> Disagreement:
    """Of the votes at these places, all on one comparison: what the first says of it, and who said what."""
    comparison, prompt, slice_ = (column.at(places[:1])[0] for column in (votes.comparison, votes.prompt, votes.slice))
    won, lost, tied = (tuple(sorted(votes.rater.at(places[outcomes[places] == outcome]))) for outcome in OUTCOMES)
    return Disagreement(comparison, prompt, slice_, won, lost, tied, opposed)
