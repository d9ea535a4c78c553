"""The numbers that some data have beside their answers: what they are called in rows, and how a person reads them.

Not where they are read from a file: see `formats`. A number that is missing or not finite is none.
"""

import math
from collections.abc import Mapping
from typing import Any

SCORES = ("score_chosen", "score_rejected", "strength", "score")  # columns of rows that most data lack


def scores(row: Mapping[str, Any]) -> dict[str, float]:
    """The columns of `SCORES` that hold a number in this row."""
    found = ((name, row.get(name)) for name in SCORES)
    return {name: value for name, value in found if value is not None and math.isfinite(value)}


def score_of(row: Mapping[str, Any], side: str) -> float | None:
    """The score of a row's answer, named as by `sides`: chosen or rejected, or the only one, liked or disliked."""
    return scores(row).get(f"score_{side}" if "chosen" in row else "score")


def readable(value: float) -> str:
    """A number as a person writes it: 4, 0.8333, 1,234.5."""
    if value == round(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.1f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"
