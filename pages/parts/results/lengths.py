"""Length and style on the page Results: the score if both answers looked alike, and which of their looks go with winning."""

from typing import Any

import streamlit as st

from rpo import statistics
from rpo.glossary import quantity
from rpo.statistics import Effect, LengthAdjusted, StyleControlled, length_adjusted, style_controlled, style_of
from rpo.voting import Ballots, Columns, Comparison, Panel

READING = (
    "Each with the others alike. × 1 is no taste for it; where the interval holds 1, these votes do not tell. What goes with "
    "winning need not be why an answer won: a longer answer may also say more."
)


def measured(pairs: dict[str, Comparison]) -> dict[str, tuple[float, float]]:
    """The letters of both answers to each prompt, the candidate's first."""
    return {name: (len(pair.second.text), len(pair.first.text)) for name, pair in pairs.items()}


def panels_beside(panel: Panel) -> list[str]:
    """Panels of other candidates against the same baseline, whose results may be looked at."""
    others = [one for one in Ballots.here().panels() if one.baseline == panel.baseline and one.id != panel.id]
    return [one.id for one in others if not (one.sealed and statistics.ending(Ballots.here().attendance(one.id)).late)]


def lengths(votes: Columns, panel: Panel) -> None:
    beside = panels_beside(panel)
    pairs = {name: pair for key in (panel.id, *beside) for name, pair in Ballots.here().comparisons(key).items()}
    others = Ballots.here().columns(*beside) if beside else ()
    styles = {name: (style_of(pair.second.text), style_of(pair.first.text)) for name, pair in pairs.items()}
    long = length_adjusted(votes, panel.candidate, measured(pairs), others)
    styled = style_controlled(votes, panel.candidate, styles, others)
    scores(long, styled)
    for name, one in (("lengths", long), ("style", styled)):
        if one.note:
            st.warning(f"At equal {name}: {one.note}.", icon=":material/explore_off:")
    if styled.effects:
        st.dataframe([row(one) for one in styled.effects], hide_index=True, alt="What of the answers' looks goes with winning")
        st.caption(READING)


def scores(long: LengthAdjusted, styled: StyleControlled) -> None:
    a, b, c = st.columns(3)
    a.metric("Score as voted", f"{long.raw:.1%}", border=True, height="stretch")
    for place, name, one in ((b, "Score at equal lengths", long), (c, "Score at equal style", styled)):
        ends = f"95 %: {one.low:.1%} to {one.high:.1%}" if one.known else "not to be had"
        value = f"{one.score:.1%}" if one.known else "–"
        place.metric(name, value, ends, delta_color="off", delta_arrow="off", border=True, help=one.question, height="stretch")
    hard = f", with the prompts' difficulty from the votes on {quantity(long.others, 'other candidate')}" if long.others else ""
    st.caption(f"Over {quantity(long.n, 'prompt')}{hard}. Style: length, list items, headings and bold together.")


def row(one: Effect) -> dict[str, Any]:
    return {
        "twice as much": one.feature.value,
        "odds of winning": f"× {one.odds:.2f}",
        "95 % interval": f"{one.low:.2f} to {one.high:.2f}",
        "prompts on which the answers differ in it": one.n,
    }
