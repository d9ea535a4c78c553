"""What a terminal shows: tables in columns, and texts of anybody without what would steer the terminal."""

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WITHOUT_TERMINAL = 400  # characters of a line where no terminal says how many it has: nothing is cut off for a file or a pipe


def console() -> "Console":
    """The terminal, or wherever its output goes."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False) if sys.stdout.isatty() else Console(highlight=False, width=WITHOUT_TERMINAL)


def in_columns(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> "Table":
    """A table without lines; the first column is never cut."""
    from rich.table import Table
    from rich.text import Text

    from rpo.charts.reading import printable

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for place, head in enumerate(heads):
        table.add_column(head, overflow="fold", no_wrap=not place)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table


def print_columns(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print such a table, without spaces at the ends of lines."""
    place = console()
    with place.capture() as captured:
        place.print(in_columns(heads, rows))
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def digits(value: float | None) -> str:
    """A figure with the digits that it means; a dash where there is none."""
    return "–" if value is None or value != value else f"{value:.3f}"
