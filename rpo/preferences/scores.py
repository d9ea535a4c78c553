"""The numbers that some data have beside their answers: what they are called in rows, and how a person reads them.

Not where they are read from a file: see `formats`. A number that is missing or not finite is none.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

SCORES = ("score_chosen", "score_rejected", "strength", "score")  # columns of rows that most data lack


class Side(NamedTuple):
    """One answer of a row: what it is called, whether it is the good one, its text, and its score where the row has one."""

    title: str
    good: bool
    text: str
    score: float | None


def sides(row: Mapping[str, Any]) -> list[Side]:
    """The answers of a data set's row: chosen and rejected, or the one that was liked or disliked."""
    known = scores(row)
    if "chosen" in row:
        return [Side(side, side == "chosen", row[side], known.get(f"score_{side}")) for side in ("chosen", "rejected")]
    return [Side("liked" if row["liked"] else "disliked", bool(row["liked"]), row["answer"], known.get("score"))]


def scores(row: Mapping[str, Any]) -> dict[str, float]:
    """The columns of `SCORES` that hold a number in this row."""
    found = ((name, row.get(name)) for name in SCORES)
    return {name: value for name, value in found if value is not None and math.isfinite(value)}


def readable(value: float) -> str:
    """A number as a person writes it: 4, 0.8333, 1,234.5."""
    if value == round(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.1f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"
