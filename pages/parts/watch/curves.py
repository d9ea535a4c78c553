"""Curves on the page Watch: four large ones, the others folded, of one run or of several over each other."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components import v2

from pages.shared.plain import plain
from pages.shared.session import Session, session
from rpo import courses, runs
from rpo.charts.curves import RunCurves, curves_figure, more_curves_figure
from rpo.components import zoom
from rpo.runs import Run

ABOUT = (
    "Lines are training batches. Diamonds are held-out rows, with 95 % intervals for other held-out pairs where these are known; "
    "what lies between two of them was not measured. Drag over a part of a curve to look closer, double-click to see all of it."
)
SMOOTH = "The exponential mean of a line so far; the line itself stays, paler. Held-out marks are never smoothed"
CONFIG = {"modeBarButtonsToRemove": ["resetScale2d", "select2d", "lasso2d"], "displaylogo": False}
heard = v2.component("zoom", js=zoom.JS)


@st.cache_data(max_entries=64, show_spinner=False)
def ends(folder: str, measured: int, last: int) -> Mapping[int, Mapping[str, tuple[float, float]]]:
    return courses.held_out_ends(Run(Path(folder)))


def recorded(run: Run) -> RunCurves:
    found = run.evaluations
    last = found[-1]["step"] if found else 0
    return RunCurves(run.metrics, found, ends(str(run.folder), len(found), last) if last else {})


def curves(shown: Sequence[Run], key: str = "curves") -> None:
    """The curves of these runs, by their titles."""
    for words in runs.notes(one.spec for one in shown):
        st.caption(f":material/info: {plain(words)}")
    named = runs.titles() if len(shown) > 1 else {}  # they tell apart what reads alike
    found = {named.get(one.name, one.title): recorded(one) for one in shown}
    said, chosen = st.columns([4, 1], vertical_alignment="center")
    said.caption(ABOUT)
    smooth = chosen.slider("Smooth the lines", 0.0, 0.95, 0.0, 0.05, key=Session.smoothing.key, help=SMOOTH)
    chart(curves_figure, found, smooth, key, "Loss, margin, accuracy and KL over the steps")
    with st.expander("Rewards, weights, gradient norm, learning rate, speed", key=f"{key}-folded"):
        chart(more_curves_figure, found, smooth, f"{key}-more", "The other recorded figures over the steps")


def chart(figure: Callable[..., Any], found: Mapping[str, RunCurves], smooth: float, key: str, alt: str) -> None:
    """Curves that keep the reader's zoom."""
    about = ", ".join(found)
    counts = [(len(one.metrics), len(one.evaluations)) for one in found.values()]
    seen = zoomed(key, about, (about, smooth, counts))
    st.plotly_chart(figure(found, smooth, seen), key=key, config=CONFIG, alt=alt)
    heard(key=f"zoom-{key}", data={"chart": key, "about": about, "ranges": seen}, on_view_change=lambda: None)


def zoomed(key: str, about: str, state: object) -> Mapping[str, Sequence[float]]:
    """The reader's zoom when the figure was last another one: a zoom alone draws nothing anew, for the chart shows it already."""
    before, seen = session.of(f"zoomed-{key}", (None, {}))
    if before != state:
        seen = zoom.zoom_of((session.of(f"zoom-{key}") or {}).get("view"), about)
        session.put(f"zoomed-{key}", (state, seen))
    return seen
