"""Before anyone votes: how small a difference so many prompts and votes can find, and when to stop.

80 % power for the rule by which Results says who is ahead: at the end the exact sign-flip test at 5 % (`sign_flips`), at any time
the interval that is valid at every look (`sequential`). One vote a prompt: the sign test's exact power over any number of ties.
Several: prompts differ (beta-binomial, so that two raters' decided votes agree as often as is said; ties fall anywhere), and the
test's power is that of Student's t of the prompts' scores, half a step of the sum taken off; simulations in
tests/bench/bench_coverage.py. For raters like these: the interval that is to be expected of mean squares with the spread of
raters' own win rates (`effects`), and Student's t of the score around it; 75 to 87 % of simulated panels find it. A plan, not a
result: it assumes what it is given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import ceil, isnan, nan, sqrt
from typing import Any

import numpy as np

from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.statistics.effects import RATERS, Components, Source, half_width
from rpo.statistics.intervals import ERROR_RATE, Looks
from rpo.statistics.result import Result
from rpo.statistics.sequential import LIMIT, evidence, wins_needed

POWER = 0.8
LARGEST_RATE = 0.999  # win rate that is planned for
FEWEST_DECIDED = 6  # prompts below which no flip of signs is rarer than 5 %
NEGLIGIBLE = 1e-12  # chance below which a number of ties is left out
REPORTED_AGREEMENT = 0.657  # how often two of AlpacaEval's human annotators chose alike


@dataclass(frozen=True)
class Power(Result):
    """What can be found: `rate` is the smallest true win rate of a decided vote, `score` the same with ties counted half.

    `decided` prompts are to be expected, on which one side gets more than the other; won by the candidate, `wins` of them are
    enough in one look at the end and `wins_peeking` at any look, for these raters. With several votes a prompt both are about
    what the scores `enough` and `enough_peeking` come to, which is what is tested. NaN and None where nothing can be found.
    """

    prompts: int
    votes: int
    ties: float
    raters: int
    spread: float
    look: str
    decided: int
    rate: float
    score: float
    wins: int | None
    wins_peeking: int | None
    enough: float
    enough_peeking: float

    @property
    def question(self) -> str:
        """What the plan is an answer to."""
        whom = "raters like these" if self.spread else "these raters"
        return f"How good must the candidate be for {whom} to find it in four panels of five?"

    @property
    def n(self) -> int:
        """How many prompts it is for."""
        return self.prompts

    @property
    def rule(self) -> str:
        """When to stop, in a few sentences."""
        each = f"all {quantity(self.votes, 'vote')}" if self.votes > 1 else "a vote"
        every = f"each of the {quantity(self.prompts, 'prompt')}" if self.prompts > 1 else "the prompt"
        stop = f"Look once, when {every} has {each}"
        if isnan(self.rate):
            return f"{stop}; so few can show no difference, however large: take more prompts{' or raters' * bool(self.spread)}."
        if self.spread:
            return f"{stop}, at the interval for raters like these; there is none for them that one may look at early."
        once = f"{self._counted(self.wins, self.enough)} are significant then, by the exact {self.test}"
        peek = self._counted(self.wins_peeking, self.enough_peeking)
        if self.look == Looks.ALWAYS.value:
            return (
                "Anybody may join a panel without a list of raters, so its results go by the interval that is valid at every "
                f"look. You may look at any time, and it takes {peek}. With raters named, or all invited before they vote, you "
                f"may look once instead, at the end: {once}."
            )
        return (
            f"{stop}: {once}. Looking again and again until p ≤ 5 % finds differences that are not there; whoever must look "
            f"early goes by the interval that is valid at every look: it takes {peek}."
        )

    @property
    def test(self) -> str:
        """The test that is planned, for one look at the end."""
        return "sign test over prompts" if self.votes == 1 else "sign-flip test over the prompts' scores"

    def _counted(self, wins: int | None, score: float) -> str:
        """Wins as Results counts them."""
        if wins is None:
            return "more prompts than these"
        needed = f"{quantity(wins, 'win')} of {quantity(self.decided, 'decided prompt')}"
        return needed if self.votes == 1 else f"about {needed} (a score of {score:.1%})"


def power(
    prompts: int,
    votes: int = 1,
    ties: float = 0.0,
    agree: float = REPORTED_AGREEMENT,
    raters: int = 1,
    spread: float = 0.0,
    look: Looks = Looks.ONCE,
) -> Power:
    """What `prompts` with `votes` each can find; `ties` is their share, `agree` how often two raters' decided votes are alike.

    `spread` is the standard deviation of the raters' own win rates; above 0 the plan is for raters like these.
    """
    _check(prompts, votes, ties, agree, raters, spread)
    plan = _one_vote(prompts, ties, look) if votes == 1 else _several(prompts, votes, ties, agree, look)
    alike = max(0.0, 2 * agree - 1)
    beyond = spread and not isnan(plan.rate)
    rate = _beyond_raters(prompts * (1 - ties), votes, alike, raters, spread) if beyond else plan.rate
    return Power(
        prompts=prompts,
        votes=votes,
        ties=ties,
        raters=raters,
        spread=spread,
        look=look.value,
        decided=plan.decided,
        rate=rate,
        score=ties / 2 + (1 - ties) * rate,
        wins=plan.wins,
        wins_peeking=plan.wins_peeking,
        enough=plan.enough,
        enough_peeking=plan.enough_peeking,
    )


@dataclass(frozen=True)
class _Plan:
    """What these raters can find; see `Power`."""

    decided: int
    rate: float
    wins: int | None
    wins_peeking: int | None
    enough: float
    enough_peeking: float


def _check(prompts: int, votes: int, ties: float, agree: float, raters: int, spread: float) -> None:
    if prompts < 1 or votes < 1:
        raise RpoError(f"a plan needs a prompt and a vote at least, got {prompts} and {votes}; raise them")
    if not (0 <= ties < 1 and 0.5 <= agree <= 1):
        raise RpoError(f"ties must be in [0, 1) and agreement in [0.5, 1], got {ties} and {agree}; choose shares")
    if not 0 <= spread <= 0.5 or (spread and raters < RATERS):
        raise RpoError(
            f"a spread between raters must be in [0, 0.5] and needs {RATERS} raters at least, got {spread} and {raters}; "
            "ask more raters, or leave the spread at 0 to plan for these raters"
        )


def _one_vote(prompts: int, ties: float, look: Looks) -> _Plan:
    from scipy.stats import binom

    every = binom.pmf(np.arange(prompts + 1), prompts, 1 - ties)
    decided = np.flatnonzero(every > NEGLIGIBLE)
    needed, likely = _needed(decided, look), np.array([round(prompts * (1 - ties))])

    def found(rate: float) -> float:
        return float(every[decided] @ binom.sf(needed - 1, decided, rate)) - POWER

    wins, peeking = (int(count) if (count := _needed(likely, one)[0]) <= likely[0] else None for one in Looks)
    scores = (nan if one is None else 0.5 + (one - likely[0] / 2) / prompts for one in (wins, peeking))
    return _Plan(int(likely[0]), _root(found), wins, peeking, *map(float, scores))


def _needed(decided: np.ndarray, look: Looks) -> np.ndarray:
    """The fewest wins of so many decided prompts that put the candidate ahead; more than there are where none will do."""
    if look is Looks.ONCE:
        return critical(decided)
    return np.array([wins_needed(count) or count + 1 for count in decided.tolist()])


def critical(decided: np.ndarray) -> np.ndarray:
    """The fewest wins of so many decided prompts of one vote that the sign test finds; more than there are where none will do."""
    from scipy.stats import binom

    return np.where(decided > 0, binom.isf(ERROR_RATE / 2, np.maximum(decided, 1), 0.5) + 1, 1).astype(int)


def _several(prompts: int, votes: int, ties: float, agree: float, look: Looks) -> _Plan:
    from scipy.stats import nct, t

    drawn = partial(_Prompts.drawn, prompts, votes, ties, agree)
    least = float(t.isf(ERROR_RATE / 2, max(prompts - 1, 1)))
    enough = nan if prompts < FEWEST_DECIDED else _root(lambda rate: drawn(rate).lead - least)
    peeking = _root(lambda rate: drawn(rate).evidence - LIMIT)
    far = {Looks.ONCE: least, Looks.ALWAYS: nan if isnan(peeking) else drawn(peeking).lead}[look]
    found = (
        nan if prompts < FEWEST_DECIDED else _root(lambda rate: float(nct.sf(far, max(prompts - 1, 1), drawn(rate).lead)) - POWER)
    )
    once, always = (None if isnan(one) else drawn(one) for one in (enough, peeking))
    decided = drawn(0.5 if once is None else enough).decided
    wins, wins_peeking = (None if one is None else ceil(one.won - 1e-9) for one in (once, always))
    return _Plan(round(decided), found, wins, wins_peeking, *(nan if one is None else one.score for one in (once, always)))


@dataclass(frozen=True)
class _Prompts:
    """What so many prompts of several votes are expected to look like: how many have each score, (K,)."""

    scores: np.ndarray
    counts: np.ndarray
    votes: int

    @classmethod
    def drawn(cls, prompts: int, votes: int, ties: float, agree: float, rate: float) -> "_Prompts":
        """At this win rate of a decided vote."""
        from scipy.stats import betabinom, binom

        alike = min(max(2 * agree - 1, 1e-6), 1 - 1e-6)
        a, b = (side * (1 - alike) / alike for side in (rate, 1 - rate))
        decided, wins = np.tril_indices(votes + 1)
        chances = binom.pmf(decided, votes, 1 - ties) * betabinom.pmf(wins, decided, a, b)
        leads, place = np.unique(2 * wins - decided, return_inverse=True)
        return cls(0.5 + leads / (2 * votes), prompts * np.bincount(place, chances), votes)

    @property
    def score(self) -> float:
        """The mean of the prompts' scores."""
        return float(self.scores @ self.counts / self.counts.sum())

    @property
    def won(self) -> float:
        """Prompts on which the candidate gets more than the baseline."""
        return float(self.counts[self.scores > 0.5].sum())

    @property
    def decided(self) -> float:
        """Prompts on which one side gets more than the other."""
        return float(self.counts[self.scores != 0.5].sum())

    @property
    def lead(self) -> float:
        """Student's t of the score against one half, less half a step of the sum of leads that signs can make."""
        spread, prompts = float((self.scores - self.score) ** 2 @ self.counts), float(self.counts.sum())
        leads = np.rint(2 * self.votes * (self.scores - 0.5)).astype(int)
        step = int(np.gcd.reduce(leads[self.counts > NEGLIGIBLE]))  # without ties an even number of votes makes even leads
        ahead = self.score - 0.5 - step / (2 * self.votes * prompts)
        return ahead * sqrt(prompts * max(prompts - 1, 1) / max(spread, 1e-12))

    @property
    def evidence(self) -> float:
        """What a stake against one half would have grown to."""
        return evidence(self.scores, self.counts)


