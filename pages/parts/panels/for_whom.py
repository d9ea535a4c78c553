"""For whom a new panel is planned: the raters who are named, or others like them, who differ as much as on an earlier panel."""

import streamlit as st

from pages.shared import kept
from rpo import statistics
from rpo.glossary import quantity
from rpo.statistics import Looks, Power, RaterSpread
from rpo.voting import Ballots

THESE, OTHERS = "these raters", "other raters like them"
ASSUMED = 8  # points, where nothing was measured
FEW = 5  # raters up to which a spread is little known
APART = "Win rates of two raters typically lie 1.4 times as far apart. Results shows both intervals, whatever is planned"


def plan_for(pairs: int, votes: int, ties: float, raters: int) -> Power:
    """What so many pairs with so many votes can find, for whom the result should hold."""
    look = Looks.ONCE if raters else Looks.ALWAYS
    return statistics.power(pairs, votes, ties=ties, raters=max(raters, votes), spread=spread(raters), look=look)


def spread(raters: int) -> float:
    """Between the raters' win rates; 0 where the plan is for these raters, as it is below three of them."""
    if raters < statistics.RATERS:
        return 0.0
    left, right = st.columns(2)
    whom = kept.choice(left.segmented_control, "The result should hold for", "whom", [THESE, OTHERS], required=True)
    if whom == THESE:
        return 0.0
    found, label = earlier(), "Raters' own win rates differ by … points (standard deviation)"
    points = kept.number(right, label, "spread", (1, 25), default(found), help=APART)
    right.caption(source(found))
    return points / 100


def earlier() -> RaterSpread | None:
    """On the newest panel of yours with three raters."""
    ballots = Ballots.here()
    panels = (one for one in ballots.panels() if not one.example)
    each = (statistics.rater_spread(ballots.columns(one.id), one.candidate) for one in panels)
    return next((found for found in each if found), None)


def default(found: RaterSpread | None) -> int:
    return ASSUMED if found is None else min(25, max(1, round(100 * found.value)))


def source(found: RaterSpread | None) -> str:
    if found is None:
        return "An assumption: no panel of yours has the votes of three raters yet."
    points = quantity(round(100 * found.value), "point")
    of = f"{quantity(found.n, 'rater')} on {quantity(found.prompts, 'prompt')}"
    unsure = " From so few raters it is little known: to be safe, plan for more." if found.n <= FEW else ""
    return f"On your newest panel with three raters or more: {points}, from {of}.{unsure}"
