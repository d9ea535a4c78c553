"""Rows of JSON texts: one a line, or one text of rows, of columns, or of splits. A row that cannot be read is an `RpoError`.

NaN and Infinity, which JSON has not but many programs write, are read as the numbers they are. A JSON text is one of the shapes
here exactly, or is read line by line: nothing is guessed.
"""

import io
import json
from collections.abc import Callable, Iterator
from typing import IO, Any, NamedTuple

import orjson

from rpo.errors import RpoError
from rpo.preferences.files import limits

BOM = b"\xef\xbb\xbf"
FIELD_NAMES = {"prompt", "chosen", "rejected", "completion", "answer", "messages", "conversations"}  # never the name of a split
SPEAKER = ("role", "from")  # one of them is in each message of a conversation

Note = Callable[[str], object]


class Numbered(NamedTuple):
    """A row, or an `RpoError` where it could not be read, and its line (from 1).

    `part` is what holds the row in a source of several: the file's path in a folder or zip, or a split's name; else "".
    """

    line: int
    row: Any
    part: str = ""


def json_lines(file: IO[bytes], _note: Note) -> Iterator[Numbered]:
    """A row a line."""
    number = empty = 0
    while line := file.readline(limits.LINE + 1):
        number += 1
        limits.read_whole(line, number)
        text = line.strip().removeprefix(BOM)
        empty = 0 if text else limits.after_empty(empty)
        if text:
            yield Numbered(number, parsed_json(text))


def parsed_json(text: bytes) -> Any:
    """What a JSON text says, or the `RpoError` that refuses it."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        fault = RpoError(f"it must be JSON: {error.msg}")
    if b"NaN" not in text and b"Infinity" not in text:
        return fault
    try:  # the standard library knows these numbers, and takes many times as long
        return json.loads(text.decode())
    except (ValueError, RecursionError):
        return fault


def json_text(file: IO[bytes], note: Note) -> Iterator[Numbered]:
    """One text: a list of rows, an object whose `data` is one, rows by split, or columns of one length; else a row a line."""
    text = at_once(file, "write it as .jsonl, a row a line").removeprefix(BOM)
    said = parsed_json(text)
    if isinstance(said, dict) and isinstance(said.get("data"), list):
        said = said["data"]
    if isinstance(said, list):
        yield from (Numbered(number, row) for number, row in enumerate(said, 1))
    elif _are_splits(said):
        yield from (Numbered(number, row, name) for name, rows in said.items() for number, row in enumerate(rows, 1))
    elif _are_columns(said):
        rows = zip(*said.values(), strict=True)
        yield from (Numbered(number, dict(zip(said, values, strict=True))) for number, values in enumerate(rows, 1))
    else:  # one object a line, under another name
        yield from json_lines(io.BytesIO(text), note)


def at_once(file: IO[bytes], instead: str) -> bytes:
    """All of a file; `instead` is what to do where that is too much."""
    data = file.read(limits.AT_ONCE + 1)
    if len(data) > limits.AT_ONCE:
        most = limits.in_megabytes(limits.AT_ONCE)
        raise RpoError(f"a file that is read at once may hold {most}, this one has more; {instead}")
    return data


def _are_splits(said: Any) -> bool:
    """An object of lists of rows: objects throughout, none of them a message, under names that are no row's fields."""
    if not isinstance(said, dict) or not all(isinstance(rows, list) for rows in said.values()) or FIELD_NAMES & said.keys():
        return False
    rows = [row for rows in said.values() for row in rows]
    return bool(rows) and all(isinstance(row, dict) and not _is_message(row) for row in rows)


def _are_columns(said: Any) -> bool:
    """An object of several lists of one length, none of which is a conversation, as it is in a single row."""
    if not isinstance(said, dict) or len(said) < 2 or not all(isinstance(values, list) for values in said.values()):
        return False
    if any(_is_message(value) for values in said.values() for value in values):
        return False
    return len({len(values) for values in said.values()} - {0}) == 1 and all(said.values())


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and any(name in value for name in SPEAKER)
