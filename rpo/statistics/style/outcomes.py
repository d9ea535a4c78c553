"""What the fits of style start from: the outcome of each measured prompt, its style differences, and how hard it is for others.

Axes: P prompts that have votes and a measure, K style differences.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from rpo.statistics.intervals import means, vote_table
from rpo.voting.columns import Columns, Votes, columns

LEAST_PROMPTS = 30  # prompts for a regression
Differences = Callable[[Sequence[str]], np.ndarray]  # comparisons' names to (P, K), the candidate's more is positive


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The candidate's outcomes (P,), with the names of their comparisons and of their prompts."""

    names: tuple[str, ...]
    prompts: tuple[str, ...]
    values: np.ndarray

    @property
    def raw(self) -> float:
        """The score as voted, NaN of no prompt."""
        return float(self.values.mean()) if self.names else nan

    @property
    def unfit(self) -> str:
        """Why no regression can be fitted to these, or nothing."""
        if len(self.names) < LEAST_PROMPTS:
            return f"needs {LEAST_PROMPTS} prompts with votes and lengths, has {len(self.names)}"
        if np.ptp(self.values) == 0:
            return "cannot be fitted: every prompt has the same outcome"
        return ""


def outcomes_of(votes: Columns, candidate: str, measured: Collection[str]) -> Outcomes:
    """The outcomes of those comparisons that are `measured`."""
    there = np.array([name in measured for name in votes.comparison.names], dtype=bool)
    first = votes.first.where(there[votes.first.comparison.codes])
    comparisons = first.comparison.used()
    _, places = np.unique(comparisons.codes, return_index=True)
    return Outcomes(comparisons.names, tuple(first.prompt.at(places)), means(vote_table(first, candidate)))


def others_of(votes: Votes, others: Votes, candidate: str, measured: Collection[str]) -> list[Outcomes]:
    """Of each other candidate that met this one's baseline, what it came to where it is measured; those that can be fitted."""
    mine, theirs = columns(votes), columns(others)
    baselines = {*mine.left.used().names, *mine.right.used().names} - {candidate}
    left, right = (np.array(one.names, dtype=object)[one.codes] for one in (theirs.left, theirs.right))
    met = np.isin(left, list(baselines)) ^ np.isin(right, list(baselines))
    authors = np.where(np.isin(left, list(baselines)), right, left)
    each = {author: theirs.where(met & (authors == author)) for author in sorted({*authors[met]} - {candidate})}
    found = [outcomes_of(cast, author, measured) for author, cast in each.items()]
    return [one for one in found if not one.unfit]
