"""How the page Watch looks where Streamlit's own look leaves no room: figures in two lines, a title beside its choices.

What is drawn late has its height from the start, so that nothing below it jumps.
"""

from typing import Any

import streamlit as st

STYLE = """<style>
.st-key-bar h1 { padding: 0; font-size: 1.75rem }
.st-key-figures [data-testid=stMetric] { padding: 0 }
.st-key-figures [data-testid=stMetric] > div { padding: .4rem .8rem }
.st-key-figures [data-testid=stMetricValue] { font-size: 1.5rem; line-height: 1.2 }
.st-key-figures [data-testid=stMetricDelta] { font-size: .8rem }
.st-key-headline { gap: .3rem }
:is(.st-key-figures, .st-key-before-after) > :first-child { min-width: 0 !important; width: 0 !important; flex: none }
</style>"""
ROW, MOST_ROWS = 35, 10  # pixels of a table's row, and rows that are shown without scrolling


def room(key: str, height: int) -> Any:
    """A place that is so many pixels high from the start, or higher; no style sheet is here early enough to say so."""
    with st.container(horizontal=True, gap=None, key=key):
        with st.container(width=1):
            st.space(height)
        return st.container()


def table_height(rows: int) -> int:
    """Pixels of a table of so many rows and a head."""
    return ROW * (min(rows, MOST_ROWS) + 1) + 2
