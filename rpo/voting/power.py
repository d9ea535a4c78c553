"""Before anyone votes: how small a difference so many prompts and votes can find, and when to stop.

80 % power, two-sided 5 %. For these raters: the exact sign test over prompts that are not ties. Several votes a prompt count as
prompts × votes / (1 + (votes − 1) ρ) prompts of one vote, ρ from how often two raters agree. For raters like these: a normal
approximation with Student's t, with the spread of raters' own win rates. A plan, not a result: it assumes what it is told.
"""

from dataclasses import dataclass
from math import floor, isnan, nan, sqrt
from typing import Any

from rpo.errors import RpoError
from rpo.voting.intervals import LEVEL, RATERS
from rpo.voting.result import Result
from rpo.voting.sequential import wins_needed

POWER = 0.8
AGREE = 0.657  # how often two of AlpacaEval's human annotators chose alike


@dataclass(frozen=True)
class Power(Result):
    """What can be found: `rate` is the smallest true win rate among decided prompts, `score` the same with ties counted half.

    `effective` is how many decided prompts of one vote the panel is worth, `wins` of them are significant in one look at the end,
    `wins_peeking` when one looks all along, both for these raters. NaN and None where nothing can be found.
    """

    prompts: int
    votes: int
    ties: float
    raters: int
    spread: float
    effective: int
    rate: float
    score: float
    wins: int | None
    wins_peeking: int | None

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
        """When to stop, in a sentence or two."""
        stop = f"Vote on all {self.prompts} prompts and look once"
        if isnan(self.rate):
            return f"{stop}; so few can show no difference, however large: take more prompts{' or raters' * (self.spread > 0)}."
        if self.spread:
            return f"{stop}, at the interval for raters like these; there is none for them that one may look at early."
        worth = f" (what {self.votes} votes a prompt are worth, in prompts of one vote)" if self.votes > 1 else ""
        seen = f"{self.wins} wins of {self.effective} decided prompts{worth} are significant then"
        peek = f"it asks for {self.wins_peeking}" if self.wins_peeking else "so few prompts cannot satisfy it"
        return (
            f"{stop}: {seen}. Looking again and again until p < 5 % finds differences that are not there; "
            f"whoever must look early goes by the interval that is valid at every look: {peek}."
        )


def power(prompts: int, votes: int = 1, ties: float = 0.0, agree: float = AGREE, raters: int = 1, spread: float = 0.0) -> Power:
    """What `prompts` with `votes` each can find; `ties` is their share, `agree` how often two raters choose alike.

    `spread` is the standard deviation of the raters' own win rates; above 0 the plan is for raters like these.
    """
    _check(prompts, votes, ties, agree, raters, spread)
    alike = max(0.0, 2 * agree - 1)
    effective = floor(prompts * (1 - ties) * votes / (1 + (votes - 1) * alike) + 1e-9)
    wins = _critical(effective)
    found = nan if wins is None else _detectable(effective, wins)
    rate = _beyond_raters(effective, raters, spread) if spread and wins is not None else found
    return Power(
        prompts, votes, ties, raters, spread, effective, rate, ties / 2 + (1 - ties) * rate, wins, wins_needed(effective)
    )


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


def _critical(n: int) -> int | None:
    """The fewest wins of n that are significant, two-sided; None where all n are not enough."""
    from scipy.stats import binom

    wins = int(binom.isf((1 - LEVEL) / 2, n, 0.5)) + 1 if n else 1
    return wins if wins <= n else None


def _detectable(n: int, wins: int) -> float:
    from scipy.optimize import brentq
    from scipy.stats import binom

    rate: Any = brentq(lambda rate: float(binom.sf(wins - 1, n, rate)) - POWER, 0.5, 1 - 1e-12)
    return float(rate)


def _beyond_raters(n: int, raters: int, spread: float) -> float:
    from scipy.stats import t

    error = sqrt(0.25 / n + spread**2 / raters)
    rate = 0.5 + float(t.ppf((1 + LEVEL) / 2, raters - 1) + t.ppf(POWER, raters - 1)) * error
    return rate if rate < 1 else nan
