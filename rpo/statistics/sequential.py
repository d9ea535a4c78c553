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
from math import exp, log
from typing import Any

import numpy as np

from rpo.statistics.intervals import ERROR_RATE, Interval

SEQUENTIAL_QUESTION = "With these raters and prompts like these: what holds however often we looked before?"
LIMIT = log(1 / ERROR_RATE)
MOST_BETS = 400  # bets; exact up to twice as many prompts, beyond that to many digits
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
    return Interval(float(low), float(high), len(outcomes), SEQUENTIAL_QUESTION)


def always_valid_p(outcomes: np.ndarray) -> float:
    """The p that belongs to it, of "neither side is better": 1 / the growth of the stake (Shafer et al. 2011).

    At most 5 % exactly where the interval leaves one half out.
    """
    values, counts = np.unique(np.round(outcomes, 12), return_counts=True)
    return exp(min(0.0, -evidence(values, counts)))


def evidence(values: np.ndarray, counts: np.ndarray) -> float:
    """The logarithm of what a stake against one half has become after so many prompts of each outcome; `LIMIT` rules it out."""
    return _stake(values, counts, 0.5)


def wins_needed(decided: int) -> int | None:
    """With how many wins of so many decided prompts of one vote the interval lies above one half; None if with none.

    Ties leave a stake against one half as it is, so they do not count.
    """
    from scipy.special import betaln

    wins = np.arange(decided // 2, decided + 1)
    above = wins[betaln(wins + 1, decided - wins + 1) + decided * log(2) >= LIMIT]
    return int(above[0]) if len(above) else None


def _stake(values: np.ndarray, counts: np.ndarray, m: float) -> float:
    """The logarithm of what a stake of 1 has become."""
    bets, weights = _bets(min(int(counts.sum()) // 2 + 1, MOST_BETS))
    gains = np.log(np.outer(values, bets / m) + np.outer(1 - values, (1 - bets) / (1 - m)))
    return float(np.logaddexp.reduce(weights + counts @ gains))


@lru_cache(maxsize=64)
def _bets(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss's nodes on [0, 1] and the logarithms of their weights: the integral over all bets, exact for polynomials."""
    from scipy.special import roots_legendre

    nodes, weights = roots_legendre(count)
    return (nodes + 1) / 2, np.log(weights / 2)
