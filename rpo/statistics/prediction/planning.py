"""Before anyone votes: what a judge's verdicts on more prompts would add to a panel, if it agrees with a rater so often.

PPI++ with the best λ leaves 1 − ρ² N/(n + N) of the variance of n prompts' score, ρ the correlation of the judge with the mean
of a prompt's votes (arXiv 2311.01453, section 6). The plan is that of `power` for as many prompts as these are worth, one look at
the end. A plan, not a result: it takes the judge's errors for even on both sides, and λ for known.
"""

from dataclasses import dataclass
from math import sqrt

from rpo.errors import RpoError
from rpo.statistics.power import REPORTED_AGREEMENT, power
from rpo.statistics.result import Result


@dataclass(frozen=True)
class PlannedWithJudge(Result):
    """`rate` is the smallest true win rate of a decided vote that is found in 80 % of panels, `score` that with ties half.

    `worth` is how many prompts with votes would find it without a judge. NaN where nothing can be found.
    """

    prompts: int
    more: int
    judge_agrees: float
    worth: float
    rate: float
    score: float
    question: str = "How good must the candidate be for raters and judge together to find it in four panels of five?"


def power_with_judge(
    prompts: int, more: int, judge_agrees: float, votes: int = 1, ties: float = 0.0, agree: float = REPORTED_AGREEMENT
) -> PlannedWithJudge:
    """What `prompts` with `votes` each and the judge's verdicts on `more` can find.

    `judge_agrees` is how often its verdict is the winner that one rater names; `ties` and `agree` are those of `power`.
    """
    if more < 0 or not 0 <= judge_agrees <= 1:
        raise RpoError(
            f"a plan with a judge needs verdicts ≥ 0 and an agreement in [0, 1], got {more} and {judge_agrees}; choose others"
        )
    worth = prompts / (1 - _correlation(judge_agrees, votes, agree) ** 2 * more / (prompts + more))
    plan = power(round(worth), votes, ties, agree)
    return PlannedWithJudge(prompts, more, judge_agrees, worth, plan.rate, plan.score)


def _correlation(judge_agrees: float, votes: int, agree: float) -> float:
    """Of the judge's verdict with the mean of a prompt's votes; 0 for one that is no better than a coin."""
    alike = max(0.0, 2 * agree - 1)
    return min(1.0, max(0.0, 2 * judge_agrees - 1) / sqrt((1 + (votes - 1) * alike) / votes))
