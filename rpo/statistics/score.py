"""What the votes say: wins, ties, losses, a score, three intervals with the question that each answers, and who is ahead.

Votes on one prompt are averaged first, so more raters are not more prompts. Hidden repeats never count here (see `raters`).
Who is ahead goes by one rule for each way of looking, and its p and interval belong together: p is at most 5 % exactly where the
interval leaves out 50 %. At the end it is the exact test of `sign_flips` and the interval of `intervals.same_raters`; where one
may look at any time, the stake of `sequential` and its interval. Which of the two a panel goes by: see `ending`. Slices are
corrected after Holm (1979), as many looks find something by chance. Not for several runs at once: see `board`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

import numpy as np

from rpo.errors import RpoError
from rpo.statistics.effects import other_raters
from rpo.statistics.intervals import ERROR_RATE, Interval, Looks, means, same_raters, vote_table
from rpo.statistics.result import Result
from rpo.statistics.sequential import always_valid, always_valid_p
from rpo.statistics.sign_flips import sign_flip_p
from rpo.voting.columns import Votes, columns

FEW_PROMPTS = 30  # prompts below which a score is drawn grey
EVEN = 1e-9  # what rounding may leave of a tie


class Leader(Enum):
    """Whom the votes put ahead."""

    CANDIDATE = "candidate"
    BASELINE = "baseline"
    NEITHER = "not told apart"


@dataclass(frozen=True)
class Reading:
    """What the votes say to somebody who looks this way: an interval, and the p and the leader that belong to it."""

    look: Looks
    interval: Interval
    p: float
    holm: float

    @property
    def leader(self) -> Leader:
        """Who is ahead, on prompts like these and with these raters; neither exactly where the interval holds one half."""
        if self.p > ERROR_RATE:
            return Leader.NEITHER
        return Leader.CANDIDATE if self.interval.high > 0.5 else Leader.BASELINE


@dataclass(frozen=True)
class Standings(Result):
    """The candidate against the baseline; `score` = (wins + ties/2)/n over prompts.

    `p` is for one look at the end, `p_peeking` for looking at any time; `holm` and `holm_peeking` are these corrected for the
    number of slices looked at, alone they are the same. `won`, `even` and `lost` count prompts, by the mean of their votes.
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
    p_peeking: float
    holm_peeking: float
    prompts: int
    won: int
    even: int
    lost: int
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
    def decided(self) -> int:
        """On how many prompts one side got more than the other."""
        return self.won + self.lost

    def reading(self, look: Looks) -> Reading:
        """Interval, p and leader that belong together, for one way of looking."""
        if look is Looks.ONCE:
            return Reading(look, self.same_raters, self.p, self.holm)
        return Reading(look, self.peeking, self.p_peeking, self.holm_peeking)

    @property
    def few(self) -> bool:
        """Whether so few prompts stand behind it that it is drawn grey."""
        return self.prompts < FEW_PROMPTS

    @property
    def low(self) -> float:
        """The lower end for these raters and other prompts."""
        return self.same_raters.low

    @property
    def high(self) -> float:
        """The upper end for these raters and other prompts."""
        return self.same_raters.high


class ScoredPrompts(Protocol):
    """A pair with an outcome: a vote, or one that no rater has to see because the answers are alike or one is empty."""

    @property
    def slice(self) -> str:
        """The part of the prompts it belongs to."""
        ...

    def outcome(self, author: str) -> float:
        """1, 0.5 or 0 for that author."""
        ...


def standings(votes: Votes, candidate: str, unrated: Sequence[ScoredPrompts] = (), slice_name: str = "") -> Standings:
    """Count and score `votes`; `unrated` pairs count for the score as if all raters had said so. Needs one of either at least."""
    first = columns(votes).first
    if not len(first) and not unrated:
        raise RpoError("results need at least one vote, there is none yet; vote first")
    outcomes = first.outcomes(candidate)
    grid = vote_table(first, candidate, [pair.outcome(candidate) for pair in unrated])
    scores = means(grid)
    once, always = sign_flip_p(scores), always_valid_p(scores)
    return Standings(
        wins=int((outcomes > 0.5).sum()),
        ties=int((outcomes == 0.5).sum()),
        losses=int((outcomes < 0.5).sum()),
        score=float(scores.mean()),
        same_raters=same_raters(grid),
        other_raters=other_raters(grid),
        peeking=always_valid(scores),
        p=once,
        holm=once,
        p_peeking=always,
        holm_peeking=always,
        prompts=len(scores),
        won=int((scores > 0.5 + EVEN).sum()),
        even=int((abs(scores - 0.5) <= EVEN).sum()),
        lost=int((scores < 0.5 - EVEN).sum()),
        raters=len(np.unique(first.rater.codes)),
        both_bad=int(first.both_bad.sum()),
        unrated=len(unrated),
        slice=slice_name,
    )


def by_slice(votes: Votes, candidate: str, unrated: Sequence[ScoredPrompts] = ()) -> tuple[Standings, ...]:
    """Standings of each slice, by name, with Holm's correction over all of them."""
    first, settled = columns(votes).first, _grouped(unrated)
    names = sorted({*first.slice.used().names, *settled})
    voted = {name: first.where(first.slice.codes == first.slice.code(name)) for name in names}
    parts = [standings(voted[name], candidate, settled.get(name, ()), name or "(none)") for name in names]
    if not parts:
        return ()
    once, always = holm([part.p for part in parts]), holm([part.p_peeking for part in parts])
    return tuple(replace(part, holm=a, holm_peeking=b) for part, a, b in zip(parts, once, always, strict=True))


def holm(ps: Sequence[float]) -> list[float]:
    """Holm's (1979) correction of so many p: as if each had been the only one looked at.

    To the last digit that of statsmodels' `multipletests`, which collects Python's garbage at each call: a third of a second
    once torch is loaded.
    """
    order = np.argsort(ps)
    corrected = np.empty(len(ps))
    corrected[order] = np.minimum(np.maximum.accumulate(np.take(ps, order) * np.arange(len(ps), 0, -1)), 1)
    return corrected.tolist()


def _grouped(pairs: Sequence[ScoredPrompts]) -> dict[str, list[ScoredPrompts]]:
    groups: dict[str, list[ScoredPrompts]] = defaultdict(list)
    for pair in pairs:
        groups[pair.slice].append(pair)
    return groups
