"""How a file writes its preferences: which columns make the prompt, and the way it says which answers people preferred.

A row that does not fit raises `RpoError` with the rule it breaks. Which format a file has is found by `shapes`, or said by a
person (`mapping`); how rows become a data set is `table`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from rpo.errors import RpoError
from rpo.preferences.dialogue import Role, Turn
from rpo.preferences.formats.labels import as_number
from rpo.preferences.formats.messages import CellText, absent, cell_text, decoded, dialogue, empty, encoded
from rpo.preferences.formats.sides import AnyExample, Before, Row, Sides, Single
from rpo.preferences.types import Kind

SLICES = ("slice", "topic", "category", "source")
SYSTEMS = ("system", "system_prompt")
IMAGES = ("images", "image", "videos", "audios")


@dataclass(frozen=True)
class SeenColumns:
    """The first rows of a file: what stands in which column."""

    rows: Sequence[Row]

    @cached_property
    def values(self) -> dict[str, list[Any]]:
        """The cells of each column that are not empty, in the order in which columns come."""
        found: dict[str, list[Any]] = {}
        for row in self.rows:
            for name, value in row.items():
                found.setdefault(str(name), []).extend([] if absent(value) else [value])
        return found

    def has(self, *names: str) -> bool:
        """Whether each of these columns has a value somewhere."""
        return all(self.values.get(name) for name in names)

    def texts(self, name: str) -> list[str]:
        """The texts of a column."""
        return [value for value in self.values.get(name, ()) if isinstance(value, str)]

    def numbers(self, *names: str) -> bool:
        """Whether each of these columns holds numbers alone."""
        return all(self.has(name) and all(as_number(value) is not None for value in self.values[name]) for name in names)

    def encoded(self, name: str) -> bool:
        """Whether all texts of a column look like messages that are written as JSON or Python text."""
        return encoded(self.texts(name))


@dataclass(frozen=True)
class Format:
    """How a file writes its preferences: the columns of the prompt, and the way it says which answers people preferred.

    `decoded` are columns whose texts are messages written as JSON or Python text.
    """

    name: str
    sides: Sides
    prompt: tuple[str, ...] = ()
    system: str = ""
    history: str = ""
    slice: str = ""
    decoded: frozenset[str] = frozenset()

    @property
    def kind(self) -> Kind:
        """What it reads: pairs or judged answers."""
        return self.sides.kind

    @property
    def uses(self) -> tuple[str, ...]:
        """All columns that it reads."""
        named = (*self.prompt, self.system, self.history, self.slice, *self.sides.columns, *self.sides.more, *IMAGES)
        return tuple(dict.fromkeys(name for name in named if name))

    def read(self, row: Row) -> list[AnyExample]:
        """The examples of a row. Raises `RpoError` with the rule that the row breaks."""
        for name in IMAGES:
            if row.get(name):
                raise RpoError(f"a row must be text alone, this one has {name}")
        row = self._decoded(row)
        kind = row.get(self.slice) if self.slice else ""
        before = [*self._system(row), *_history(row.get(self.history) if self.history else None, self.history)]
        return self.sides.examples(row, Before(before, self._prompt(row), kind if isinstance(kind, str) else ""))

    def _decoded(self, row: Row) -> Row:
        texts = {name: decoded(row[name], name) for name in self.decoded if isinstance(row.get(name), str) and row[name].strip()}
        return {**row, **texts} if texts else row

    def _system(self, row: Row) -> list[Turn]:
        value = row.get(self.system) if self.system else None
        if empty(value):
            return []
        if not isinstance(value, str):
            raise RpoError(f"{self.system} must be text, got {type(value).__name__}")
        return [Turn(Role.SYSTEM, value)]

    def _prompt(self, row: Row) -> CellText | None:
        """What the prompt's columns say: texts joined by a line break, or what stands in the only one that is not empty."""
        if not self.prompt:
            return None
        cells = {name: row.get(name) for name in self.prompt if len(self.prompt) == 1 or not empty(row.get(name))}
        if not cells:
            raise RpoError(f"{' or '.join(self.prompt)} must be there")
        if len(cells) == 1:
            ((name, cell),) = cells.items()
            return cell_text(cell["full_text"] if isinstance(cell, dict) and "full_text" in cell else cell, name)
        texts = [cell for cell in cells.values() if isinstance(cell, str)]
        if len(texts) < len(cells):
            raise RpoError(f"{' and '.join(cells)} must be texts, for a prompt of several columns is joined from texts")
        return "\n".join(texts)


def _history(value: Any, name: str) -> list[Turn]:
    """Earlier turns: messages, or pairs of what the user and the assistant said."""
    if isinstance(value, str) and value.strip().startswith("["):
        value = decoded(value, name)
    if empty(value) or value == []:
        return []
    if not isinstance(value, list):
        raise RpoError(f"{name} must be a list of earlier turns, got {type(value).__name__}")
    if isinstance(value[0], dict):
        return dialogue(value, name)
    if not all(isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair) for pair in value):
        raise RpoError(f"{name} must hold messages, or pairs of what the user and the assistant said")
    return [Turn(role, text) for pair in value for role, text in zip((Role.USER, Role.ASSISTANT), pair, strict=True)]


def recognised(seen: SeenColumns, name: str, sides: Sides, prompt: tuple[str, ...], slice_: str = "") -> Format:
    """A format with what every file may have beside its prompt and answers: a system column, earlier turns, a slice, a score."""
    free = [one for one in seen.values if one not in {*prompt, *sides.columns}]
    system = next((one for one in SYSTEMS if one in free), "")
    if isinstance(sides, Single) and not sides.score and "score" in free and seen.numbers("score"):
        sides.score = "score"
    group = next((one for one in (slice_, *SLICES) if one in free and seen.texts(one)), "")
    return formed(seen, Format(name, sides, prompt, system, "history" if "history" in free else "", group))


def formed(seen: SeenColumns, format_: Format) -> Format:
    """The format with those of its columns named whose texts are encoded messages."""
    columns = (*format_.prompt, *format_.sides.columns, format_.history)
    return replace(format_, decoded=frozenset(name for name in columns if name and seen.encoded(name)))
