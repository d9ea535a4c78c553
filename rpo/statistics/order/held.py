"""How often raters find that a chosen answer serves its prompt better than a rejected answer serves another one, by cosine.

RPO contrasts both without asking and counts near prompts most (Sun, Shen and Ton 2025, arXiv 2411.04991, have such comparisons
annotated instead). Without any order it would be 50 %. A question's outcome is the mean over its raters, a tie half, so that the
interval counts questions, not answers: it is that of a score (`rpo.statistics.intervals`), for other questions like these and
these raters. Over the cosine: a logistic regression with the prior and the errors of `rpo.statistics.style.control`, given as the
odds for a cosine that is higher by 0.1. Measured with 20 questions, the interval covers 96 to 98 % (tests/statistics/order).
Axes: Q questions, R raters.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, nan

import numpy as np

from rpo.statistics.intervals import Interval, means, same_raters
from rpo.statistics.result import Result
from rpo.statistics.style.control import control
from rpo.voting.questions.types import CrossAnswer, Nearness

FEW_QUESTIONS = 10  # below so many answered ones a share says too little
OTHER_QUESTIONS = "With these raters: what if we had asked other questions like these?"
ODDS_STEP = 0.1  # of cosine, for which the odds are given


@dataclass(frozen=True)
class OrderPart(Result):
    """One part of the questions, from the nearest prompts to unrelated ones: cosines from `low_cosine` to `high_cosine`."""

    nearness: Nearness
    rate: float
    interval: Interval
    low_cosine: float
    high_cosine: float
    cosine: float
    question: str = OTHER_QUESTIONS


@dataclass(frozen=True)
class OrderHeld(Result):
    """The share of questions on which the order held, NaN where none has an answer, of `asked` questions; and by nearness.

    `odds`: by what the odds that it holds are multiplied where two prompts' cosine is higher by 0.1, with the ends of its 95 %
    interval; NaN where there are too few questions, or all say the same.
    """

    asked: int
    answers: int
    raters: int
    rate: float
    interval: Interval
    odds: float
    low_odds: float
    high_odds: float
    parts: tuple[OrderPart, ...]
    question: str = OTHER_QUESTIONS

    @property
    def n(self) -> int:
        """How many questions have an answer."""
        return self.interval.n

    @property
    def few(self) -> bool:
        """Whether so few questions have an answer that their share is not given."""
        return self.n < FEW_QUESTIONS

    def part(self, nearness: Nearness) -> OrderPart | None:
        """The part of this nearness, None where none of its questions has an answer."""
        return next((one for one in self.parts if one.nearness is nearness), None)


def order_held(answers: Sequence[CrossAnswer], asked: int) -> OrderHeld:
    """What these answers to `asked` questions say; each rater's own answer to each question counts once."""
    if not answers:
        return OrderHeld(asked, 0, 0, nan, Interval(nan, nan, 0, OTHER_QUESTIONS, "nobody has answered yet"), nan, nan, nan, ())
    questions = {one.question.id: one.question for one in answers}
    table = outcome_table(answers, list(questions))
    cosines = np.array([one.cosine for one in questions.values()])
    nearness = [one.nearness for one in questions.values()]
    held = means(table)
    masks = {part: np.array([one is part for one in nearness]) for part in Nearness}
    parts = tuple(_part(part, table[mask], cosines[mask]) for part, mask in masks.items() if mask.any())
    odds = _odds(held, cosines)
    return OrderHeld(asked, len(answers), table.shape[1], float(held.mean()), _interval(table), *odds, parts)


def outcome_table(answers: Sequence[CrossAnswer], questions: Sequence[str]) -> np.ndarray:
    """Outcomes (Q, R), 1 where the order held, NaN where that rater has not answered; one who sits at two panels is one rater."""
    place = {name: number for number, name in enumerate(questions)}
    raters = {name: number for number, name in enumerate(sorted({one.rater for one in answers}))}
    table = np.full((len(place), len(raters)), nan)
    for one in answers:
        table[place[one.question.id], raters[one.rater]] = one.held
    return table


def _interval(table: np.ndarray) -> Interval:
    return replace(
        same_raters(table), question=OTHER_QUESTIONS, note="" if len(table) > 1 else "one question says next to nothing"
    )


def _part(nearness: Nearness, table: np.ndarray, cosines: np.ndarray) -> OrderPart:
    ends = float(cosines.min()), float(cosines.max()), float(cosines.mean())
    return OrderPart(nearness, float(means(table).mean()), _interval(table), *ends)


def _odds(held: np.ndarray, cosines: np.ndarray) -> tuple[float, float, float]:
    """The odds ratio for a cosine higher by `ODDS_STEP`, with the ends of its interval."""
    spread = float(cosines.std())
    if len(held) < FEW_QUESTIONS or spread == 0 or np.all(held == held[0]):
        return nan, nan, nan
    standardised = ((cosines - cosines.mean()) / spread)[:, None]
    fitted = control(held, standardised, np.empty((len(held), 0)))
    slopes = (fitted.slopes[0], fitted.low_slopes[0], fitted.high_slopes[0])
    middle, low, high = (exp(min(ODDS_STEP / spread * float(one), 50.0)) for one in slopes)
    return middle, low, high
