"""What arXiv 2402.10958 reports, with the intervals it does not: GPT-4's wins against the data set's chosen answer.

The paper prints percentages of n = 256 prompts; each is a whole number of wins, which is what stands here. Wilson intervals, a
pooled z-test of two proportions (statsmodels), Holm's correction. The methods answered the same prompts, so a paired test would
be sharper: it needs the single verdicts, which were not published. One seed each: how runs differ is in none of these figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rpo.statistics.intervals import LEVEL
from rpo.statistics.power import POWER
from rpo.statistics.score import holm

PROMPTS_JUDGED = 256


@dataclass(frozen=True)
class Reported:
    """One printed win rate: `wins` of `n` prompts."""

    data: str
    method: str
    wins: int
    n: int = PROMPTS_JUDGED

    @property
    def rate(self) -> float:
        """The printed figure, as a share."""
        return self.wins / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval."""
        from statsmodels.stats.proportion import proportion_confint

        ends: Any = proportion_confint(self.wins, self.n, alpha=1 - LEVEL, method="wilson")
        return float(ends[0]), float(ends[1])


@dataclass(frozen=True)
class Difference:
    """One method against another: difference of rates, z, two-sided p, and p after Holm's correction over those listed."""

    method: str
    other: str
    rate: float
    z: float
    p: float
    holm: float


HH, SUMMARIES = "HH, Mistral-7B", "Summarization"
REPORTED = (
    Reported(HH, "RPO-Paired", 201),
    Reported(HH, "RPO-Unpaired", 192),
    Reported(HH, "DPO", 185),
    Reported(HH, "diagonal weights", 179),
    Reported(HH, "uniform weights", 175),
    Reported(SUMMARIES, "RPO-Paired", 128),
    Reported(SUMMARIES, "RPO-Unpaired", 129),
)
LLAMA = {
    "LLaMA2-7B": 13,
    "LLaMA2-13B": 24,
}  # wins by which RPO-Paired leads DPO on HH, of 256 each; their rates are not given here


def reported_differences(first: Reported, others: Sequence[Reported]) -> list[Difference]:
    """One method against each of the others."""
    from statsmodels.stats.proportion import proportions_ztest

    tests = [proportions_ztest([first.wins, other.wins], [first.n, other.n]) for other in others]
    corrected = holm([float(p) for _, p in tests])
    return [
        Difference(first.method, other.method, first.rate - other.rate, float(z), float(p), p_of_all)
        for other, (z, p), p_of_all in zip(others, tests, corrected, strict=True)
    ]


def least_z(wins: int, n: int = PROMPTS_JUDGED) -> float:
    """The smallest z that a lead of so many wins of n can have, whatever the two rates are: both around one half."""
    return wins / n / (2 * 0.25 / n) ** 0.5


def prompts_needed(first: Reported, other: Reported) -> int:
    """Prompts for each method at which four studies in five would find such a difference, two-sided 5 %."""
    from math import ceil

    from statsmodels.stats.power import NormalIndPower
    from statsmodels.stats.proportion import proportion_effectsize

    effect = proportion_effectsize(first.rate, other.rate)
    needed: Any = NormalIndPower().solve_power(effect, power=POWER, alpha=1 - LEVEL)
    return ceil(needed)
