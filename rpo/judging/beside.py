"""A judge beside the humans, on the prompts that both have judged: do they agree, and do they come to the same end?

Agreement counts three verdicts (win, tie, loss for the candidate). A judge can hardly agree with one human more often than
another human does, so that is the ceiling beside it. A tuned model may come to please a judge and nobody else; then the judge's
score parts from the humans', which the paired difference over prompts shows. Intervals resample prompts, seeded.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isnan, nan

import numpy as np

from rpo.errors import RpoError
from rpo.voting import Result, Vote

RESAMPLES, SEED = 2000, 0
VERDICTS = ("win", "tie", "loss")


@dataclass(frozen=True)
class Measure(Result):
    """A figure with a 95 % interval over n prompts; NaN where it is undefined."""

    value: float
    low: float
    high: float
    n: int
    question: str


@dataclass(frozen=True)
class Differing(Result):
    """A prompt on which the judge and most humans named different winners, or one of them a tie."""

    comparison: str
    prompt: str
    judge: str
    humans: str
    score: float
    """The humans' mean outcome for the candidate."""
    said: str
    """What the judge wrote, in both orders."""
    question: str = "Who is right here?"


@dataclass(frozen=True)
class Beside(Result):
    """The judge against the humans; `confusion[i][j]` counts prompts with judge verdict i and human verdict j, of VERDICTS."""

    prompts: int
    judge_score: float
    human_score: float
    gap: Measure
    agree: Measure
    decided: Measure
    kappa: Measure
    one_human: Measure
    ceiling: Measure
    confusion: tuple[tuple[int, int, int], ...]
    differing: tuple[Differing, ...]
    question: str = "Does the judge say what people say?"

    @property
    def parted(self) -> bool:
        """Whether the judge and the humans part by more than chance over prompts."""
        return not isnan(self.gap.low) and not self.gap.low <= 0 <= self.gap.high

    @property
    def warning(self) -> str:
        """What it means that they part, empty where they do not."""
        if not self.parted:
            return ""
        apart = (
            f"The judge gives the candidate {self.judge_score:.0%}, people give it {self.human_score:.0%} on the same prompts. "
        )
        if self.gap.value > 0:
            return apart + (
                "This is what overfitting to the judge looks like: the tuned model has what the judge rewards (length, tone, "
                "form), and people do not share it. Believe the people, read the pairs below, and tune no further by this judge."
            )
        return apart + (
            "The judge misses what people like in the candidate. Its score cannot stand in for theirs: read the pairs below, and "
            "change the instruction or the judge before you use it again."
        )


def beside(judge: Sequence[Vote], humans: Sequence[Vote], candidate: str) -> Beside:
    """Compare a judge's votes with the humans' on the prompts that both have; refuses where there is none."""
    said = {vote.comparison: vote for vote in judge}
    rated: dict[str, list[Vote]] = defaultdict(list)
    for vote in humans:
        if vote.repeat == 0 and vote.comparison in said:
            rated[vote.comparison].append(vote)
    if not rated:
        raise RpoError("a judge is compared on prompts that people have judged too, there is none; vote first")
    names = sorted(rated)
    one = np.array([said[name].outcome(candidate) for name in names])
    each = [[vote.outcome(candidate) for vote in rated[name]] for name in names]
    mean = np.array([float(np.mean(outcomes)) for outcomes in each])
    most = np.array([_majority(score) for score in mean])
    return Beside(
        prompts=len(names),
        judge_score=float(one.mean()),
        human_score=float(mean.mean()),
        gap=_measure(one - mean, "How much higher does the judge put the candidate than the humans do, on the same prompts?"),
        agree=_measure((one == most).astype(float), "How often does the judge say what most humans say: win, tie or loss?"),
        decided=_decided(one, most),
        kappa=_resampled(_kappa, one, most, "How far beyond chance does that go (Cohen's κ; 0 chance, 1 always)?"),
        one_human=_measure(_pairs_of([[(a, b) for b in own] for a, own in zip(one, each, strict=True)]), ONE),
        ceiling=_measure(_pairs_of([list(combinations(own, 2)) for own in each]), CEILING),
        confusion=_confusion(one, most),
        differing=_differing(names, said, one, mean, most),
    )


ONE = "How often does the judge agree with one human?"
CEILING = "How often do two humans agree with each other? A judge can hardly do better."


def _majority(score: float) -> float:
    return 0.5 if score == 0.5 else float(score > 0.5)


def _measure(values: np.ndarray, question: str) -> Measure:
    """The mean of a figure for each prompt, (P,), NaN left out; its interval from resampled prompts."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Measure(nan, nan, nan, 0, question)
    draws = np.random.default_rng(SEED).integers(len(known), size=(RESAMPLES, len(known)))
    low, high = np.quantile(known[draws].mean(axis=1), [0.025, 0.975])
    return Measure(float(known.mean()), float(low), float(high), len(known), question)


def _decided(one: np.ndarray, most: np.ndarray) -> Measure:
    both = (one != 0.5) & (most != 0.5)
    question = "Where both name a winner, how often is it the same one?"
    return _measure(np.where(both, (one == most).astype(float), nan), question)


def _pairs_of(pairs: Sequence[Sequence[tuple[float, float]]]) -> np.ndarray:
    """For each prompt the share of these pairs of verdicts that are equal, NaN where there is none."""
    return np.array([float(np.mean([a == b for a, b in own])) if own else nan for own in pairs])


def _kappa(one: np.ndarray, most: np.ndarray) -> float:
    from sklearn.metrics import cohen_kappa_score

    if len(np.unique(np.concatenate([one, most]))) < 2:
        return nan  # one verdict throughout: chance agrees always
    return float(cohen_kappa_score((2 * one).astype(int), (2 * most).astype(int)))


def _resampled(figure: Callable[[np.ndarray, np.ndarray], float], one: np.ndarray, most: np.ndarray, question: str) -> Measure:
    chance = np.random.default_rng(SEED)
    again = []
    for _ in range(RESAMPLES // 10):
        draw = chance.integers(len(one), size=len(one))
        again.append(figure(one[draw], most[draw]))
    known = np.array(again)[~np.isnan(again)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) > len(again) / 2 else (nan, nan)
    return Measure(figure(one, most), float(low), float(high), len(one), question)


def _confusion(one: np.ndarray, most: np.ndarray) -> tuple[tuple[int, int, int], ...]:
    counts = np.zeros((3, 3), dtype=int)
    for judge, human in zip(one, most, strict=True):
        counts[round(2 * (1 - judge)), round(2 * (1 - human))] += 1
    return tuple((int(a), int(b), int(c)) for a, b, c in counts)


def _differing(
    names: Sequence[str], said: dict[str, Vote], one: np.ndarray, mean: np.ndarray, most: np.ndarray
) -> tuple[Differing, ...]:
    """The farthest apart first."""
    found = [
        Differing(name, said[name].prompt, _word(judge), _word(human), float(score), said[name].reason)
        for name, judge, human, score in zip(names, one, most, mean, strict=True)
        if judge != human
    ]
    far = {name: abs(judge - score) for name, judge, score in zip(names, one, mean, strict=True)}
    return tuple(sorted(found, key=lambda pair: (-far[pair.comparison], pair.comparison)))


def _word(outcome: float) -> str:
    return VERDICTS[round(2 * (1 - outcome))]
