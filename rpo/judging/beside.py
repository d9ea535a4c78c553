"""A judge beside the humans, on the prompts that both have judged: do they agree, and do they come to the same end?

Agreement counts three verdicts (win, tie, loss for the candidate). A judge can hardly agree with one human more often than
another human does, so that is the ceiling beside it. A tuned model may come to please a judge and nobody else; then the judge's
score parts from the humans', which the paired difference over prompts shows. Intervals resample prompts, seeded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from rpo.errors import RpoError
from rpo.voting import Result, Vote, Votes, columns

RESAMPLES, SEED = 2000, 0
TOGETHER = 50  # resamples worked out at once
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


def beside(judge: Sequence[Vote], humans: Votes, candidate: str) -> Beside:
    """Compare a judge's votes with the humans' on the prompts that both have; refuses where there is none."""
    said = {vote.comparison: vote for vote in judge}
    names, counts = _counted(humans, said, candidate)
    if not names:
        raise RpoError("a judge is compared on prompts that people have judged too, there is none; vote first")
    one = np.array([said[name].outcome(candidate) for name in names])
    total = counts.sum(axis=1)
    mean = counts @ [1.0, 0.5, 0.0] / total
    most = np.where(mean == 0.5, 0.5, mean > 0.5)
    alike, met = counts[np.arange(len(one)), _column(one)], total * (total - 1)
    return Beside(
        prompts=len(names),
        judge_score=float(one.mean()),
        human_score=float(mean.mean()),
        gap=_measure(one - mean, "How much higher does the judge put the candidate than the humans do, on the same prompts?"),
        agree=_measure((one == most).astype(float), "How often does the judge say what most humans say: win, tie or loss?"),
        decided=_decided(one, most),
        kappa=_kappa_measured(one, most, "How far beyond chance does that go (Cohen's κ; 0 chance, 1 always)?"),
        one_human=_measure(alike / total, ONE),
        ceiling=_measure(np.where(met > 0, (counts * (counts - 1)).sum(axis=1) / np.maximum(met, 1), nan), CEILING),
        confusion=_confusion(one, most),
        differing=_differing(names, said, one, mean, most),
    )


ONE = "How often does the judge agree with one human?"
CEILING = "How often do two humans agree with each other? A judge can hardly do better."


def _counted(humans: Votes, said: dict[str, Vote], candidate: str) -> tuple[list[str], np.ndarray]:
    """The prompts that both have judged, by name, and the humans' votes on each for VERDICTS, (P, 3)."""
    first = columns(humans).first
    both = np.array([name in said for name in first.comparison.names], dtype=bool)
    rated = first.where(both[first.comparison.codes])
    prompts = rated.comparison.used()
    cells = 3 * prompts.codes + _column(rated.outcomes(candidate))
    return list(prompts.names), np.bincount(cells, minlength=3 * len(prompts.names)).reshape(-1, 3)


def _column(outcomes: np.ndarray) -> np.ndarray:
    """The place of each outcome in VERDICTS."""
    return (2 * (1 - outcomes)).astype(int)


def _measure(values: np.ndarray, question: str) -> Measure:
    """The mean of a figure for each prompt, (P,), NaN left out; its interval from resampled prompts."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Measure(nan, nan, nan, 0, question)
    chance, size = np.random.default_rng(SEED), (TOGETHER, len(known))
    again = [known[chance.integers(len(known), size=size)].mean(axis=1) for _ in range(RESAMPLES // TOGETHER)]
    low, high = np.quantile(np.concatenate(again), [0.025, 0.975])
    return Measure(float(known.mean()), float(low), float(high), len(known), question)


def _decided(one: np.ndarray, most: np.ndarray) -> Measure:
    both = (one != 0.5) & (most != 0.5)
    question = "Where both name a winner, how often is it the same one?"
    return _measure(np.where(both, (one == most).astype(float), nan), question)


def _kappa(counts: np.ndarray) -> float:
    """Cohen's kappa of a confusion matrix, (3, 3); NaN where there is one verdict throughout: chance agrees always."""
    judge, human = counts.sum(axis=1), counts.sum(axis=0)
    if ((judge + human) > 0).sum() < 2:
        return nan
    chance = judge @ human / counts.sum()
    return float((np.trace(counts) - chance) / (counts.sum() - chance))


def _kappa_measured(one: np.ndarray, most: np.ndarray, question: str) -> Measure:
    chance, again = np.random.default_rng(SEED), []
    for _ in range(RESAMPLES // 10):
        draw = chance.integers(len(one), size=len(one))
        again.append(_kappa(_confused(one[draw], most[draw])))
    known = np.array(again)[~np.isnan(again)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) > len(again) / 2 else (nan, nan)
    return Measure(_kappa(_confused(one, most)), float(low), float(high), len(one), question)


def _confused(one: np.ndarray, most: np.ndarray) -> np.ndarray:
    """How many prompts have each two verdicts, (3, 3), the judge's in rows."""
    return np.bincount(3 * _column(one) + _column(most), minlength=9).reshape(3, 3)


def _confusion(one: np.ndarray, most: np.ndarray) -> tuple[tuple[int, int, int], ...]:
    return tuple((int(a), int(b), int(c)) for a, b, c in _confused(one, most))


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
