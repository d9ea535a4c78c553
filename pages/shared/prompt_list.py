"""Prompts as a table with figures beside them, and the prompt that the address names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import streamlit as st

from pages.shared import deep_link
from pages.shared.session import session
from rpo import preferences
from rpo.charts.prompt_map import rows_of
from rpo.embeddings import PromptMap

LOW = 6  # rows of a table that is as high as they are


def listing(drawn: PromptMap, key: str, rows: Iterable[int], figures: Mapping[str, Iterable[float]]) -> None:
    """Prompts of a map; selecting one shows it there."""
    rows = [int(row) for row in rows]
    height = 250 if len(rows) > LOW else "content"
    table(drawn, key, rows, figures, lambda: follow(key, rows), height=height)


def table(
    drawn: PromptMap,
    key: str,
    rows: Sequence[int],
    figures: Mapping[str, Iterable[float]],
    on_select: Callable[[], None] | Literal["rerun"],
    form: str | None = "%.2g",
    **more: Any,
) -> Sequence[int]:
    """Prompts of a map with figures before them; the places in the table that are selected."""
    cells: dict[str, list[Any]] = {name: list(values) for name, values in figures.items()}
    cells["prompt"] = [preferences.headline(drawn.prompts[row]) for row in rows]
    narrow = {name: st.column_config.NumberColumn(format=form, width="small") for name in figures}
    options = {"selection_mode": "single-row", "column_config": narrow, "hide_index": True, **more}
    return st.dataframe(cells, key=key, on_select=on_select, alt="Prompts; selecting one shows it", **options).selection.rows


def follow(key: str, rows: Sequence[int]) -> None:
    """Show the prompt that was selected in a table of these rows."""
    for place in session.of(key).selection.rows:
        go(rows[place])


def pick(key: str) -> None:
    """Show the prompt of the point that was selected in a map, if it is one alone."""
    rows = picked(key)
    if len(rows) == 1:
        go(rows[0])


def picked(key: str) -> list[int]:
    """The rows of the points that are selected in a map."""
    return rows_of(session.of(key).selection.points)


def go(row: int) -> None:
    """Show the prompt of this row."""
    session.row = str(row)
    deep_link.carry("prompt", session.row)


def forget() -> None:
    """Show none: a row of one data set means nothing in another."""
    del session.row
    deep_link.drop("prompt")


def shown(drawn: PromptMap) -> int | None:
    """The row of the prompt that the address names, else of the one that was shown before another page was visited."""
    if (asked := deep_link.asked("prompt", session.row)) and drawn.row(asked) is not None:
        go(int(asked))
    return drawn.row(asked)
