"""The difference between the scores of two candidates that were judged against one baseline, with an interval of its own.

A prompt that both have been judged on counts once, by what it moves both scores: what it does to both alike cancels, so on shared
prompts the interval is a paired one and mostly narrower than both scores' intervals suggest. Prompts of one alone count as
independent. Where all prompts are shared the exact sign-flip test decides (`sign_flips`), else Student's t with the degrees of
the smaller number of prompts. For one look at the end and these raters: raters who differ between the candidates are part of the
difference. Corrected after Holm (1979) for all differences that are given.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Protocol

import numpy as np

from rpo.statistics.intervals import ERROR_RATE, clustered, difference_of, from_variance, means, p_from_variance, vote_table
from rpo.statistics.result import Result
from rpo.statistics.score import ScoredPrompts, holm
from rpo.statistics.sign_flips import sign_flip_p
from rpo.voting.columns import Columns, Votes, columns

FEWEST_PAIRS = 2  # prompts of each below which there is no interval


class SettledPrompts(ScoredPrompts, Protocol):
    """A pair that no rater had to see."""

    @property
    def prompt(self) -> str:
        """What was asked."""
        ...

    @property
    def baseline(self) -> str:
        """Who wrote the one answer."""
        ...

    @property
    def candidate(self) -> str:
        """Who wrote the other."""
        ...


@dataclass(frozen=True)
class ScoreDifference(Result):
    """Score of `first` less score of `second`, both against `baseline`, in [−1, 1], with its 95 % interval.

    `shared` prompts were judged for both; `first_alone` and `second_alone` for one. `raters` voted on both, of `raters_in_all`.
    """

    first: str
    second: str
    baseline: str
    value: float
    low: float
    high: float
    p: float
    holm: float
    shared: int
    first_alone: int
    second_alone: int
    raters: int
    raters_in_all: int

    @property
    def question(self) -> str:
        """What the difference is an answer to."""
        how = f"how much more often is {self.first} preferred to {self.baseline} than {self.second} is, a tie counted half?"
        return f"With these raters, on prompts like these: {how}"

    @property
    def n(self) -> int:
        """How many prompts stand behind it."""
        return self.shared + self.first_alone + self.second_alone

    @property
    def found(self) -> bool:
        """Whether the two differ by more than chance, all differences that were given counted."""
        return self.holm <= ERROR_RATE


@dataclass(frozen=True)
class _Judged:
    """A candidate's pairs: their prompts and mean outcomes, (n,), and who voted."""

    author: str
    prompts: tuple[str, ...]
    scores: np.ndarray
    raters: frozenset[str]


def score_differences(
    votes: Votes, baselines: Iterable[str], unrated: Sequence[SettledPrompts] = ()
) -> tuple[ScoreDifference, ...]:
    """Of any two candidates that were judged against one of these baselines on two prompts at least, the largest first."""
    first, found = columns(votes).first, list[ScoreDifference]()
    for baseline in dict.fromkeys(baselines):
        there = _against(first, baseline, unrated)
        found += [_between(*_ordered(pair), baseline) for pair in combinations(there, 2)]
    corrected = (replace(one, holm=p) for one, p in zip(found, holm([one.p for one in found]), strict=True))
    return tuple(sorted(corrected, key=lambda one: (-one.value, one.first, one.second)))


def _against(votes: Columns, baseline: str, unrated: Sequence[SettledPrompts]) -> Iterator[_Judged]:
    left, right = (side.codes == side.code(baseline) for side in (votes.left, votes.right))
    for author in sorted({*votes.right.take(left).used().names, *votes.left.take(right).used().names}):
        met = (left & (votes.right.codes == votes.right.code(author))) | (right & (votes.left.codes == votes.left.code(author)))
        settled = [one for one in unrated if (one.baseline, one.candidate) == (baseline, author)]
        judged = _judged(votes.where(met), author, settled)
        if len(judged.scores) >= FEWEST_PAIRS:
            yield judged


def _judged(votes: Columns, author: str, settled: Sequence[SettledPrompts]) -> _Judged:
    pairs = votes.comparison.used()
    prompts = votes.prompt.at(np.unique(pairs.codes, return_index=True)[1])
    scores = means(vote_table(votes, author, [one.outcome(author) for one in settled]))
    return _Judged(author, (*prompts, *(one.prompt for one in settled)), scores, frozenset(votes.rater.used().names))


def _ordered(pair: tuple[_Judged, _Judged]) -> tuple[_Judged, _Judged]:
    """The better one first."""
    one, other = sorted(pair, key=lambda judged: -float(judged.scores.mean()))
    return one, other


def _between(one: _Judged, other: _Judged, baseline: str) -> ScoreDifference:
    names = sorted({*one.prompts, *other.prompts})
    place = {name: number for number, name in enumerate(names)}
    counts, sums = np.zeros((2, len(names))), np.zeros((2, len(names)))
    for side, judged in enumerate((one, other)):
        at = [place[name] for name in judged.prompts]
        np.add.at(counts[side], at, 1)
        np.add.at(sums[side], at, judged.scores)
    value, low, high, p = _paired(sums) if (counts == 1).all() else _partly(sums, counts)
    first, second = counts > 0
    return ScoreDifference(
        first=one.author,
        second=other.author,
        baseline=baseline,
        value=value,
        low=low,
        high=high,
        p=p,
        holm=p,
        shared=int((first & second).sum()),
        first_alone=int((first & ~second).sum()),
        second_alone=int((second & ~first).sum()),
        raters=len(one.raters & other.raters),
        raters_in_all=len(one.raters | other.raters),
    )


def _paired(scores: np.ndarray) -> tuple[float, float, float, float]:
    """Value, ends and p where each prompt, (2, P), has one score of both."""
    apart = scores[0] - scores[1]
    return (float(apart.mean()), *difference_of(apart), sign_flip_p((1 + apart) / 2))


def _partly(sums: np.ndarray, counts: np.ndarray) -> tuple[float, float, float, float]:
    """The same from sums and numbers of pairs a prompt, (2, P), where some prompts are of one alone."""
    each = counts.sum(axis=1, keepdims=True)
    scores = sums.sum(axis=1, keepdims=True) / each
    moved = (sums - counts * scores) / each
    value = float(scores[0, 0] - scores[1, 0])
    halved = (1 + value) / 2, clustered(moved[0] - moved[1]) / 4, len(moved[0]), int((counts > 0).sum(axis=1).min()) - 1
    low, high = from_variance(*halved)
    return value, 2 * low - 1, 2 * high - 1, p_from_variance(*halved)
