"""A judge beside the humans, on the prompts that both have judged: do they agree, and do they come to the same end?

Agreement counts three verdicts (win, tie, loss for the candidate). A judge can hardly agree with one human more often than
another human does, so that is the ceiling beside it. A tuned model may come to please a judge and nobody else; then the judge's
score parts from the humans', which the paired difference over prompts shows, by the rule that holds for any verdict
(`sign_flips`). What most humans say is the verdict that more of them gave than any other; a tie where none leads. Shares have
Wilson's interval over prompts (`intervals.share_of`); κ's resamples prompts, seeded, and is never narrower than what the interval
of "same verdict" makes of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from rpo.errors import RpoError
from rpo.statistics import Result
from rpo.statistics.agreement import beyond_chance
from rpo.statistics.intervals import difference_of, share_of
from rpo.voting import Vote, Votes, columns

AGREEMENT_RESAMPLES, SEED = 2000, 0
VERDICT_NAMES = ("win", "tie", "loss")
GAP_QUESTION = "How much higher does the judge put the candidate than the humans do, on the same prompts?"
AGREEMENT_QUESTION = "How often does the judge say what most humans say: win, tie or loss?"
ONE = "How often does the judge agree with one human?"
CEILING = "How often do two humans agree with each other? A judge can hardly do better."


@dataclass(frozen=True)
class Measured(Result):
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
class JudgeVsHumans(Result):
    """The judge against the humans; `confusion[i][j]` counts prompts with judge verdict i and human verdict j, of VERDICTS."""

    prompts: int
    judge_score: float
    human_score: float
    gap: Measured
    agree: Measured
    decided: Measured
    kappa: Measured
    one_human: Measured
    ceiling: Measured
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


def judge_vs_humans(judge: Sequence[Vote], humans: Votes, candidate: str) -> JudgeVsHumans:
    """Compare a judge's votes with the humans' on the prompts that both have; refuses where there is none."""
    said = {vote.comparison: vote for vote in judge}
    names, counts = _counted(humans, said, candidate)
    if not names:
        raise RpoError("a judge is compared on prompts that people have judged too, there is none; vote first")
    one = np.array([said[name].outcome(candidate) for name in names])
    total = counts.sum(axis=1)
    mean = counts @ [1.0, 0.5, 0.0] / total
    most = _most(counts)
    alike, met = counts[np.arange(len(one)), _column(one)], total * (total - 1)
    return JudgeVsHumans(
        prompts=len(names),
        judge_score=float(one.mean()),
        human_score=float(mean.mean()),
        gap=_measure(one - mean, difference_of, GAP_QUESTION),
        agree=_measure((one == most).astype(float), share_of, AGREEMENT_QUESTION),
        decided=_decided(one, most),
        kappa=_kappa_measured(one, most, "How far beyond chance does that go (Cohen's κ; 0 chance, 1 always)?"),
        one_human=_measure(alike / total, share_of, ONE),
        ceiling=_measure(((counts * (counts - 1)).sum(axis=1) / np.maximum(met, 1))[met > 0], share_of, CEILING),
        confusion=_confusion(one, most),
        differing=_differing(names, said, one, mean, most),
    )


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


def _most(counts: np.ndarray) -> np.ndarray:
    """The outcome that most humans gave, (P,), of their votes for VERDICTS, (P, 3); a tie where none leads."""
    leads = (counts == counts.max(axis=1, keepdims=True)).sum(axis=1) == 1
    return np.where(leads, 1 - counts.argmax(axis=1) / 2, 0.5)


Ends = Callable[[np.ndarray], tuple[float, float]]


def _measure(values: np.ndarray, ends: Ends, question: str) -> Measured:
    """The mean of a figure with one value for each prompt, (P,)."""
    if not len(values):
        return Measured(nan, nan, nan, 0, question)
    return Measured(float(values.mean()), *ends(values), len(values), question)


def _decided(one: np.ndarray, most: np.ndarray) -> Measured:
    both = (one != 0.5) & (most != 0.5)
    return _measure((one == most)[both].astype(float), share_of, "Where both name a winner, how often is it the same one?")


def _chance(counts: np.ndarray) -> np.ndarray:
    """How often two would agree by chance after Cohen, (B,), of confusion matrices (B, 3, 3); 1 for one verdict throughout."""
    total = counts.sum(axis=(1, 2))
    return (counts.sum(axis=2) * counts.sum(axis=1)).sum(axis=1) / total**2


def _kappas(counts: np.ndarray) -> np.ndarray:
    """Cohen's kappas of confusion matrices (B, 3, 3); NaN where there is one verdict throughout: chance agrees always."""
    chance = _chance(counts)
    alike = np.trace(counts, axis1=1, axis2=2) / counts.sum(axis=(1, 2))
    return beyond_chance(alike, np.where(chance < 1, chance, nan))


def _kappa_measured(one: np.ndarray, most: np.ndarray, question: str) -> Measured:
    """To draw prompts anew is to draw how many fall into each cell of their confusion."""
    seen = _confused(one, most)
    value = float(_kappas(seen[None])[0])
    again = _kappas(
        np.random.default_rng(SEED).multinomial(len(one), seen.ravel() / len(one), AGREEMENT_RESAMPLES).reshape(-1, 3, 3)
    )
    known = again[~np.isnan(again)]
    if isnan(value) or len(known) <= len(again) / 2:
        return Measured(value, nan, nan, len(one), question)
    low, high = beyond_chance(np.array(share_of((one == most).astype(float))), _chance(seen[None])[0])
    drawn = np.quantile(known, [0.025, 0.975])
    return Measured(value, float(min(low, drawn[0])), float(max(high, drawn[1])), len(one), question)


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
    return VERDICT_NAMES[round(2 * (1 - outcome))]
