"""What all results of the votes have in common: words for the question they answer, and one flat row for a download.

Not a calculation and not a table of the database (those are in `rpo.voting.database.schema`).
"""

from dataclasses import fields
from math import isnan
from typing import Any, ClassVar

Cell = str | int | float | None


class Result:
    """A frozen dataclass with a `question`: what it answers, in words that a page can print."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    question: str

    def as_row(self) -> dict[str, Cell]:
        """Names to values; a result within this one gets its name before those of its own, what is undefined is empty."""
        row: dict[str, Cell] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Result):
                row |= {f"{field.name}_{name}": cell for name, cell in value.as_row().items()}
            else:
                row[field.name] = _cell(value)
        return row | {"question": self.question}


def _cell(value: Any) -> Cell:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return None if isinstance(value, float) and isnan(value) else value
