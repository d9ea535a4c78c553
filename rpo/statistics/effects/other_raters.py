"""The 95 % interval of a score for other raters like these and other prompts like these, from mean squares of both.

Its half width h is such that |Z| √V ≤ h in 95 %, with Z normal and V the variance that prompts and raters may really have, given
their mean squares: each is divided by a χ² over its degrees (a generalized confidence interval, Weerahandi 1993). So a difference
between raters that was seen in three of them counts as badly known, and none that is seen keeps the interval narrow. Measured in
tests/bench/bench_raters.py beside two others: Satterthwaite's degrees cover too little with three raters, and two-way clusters
(Cameron, Gelbach and Miller 2011) with the degrees of the raters are wider wherever raters are alike.
"""

from functools import lru_cache
from math import nan, sqrt
from typing import Any

import numpy as np

from rpo.glossary import quantity
from rpo.statistics.effects.components import Components, cell_weights, components
from rpo.statistics.intervals import LEVEL, Interval, from_variance, means

RATERS = 3  # below which nothing can be said of other raters
OTHER_RATERS = "What if other raters like these had judged other prompts like these?"
WIDE_UP_TO = 5  # raters up to which the interval says what makes it so wide
WIDER = 1.5  # times the variance of the prompts, above which it is the raters who make it wide
LEFT_BY_ROUNDING = 1e-9  # of a score: what rounding leaves where all votes are alike
NODES = (8, 24, 4)  # at which the chances of prompts, raters and rest are added up: raters have the fewest degrees


def other_raters(outcomes: np.ndarray) -> Interval:
    """Of outcomes (P, R); undefined below three raters, and wide where three of them differ.

    Covers 94 to 99 % in simulations, most where raters hardly differ. Never narrower than what prompts alone leave unsure.
    """
    prompts, raters = outcomes.shape
    if min(prompts, raters) < RATERS:
        return _undefined(raters, f"needs {RATERS} raters at least and as many prompts, has {raters} and {prompts}")
    effective = float(1 / (cell_weights(outcomes).sum(axis=0) ** 2).sum())  # raters of equal weight who would weigh as much
    if effective < RATERS - 1:
        return _undefined(raters, f"needs votes spread over {RATERS} raters, these weigh as much as {effective:.1f}")
    found = components(outcomes)
    variance = variance_with_raters(found)
    low, high = from_variance(float(means(outcomes).mean()), variance, prompts, prompts - 1)
    return Interval(low, high, raters, OTHER_RATERS, _breadth(raters, high - low, variance > WIDER * found.prompts.square))


def variance_with_raters(found: Components) -> float:
    """The variance that makes an interval as wide, with the degrees of the prompts; never less than that of the prompts."""
    from scipy.stats import t

    alone = (half_width(found) / float(t.ppf((1 + LEVEL) / 2, found.prompts.degrees))) ** 2
    return max(alone, found.prompts.square)


def half_width(found: Components) -> float:
    """How far the score lies from that of all such prompts and raters in 95 %."""
    from scipy.optimize import brentq
    from scipy.special import erf

    top = 2 * sqrt(found.prompts.square + found.raters.square)
    if top < LEFT_BY_ROUNDING:
        return 0.0
    variances, shares = _possible(found)
    spreads = np.sqrt(2 * np.maximum(variances, (1e-9 * top) ** 2))

    def beyond(away: float) -> float:
        return float((shares * erf(away / spreads)).sum()) - LEVEL

    while beyond(top) < 0:
        top *= 2
    half: Any = brentq(beyond, 0, top, xtol=1e-6 * top)
    return float(half)


def _possible(found: Components) -> tuple[np.ndarray, np.ndarray]:
    """Variances that the score may have, and how likely each is."""
    sources = found.prompts, found.raters, found.rest
    drawn = [_drawn(one.degrees, nodes) for one, nodes in zip(sources, NODES, strict=True)]
    prompts, raters, rest = np.ix_(*(one.square * times for one, (times, _) in zip(sources, drawn, strict=True)))
    a, b, c = np.ix_(*(shares for _, shares in drawn))
    return prompts + np.maximum(raters - rest, 0), a * b * c


def _drawn(degrees: float, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """What a mean square is multiplied by, and how likely that is, (nodes,)."""
    from scipy.special import gammaincinv

    chances, weights = _points(nodes)
    return degrees / (2 * gammaincinv(degrees / 2, chances)), weights  # over the quantiles of χ²


@lru_cache
def _points(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss and Legendre's points between 0 and 1, and their weights, (nodes,)."""
    places, weights = np.polynomial.legendre.leggauss(nodes)
    return (places + 1) / 2, weights / 2


def _breadth(raters: int, width: float, differ: bool) -> str:
    if raters > WIDE_UP_TO:
        return ""
    why = "because so few raters say little of others; more raters narrow it" if differ else "because these raters hardly differ"
    return f"{quantity(raters, 'rater')}: {quantity(round(100 * width), 'point')} wide, {why}"


def _undefined(raters: int, why: str) -> Interval:
    return Interval(nan, nan, raters, OTHER_RATERS, why)
