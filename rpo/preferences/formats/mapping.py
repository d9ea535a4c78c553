"""What a person says of a file's columns: which make the prompt, which say what people preferred, and how its splits are meant.

A mapping is a small dictionary of fields and columns that is kept beside the file. Where it names no answers, the columns are
recognised, and only its splits count. Not a guess of columns: that is `shapes`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rpo.errors import RpoError
from rpo.preferences.formats.choices import ScoredAnswers, WhichIsBetter
from rpo.preferences.formats.format import SLICES, Format, SeenColumns, formed
from rpo.preferences.formats.labels import Better, Signed, as_number, word
from rpo.preferences.formats.shapes import recognise
from rpo.preferences.formats.sides import AnswerSides, Row, Sides, Single

ColumnMapping = Mapping[str, str | Sequence[str]]
"""A field's column, for `prompt` several in their order; for `held_out` the names of splits."""

Frozen = tuple[tuple[str, str | tuple[str, ...]], ...]
"""The same in a form that a cache can be asked by."""

WAY_COLUMNS = {
    "chosen": ("prompt", "chosen", "rejected"),
    "better": ("prompt", "first", "second", "better", "first_if", "second_if"),
    "first_score": ("prompt", "first", "second", "first_score", "second_score"),
    "liked": ("prompt", "answer", "liked"),
}
MORE = ("system", "history", "slice", "threshold")
SPLIT_FIELDS = ("split", "held_out")
FIRST_IS_NEGATIVE = {
    ("<0", ">0"): True,
    (">0", "<0"): False,
}  # values of first_if and second_if; whether a negative number is for the first


@dataclass(frozen=True)
class SplitRule:
    """Which column names the split ("": none), and which of its names are held out; None: by their known meaning."""

    column: str = "split"
    held_out: frozenset[str] | None = None


def frozen(columns: ColumnMapping | None) -> Frozen:
    """A mapping by which a cache can be asked: the same for equal ones."""
    return tuple(sorted((field, value if isinstance(value, str) else tuple(value)) for field, value in (columns or {}).items()))


def is_mapping(value: Any) -> bool:
    """Whether a value that was read is a mapping: a dictionary of texts and lists of texts."""
    if not isinstance(value, dict):
        return False
    cells: list[Any] = [cell for one in value.values() for cell in (one if isinstance(one, list) else [one])]
    return all(isinstance(cell, str) for cell in cells)


def split_rule(columns: ColumnMapping | None) -> SplitRule:
    """What a mapping says of splits."""
    if not columns:
        return SplitRule()
    column = columns.get("split", "split")
    held = columns.get("held_out")
    names = [held] if isinstance(held, str) else held
    return SplitRule(str(column), None if names is None else frozenset(names))


def read_as(rows: Sequence[Row], columns: ColumnMapping | None) -> Format:
    """The format of these first rows: as a person says, else as it is recognised."""
    said = {field: value for field, value in (columns or {}).items() if field not in SPLIT_FIELDS and value not in ("", [], ())}
    if not said:
        return recognise(rows)
    seen = SeenColumns(rows)
    way = next((fields for name, fields in WAY_COLUMNS.items() if name in said), ())
    lacking = [field for field in way if field not in said]
    strange = [field for field in said if field not in (*way, *MORE)]
    if not way or lacking or strange:
        ways = " or ".join(", ".join(fields) for fields in WAY_COLUMNS.values())
        raise RpoError(f"columns must name {ways}; got {', '.join(said)}")
    texts = {field: value for field, value in said.items() if isinstance(value, str)}
    prompt = tuple([said["prompt"]] if isinstance(said["prompt"], str) else said["prompt"])
    _check_there(seen, [*prompt, *(texts[field] for field in way if field in texts and not field.endswith("_if"))])
    group = texts.get("slice") or next((name for name in SLICES if name not in prompt and seen.texts(name)), "")
    named = Format("columns that you named", _sides(texts), prompt, texts.get("system", ""), texts.get("history", ""), group)
    return formed(seen, named)


def _check_there(seen: SeenColumns, columns: Sequence[str]) -> None:
    absent = [column for column in columns if column not in seen.values]
    if absent:
        raise RpoError(f"a column must be one of the file's ({', '.join(seen.values)}), got {absent[0]!r}; name another")


def _sides(said: Mapping[str, str]) -> Sides:
    if "chosen" in said:
        return AnswerSides(said["chosen"], said["rejected"])
    if "better" in said:
        return WhichIsBetter(said["first"], said["second"], _verdict(said["better"], said["first_if"], said["second_if"]))
    if "first_score" in said:
        return ScoredAnswers(said["first"], said["second"], (said["first_score"], said["second_score"]), said["first_score"])
    return Single(said["answer"], said["liked"], _threshold(said.get("threshold")))


def _verdict(column: str, first: str, second: str) -> Better | Signed:
    if (first, second) in FIRST_IS_NEGATIVE:
        return Signed(column, FIRST_IS_NEGATIVE[first, second])
    if word(first) == word(second):
        raise RpoError(f"first_if and second_if must differ, both are {first!r}; name the value with which each answer is better")
    return Better(column, frozenset({word(first)}), frozenset({word(second)}), ties=None)


def _threshold(said: Any) -> float | None:
    if said is None:
        return None
    found = as_number(said)
    if found is None:
        raise RpoError(f"threshold must be a number, got {said!r}")
    return found
