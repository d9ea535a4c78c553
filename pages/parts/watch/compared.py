"""Runs held against each other on the page Watch: their settings that differ, last figures, curves, and all at one KL."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.watch.curves import curves
from pages.parts.watch.frontier import frontier
from pages.parts.watch.style import table_height
from rpo import runs
from rpo.runs import Run, SweepCell


def compared(shown: Sequence[Run]) -> None:
    comparison(runs.compare(shown))
    begun = [run for run in shown if run.metrics]
    if begun:
        curves(begun, "overlaid")
    frontier(shown)


def comparison(cells: Sequence[SweepCell]) -> None:
    height = table_height(len(cells))
    with st.container(height=height, border=False):
        alt = "Figures of each setting: mean and spread over its seeds"
        st.dataframe([row(cell) for cell in cells], hide_index=True, height=height, alt=alt)
    st.caption(
        "Last held-out figures: mean ± standard deviation over seeds. Two settings whose spreads overlap cannot be distinguished."
    )


def row(cell: SweepCell) -> dict[str, object]:
    figures = {name: words(cell.mean[name], cell.sd[name]) for name in cell.mean}
    return {"setting": cell.label, "seeds": cell.seeds, "held-out": cell.pairs, **figures}


def words(mean: float, sd: float) -> str:
    if mean != mean:
        return "–"
    return f"{mean:.3f} ± {sd:.3f}" if sd == sd else f"{mean:.3f}"