def variance_of_prompts(votes: int, ties: float, agree: float) -> float:
    """Of one prompt's score, where both sides are equally good."""
    _check(1, votes, ties, agree, 1, 0.0)
    one = _Prompts.drawn(1, votes, ties, agree, 0.5)
    return float((one.scores - 0.5) ** 2 @ one.counts)


def _root(beyond: Callable[[float], float]) -> float:
    """The win rate above one half at which it comes to 0; NaN where it does not."""
    from scipy.optimize import brentq

    if not beyond(LARGEST_RATE) >= 0:
        return nan
    found: Any = brentq(beyond, 0.5, LARGEST_RATE)
    return float(found)


def _beyond_raters(prompts: float, votes: int, alike: float, raters: int, spread: float) -> float:
    """The win rate that the interval for other raters finds, from decided prompts of so many votes."""
    from scipy.stats import t

    of_prompts = 0.25 * (1 + (votes - 1) * alike) / (votes * prompts)
    within = 0.25 * (1 - alike) * (raters - 1) / (raters * prompts * (votes - 1)) if votes > 1 else 0.25 / prompts
    degrees = max((prompts - 1) * max(votes - 1, 1), 1)
    expected = Components(
        Source(of_prompts, max(prompts - 1, 1)), Source(spread**2 / raters + within, raters - 1), Source(within, degrees)
    )
    error = sqrt(of_prompts + spread**2 / raters)
    rate = 0.5 + half_width(expected) + float(t.ppf(POWER, raters - 1)) * error
    return rate if rate < 1 else nan
