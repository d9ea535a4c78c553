"""What a paper needs of a panel, on the page Results: methods, limitations, table, figure and datasheet, to copy or download."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from rpo.reporting import Findings, Vector, figure_of, find, heds_json, limitations_of, methods_of, table_of
from rpo.statistics import Ending
from rpo.voting import Ballots, Columns, Panel, Unrated


def writing(panel: Panel, votes: Columns, settled: tuple[Unrated, ...], end: Ending, titles: Mapping[str, str]) -> None:
    found = find(Ballots.here(), panel, votes, settled, end, titles)
    files(found)
    st.markdown("**Methods**")
    st.code(methods_of(found), language=None, wrap_lines=True)
    st.markdown("**Limitations** that follow from these votes")
    st.code("\n".join(limitations_of(found)) or "None that follows from the votes.", language=None, wrap_lines=True)
    st.markdown("**Table**, LaTeX with the package booktabs")
    st.code(table_of(found), language="latex", wrap_lines=True)


def files(found: Findings) -> None:
    """All files in one line; the figures are drawn when they are asked for."""
    named = found.panel.id
    contents = {
        "Table (.tex)": (table_of(found), f"table-{named}.tex", "text/x-tex"),
        "Figure (.svg)": (partial(figure_of, found, Vector.SVG), f"score-{named}.svg", "image/svg+xml"),
        "Figure (.pdf)": (partial(figure_of, found, Vector.PDF), f"score-{named}.pdf", "application/pdf"),
        "Datasheet (heds.json)": (partial(heds_json, found), "heds.json", "application/json"),
    }
    for place, (label, (content, name, kind)) in zip(st.columns(4), contents.items(), strict=True):
        place.download_button(label, content, name, kind, on_click="ignore", width="stretch")
    st.caption(
        "Add what a panel cannot know: what the two models are and how they were decoded, who the raters are, how they were "
        "found and paid. The datasheet answers the questions of HEDS as far as a panel can, and lists what is left for you."
    )
