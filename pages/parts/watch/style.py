"""How the page Watch looks where Streamlit's own look leaves no room: figures in two lines, a title beside its choices.

What is drawn late has its height from the start, so that nothing below it jumps.
"""

STYLE = """<style>
.st-key-bar h1 { padding: 0; font-size: 1.75rem }
.st-key-figures [data-testid=stMetric] { padding: 0 }
.st-key-figures [data-testid=stMetric] > div { padding: .4rem .8rem }
.st-key-figures [data-testid=stMetricValue] { font-size: 1.5rem; line-height: 1.2 }
.st-key-figures [data-testid=stMetricDelta] { font-size: .8rem }
.st-key-headline { gap: .3rem; min-height: 40px } .st-key-figures { min-height: 95px } .st-key-bar { min-height: 40px }
.st-key-before-after { min-height: 24rem }
</style>"""
ROW, MOST_ROWS = 35, 10  # pixels of a table's row, and rows that are shown without scrolling


def table_height(rows: int) -> int:
    """Pixels of a table of so many rows and a head."""
    return ROW * (min(rows, MOST_ROWS) + 1) + 2
