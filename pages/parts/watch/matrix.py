"""A run's matrix on the page Watch: one held-out batch's margins, played over training."""

import streamlit as st

from pages.shared.plain import plain, trouble
from rpo import courses
from rpo.charts.contrast import margins_figure
from rpo.contrast import WIDE, GradientShares
from rpo.courses import Replay
from rpo.errors import RpoError
from rpo.runs import Run


@st.fragment
def matrix(run: Run) -> None:
    if not st.toggle("The matrix learns: play the margins of one batch over training", key="matrix-learns"):
        return
    try:
        played(run)
    except RpoError as error:
        trouble(error, st.info)


def played(run: Run) -> None:
    found = courses.replay(run)
    if found.batches > 1 and (number := st.number_input("Held-out batch", 1, found.batches, key="replayed", width=160)) > 1:
        found = courses.replay(run, number - 1)
    st.plotly_chart(
        margins_figure(found.seen, found.rows, found.columns),
        key="margins",
        alt="Margins of every chosen with every rejected answer of a batch",
    )
    st.markdown(_in_words(found, run))
    st.caption(_about(found, run))


def _in_words(found: Replay, run: Run) -> str:
    """What the last evaluation says."""
    shares, step = found.seen.shares, found.seen.steps[-1]
    parts = {"the own pairs": shares.own, "near others": shares.near, "far others": shares.far}
    goes = ", ".join(f"{float(part[-1]):.0%} to {where}" for where, part in parts.items() if part is not None)
    wide, used = float(shares.wide[-1]), float(shares.saturation[-1])
    return (
        f"After step {step} the gradient goes {goes or 'to all others'}. **{wide:.0%} of the cells are saturated**, and "
        f"{used:.0%} of the untrained gradient is used up. {plain(found.note)}"
    )


def _about(found: Replay, run: Run) -> str:
    rows, columns, own = len(found.rows), len(found.columns), found.seen.shares.own is not None
    return (
        f"Held-out batch of {rows} × {columns}, {plain(run.spec.weights_in_words)}. Cell (i, j) is β times (log-ratio of chosen "
        f"answer i less log-ratio of rejected answer j). {'The own pairs are on the diagonal. ' if own else ''}"
        f"Saturated: β · margin is {WIDE:g} or more away from 0. {_split(found.seen.shares)}"
    )


def _split(shares: GradientShares) -> str:
    if shares.near is None:
        return ""
    return (
        f"Near others: prompts whose cosine lies above {shares.split:.2f}, the median of this batch's others "
        f"({shares.near_cells:.0%} of them); the rest are far. Weights that know no likeness push near and far others alike."
    )
