"""Before anyone votes: what a judge's verdicts on more prompts would add to a panel, if it agrees with a rater so often.

PPI++ with the best λ leaves 1 − ρ² N/(n + N) of the variance of n prompts' score, ρ the correlation of the judge with the mean
of a prompt's votes (arXiv 2311.01453, section 6). The plan is that of `power` for as many prompts as these are worth, one look at
the end. A plan, not a result: it takes the judge's errors for even on both sides, and λ for known.
"""

from dataclasses import dataclass
from math import inf, sqrt

from rpo.errors import RpoError
from rpo.statistics.power import REPORTED_AGREEMENT, power
from rpo.statistics.result import Result

TIMES = (0, 1, 3, 10)  # verdicts on more prompts that are planned for, as multiples of the prompts with votes


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
    worth = prompts / _left(prompts, more, _correlation(judge_agrees, votes, ties, agree))
    plan = power(round(worth), votes, ties, agree)
    return PlannedWithJudge(prompts, more, judge_agrees, worth, plan.rate, plan.score)


def plans_with_judge(
    prompts: int, judge_agrees: float, votes: int = 1, ties: float = 0.0, agree: float = REPORTED_AGREEMENT
) -> tuple[PlannedWithJudge, ...]:
    """The same for no more verdicts, and for one, three and ten times as many prompts more."""
    return tuple(power_with_judge(prompts, times * prompts, judge_agrees, votes, ties, agree) for times in TIMES)


def verdicts_worth_their_price(
    prompts: int,
    judge_agrees: float,
    verdict_price: float,
    vote_price: float,
    votes: int = 1,
    ties: float = 0.0,
    agree: float = REPORTED_AGREEMENT,
) -> float:
    """On how many more prompts a verdict adds more certainty for its price than votes on one more prompt do for theirs.

    Infinite where verdicts cost nothing, or all but nothing; prices are of one verdict and of one vote, in the same money. From
    the derivative of `worth` by N, without what λ costs to estimate, which is little from 50 prompts on.
    """
    if min(verdict_price, vote_price) < 0 or verdict_price + vote_price == 0:
        raise RpoError(f"prices must be 0 or more and not both 0, got {verdict_price} and {vote_price}; say what a vote costs")
    correlation = _correlation(judge_agrees, votes, ties, agree)
    price = verdict_price / (votes * vote_price) if vote_price else inf  # of a verdict, in prompts with votes
    if correlation**2 <= price:
        return 0.0
    unexplained = 1 - correlation**2
    return prompts * (correlation / sqrt(price) - 1) / unexplained if price and unexplained else inf


def _left(prompts: int, more: int, correlation: float) -> float:
    """What part of the variance is left, with the prompt on which judge and raters are taken to differ; 1 where it is no gain."""
    known = more / (prompts + more)
    unsure = (2 * correlation * known) ** 2 / max(prompts - 2, 1)  # a judge's outcomes spread by 1/4
    return min(1.0, 1 - correlation**2 * known + unsure)


def _correlation(judge_agrees: float, votes: int, ties: float, agree: float) -> float:
    """Of the judge's verdict with the mean of a prompt's votes; 0 for one that is no better than a coin."""
    alike, decided = max(0.0, 2 * agree - 1), 1 - ties
    return min(1.0, max(0.0, 2 * judge_agrees - 1) * sqrt(decided * votes / (1 + (votes - 1) * alike * decided)))
