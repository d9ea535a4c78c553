"""What the votes say: wins, ties, losses, a score, and three intervals with the question that each answers.

Votes on one prompt are averaged first, so more raters are not more prompts. Hidden repeats never count here (see `habits`).
Intervals come from `intervals` and `sequential`; the sign test is exact and over prompts, and slices are corrected after Holm
(1979), as many looks find something by chance. Not for several runs at once: see `board`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from rpo.errors import RpoError
from rpo.voting.columns import Votes, columns
from rpo.voting.intervals import Interval, means, other_raters, same_raters, table
from rpo.voting.result import Result
from rpo.voting.sequential import always_valid

FEW = 30  # prompts below which a score is drawn grey


@dataclass(frozen=True)
class Standings(Result):
    """The candidate against the baseline; `score` = (wins + ties/2)/n over prompts, `p` of the sign test over them.

    `holm` is `p` corrected for the number of slices looked at; alone it is `p` itself.
    """

    wins: int
    ties: int
    losses: int
    score: float
    same_raters: Interval
    other_raters: Interval
    peeking: Interval
    p: float
    holm: float
    prompts: int
    raters: int
    both_bad: int
    unrated: int
    slice: str = ""

    @property
    def question(self) -> str:
        """What the score is an answer to."""
        return "How often is the candidate's answer preferred to the baseline's, a tie counted half?"

    @property
    def votes(self) -> int:
        """How many votes stand behind it."""
        return self.wins + self.ties + self.losses

    @property
    def few(self) -> bool:
        """Whether so few prompts stand behind it that it is drawn grey."""
        return self.prompts < FEW

    @property
    def low(self) -> float:
        """The lower end for these raters and other prompts."""
        return self.same_raters.low

    @property
    def high(self) -> float:
        """The upper end for these raters and other prompts."""
        return self.same_raters.high


class Scored(Protocol):
    """A pair with an outcome: a vote, or one that no rater has to see because the answers are alike or one is empty."""

    @property
    def slice(self) -> str:
        """The part of the prompts it belongs to."""
        ...

    def outcome(self, author: str) -> float:
        """1, 0.5 or 0 for that author."""
        ...


def standings(votes: Votes, candidate: str, unrated: Sequence[Scored] = (), slice_name: str = "") -> Standings:
    """Count and score `votes`; `unrated` pairs count for the score as if all raters had said so. Needs one of either at least."""
    first = columns(votes).first
    if not len(first) and not unrated:
        raise RpoError("results need at least one vote, there is none yet; vote first")
    outcomes = first.outcomes(candidate)
    grid = table(first, candidate, [pair.outcome(candidate) for pair in unrated])
    scores = means(grid)
    p = sign_test(scores)
    return Standings(
        wins=int((outcomes > 0.5).sum()),
        ties=int((outcomes == 0.5).sum()),
        losses=int((outcomes < 0.5).sum()),
        score=float(scores.mean()),
        same_raters=same_raters(grid),
        other_raters=other_raters(grid),
        peeking=always_valid(scores),
        p=p,
        holm=p,
        prompts=len(scores),
        raters=len(np.unique(first.rater.codes)),
        both_bad=int(first.both_bad.sum()),
        unrated=len(unrated),
        slice=slice_name,
    )


def sign_test(scores: np.ndarray) -> float:
    """The two-sided p of as many prompts on one side of a tie, (P,); 1 where all are ties."""
    from scipy.stats import binomtest

    better, worse = int((scores > 0.5).sum()), int((scores < 0.5).sum())
    return float(binomtest(better, better + worse).pvalue) if better + worse else 1.0


def by_slice(votes: Votes, candidate: str, unrated: Sequence[Scored] = ()) -> tuple[Standings, ...]:
    """Standings of each slice, by name, with Holm's correction over all of them."""
    from statsmodels.stats.multitest import multipletests

    first, settled = columns(votes).first, _grouped(unrated)
    names = sorted({*first.slice.used().names, *settled})
    voted = {name: first.where(first.slice.codes == first.slice.code(name)) for name in names}
    parts = [standings(voted[name], candidate, settled.get(name, ()), name or "(none)") for name in names]
    if not parts:
        return ()
    corrected: Any = multipletests([part.p for part in parts], method="holm")[1]
    return tuple(replace(part, holm=float(p)) for part, p in zip(parts, corrected, strict=True))


def _grouped(pairs: Sequence[Scored]) -> dict[str, list[Scored]]:
    groups: dict[str, list[Scored]] = defaultdict(list)
    for pair in pairs:
        groups[pair.slice].append(pair)
    return groups
