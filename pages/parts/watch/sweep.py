"""A sweep on the page Watch: how far it is, its settings in one table, its curves over each other."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from pages.parts.watch.acts import attempt
from pages.parts.watch.compared import comparison
from pages.parts.watch.curves import curves
from pages.parts.watch.frontier import frontier
from pages.shared import deep_link
from pages.shared.job_progress import by_itself
from pages.shared.plain import plain, trouble
from pages.shared.session import Session, session
from rpo import runs
from rpo.charts.sweep import cells_figure
from rpo.jobs import Status
from rpo.runs import Run, Sweep


def all_sweeps(place: Any) -> None:
    found = runs.sweeps()
    if not found:
        st.info("No sweep yet. Train starts one: choose the values to vary under A sweep of runs.")
        st.page_link("train.py", label="Train", icon=":material/model_training:")
        return
    a_sweep(sweep_of(found, place))


def sweep_of(found: Sequence[Sweep], place: Any) -> Sweep:
    names = {one.name: one for one in found}
    asked = session.sweep or deep_link.asked("sweep")
    session.sweep = asked if asked in names else next(iter(names))
    titles = {name: one.title for name, one in names.items()}
    hidden = {"label_visibility": "collapsed", "format_func": titles.__getitem__}
    name = place.selectbox("Sweep", list(names), key=Session.sweep.key, **hidden)
    deep_link.carry("sweep", name)
    return names[name]


@by_itself(3.0)
def a_sweep(sweep: Sweep) -> None:
    head(sweep)
    readable = [run for run in sweep.runs if not run.trouble]
    for run in sweep.runs:
        if run.trouble:
            trouble(run.trouble, st.warning)
    cells = runs.compare(readable)
    comparison(cells)
    if any(cell.seeds for cell in cells):
        st.plotly_chart(cells_figure(cells), key="cells", alt="The sweep's last figures, one mark a run")
    frontier(readable)
    overlaid([run for run in readable if run.metrics])


def overlaid(begun: Sequence[Run]) -> None:
    if begun and st.toggle("All curves, overlaid"):
        curves(begun, "overlaid")


def head(sweep: Sweep) -> None:
    state = sweep.state
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.markdown(f"**{plain(sweep.title)}** · {plain(sweep.standing)}")
    if sweep.stopping:
        right.button("Stopping…", icon=":material/hourglass:", disabled=True, width="stretch")
    elif state.active:
        left.progress(state.progress)
        right.button("Stop the sweep", icon=":material/stop:", on_click=attempt, args=(sweep.stop,), width="stretch")
    elif state.status is not Status.DONE:
        go_on = partial(attempt, sweep.again)
        right.button("Go on", icon=":material/resume:", on_click=go_on, width="stretch")
