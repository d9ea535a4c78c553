"""An interval that stays valid however often one looks and whenever one stops: a confidence sequence for a mean in [0, 1].

A bettor against "the mean is m" who splits a stake evenly over all constant bets q, and so multiplies it with each prompt's
outcome x by (q/m) x + ((1 − q)/(1 − m)) (1 − x), is expected to gain nothing if m is true; once the stake has grown twenty-fold,
m is ruled out, at 5 % for all looks together (Ville 1939). The bets are Cover's universal portfolio (1991), as intervals in
Orabona and Jun (2023) and Waudby-Smith and Ramdas (2024). For wins and losses alone it is the beta-binomial mixture with a
uniform prior (Robbins 1970); ties and prompt means need no special care, they make it narrower, as they should.
The proof is for prompts whose votes do not change any more. Where later raters revise a prompt's mean, it is simulated:
2 to 3 % false alarms when looking every 10 votes (tests/bench/bench_coverage.py).
Not for other raters: like the interval of `intervals.same_raters` it speaks of other prompts.
"""

from functools import lru_cache
from math import log
from typing import Any

import numpy as np

from rpo.voting.intervals import LEVEL, Interval

QUESTION = "With these raters and prompts like these: what holds however often we looked before?"
LIMIT = log(1 / (1 - LEVEL))
MOST = 400  # bets; exact up to twice as many prompts, beyond that to many digits
EDGE = 1e-9


def always_valid(outcomes: np.ndarray) -> Interval:
    """The interval after these prompts, (P,) in [0, 1]; their order does not matter."""
    from scipy.optimize import brentq

    values, counts = np.unique(np.round(outcomes, 12), return_counts=True)
    mean = min(max(float(outcomes.mean()), EDGE), 1 - EDGE)

    def beyond(m: float) -> float:
        return _stake(values, counts, m) - LIMIT

    low: Any = brentq(beyond, EDGE, mean) if beyond(EDGE) > 0 else 0.0
    high: Any = brentq(beyond, mean, 1 - EDGE) if beyond(1 - EDGE) > 0 else 1.0
    return Interval(float(low), float(high), len(outcomes), QUESTION)


def wins_needed(prompts: int) -> int | None:
    """With how many wins of so many prompts the interval lies above one half; None if with none."""
    above = (wins for wins in range(prompts // 2, prompts + 1) if _ahead(wins, prompts))
    return next(above, None)


def _ahead(wins: int, prompts: int) -> bool:
    return _stake(np.array([0.0, 1.0]), np.array([prompts - wins, wins]), 0.5) >= LIMIT


def _stake(values: np.ndarray, counts: np.ndarray, m: float) -> float:
    """The logarithm of what a stake of 1 has become."""
    bets, weights = _bets(min(int(counts.sum()) // 2 + 1, MOST))
    gains = np.log(np.outer(values, bets / m) + np.outer(1 - values, (1 - bets) / (1 - m)))
    return float(np.logaddexp.reduce(weights + counts @ gains))


@lru_cache(maxsize=64)
def _bets(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss's nodes on [0, 1] and the logarithms of their weights: the integral over all bets, exact for polynomials."""
    from scipy.special import roots_legendre

    nodes, weights = roots_legendre(count)
    return (nodes + 1) / 2, np.log(weights / 2)
