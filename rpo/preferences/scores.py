"""The numbers that some data have beside their answers: what they are called in rows, and how a person reads them.

Not where they are read from a file: see `formats`. A number that is missing or not finite is none.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasets import Dataset

SCORES = ("score_chosen", "score_rejected", "strength", "score")  # columns of rows that most data lack


def scores(row: Mapping[str, Any]) -> dict[str, float]:
    """The columns of `SCORES` that hold a number in this row."""
    found = ((name, row.get(name)) for name in SCORES)
    return {name: value for name, value in found if value is not None and math.isfinite(value)}


def score_of(row: Mapping[str, Any], side: str) -> float | None:
    """The score of a row's answer, named as by `sides`: chosen or rejected, or the only one, liked or disliked."""
    return scores(row).get(f"score_{side}" if "chosen" in row else "score")


def answer_scores(rows: "Dataset") -> list[tuple[float, ...]]:
    """The scores of each row's answers, chosen and rejected or the one, NaN where there is none; [] where no row has all."""
    names = ("score_chosen", "score_rejected") if "chosen" in rows.column_names else ("score",)
    if not set(names) <= set(rows.column_names):
        return []
    found = list(zip(*([_finite(value) for value in rows[name][:]] for name in names), strict=True))
    return found if any(math.isfinite(sum(one)) for one in found) else []


def _finite(value: float | None) -> float:
    return value if value is not None and math.isfinite(value) else math.nan


def readable(value: float) -> str:
    """A number as a person writes it: 4, 0.8333, 1,234.5."""
    if value == round(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.1f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"
