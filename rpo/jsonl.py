"""JSONL files that one process appends to while others read: curves, answers, reference log-probabilities.

A record counts once its line has ended. What a killed process left without an end is not read, and is cut off before the next
append; a whole line of another shape was edited, and is refused in words. Not a database: one writer at a time.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from rpo import storage
from rpo.errors import RpoError

OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE

REMOVE = "remove that line"


def read_lines(path: Path, kind: Any = dict) -> list[dict[str, Any]]:
    """The records of a file, all of this kind, as `storage.validated` checks them; none if it is not there."""
    try:
        with storage.reading(path):
            lines = path.read_bytes().split(b"\n")[:-1]  # what follows the last end is unfinished
    except FileNotFoundError:
        return []
    return storage.validated([_record(path, *line) for line in enumerate(lines, 1)], kind, path, REMOVE, by_line=True)


def as_kept(record: dict[str, Any]) -> dict[str, Any]:
    """A record as it will be read: numbers that are none have become null."""
    return orjson.loads(orjson.dumps(record, option=OPTIONS))


def append_line(path: Path, record: dict[str, Any]) -> None:
    """Add one record."""
    append_lines(path, [record])


def append_lines(path: Path, records: Sequence[dict[str, Any]]) -> None:
    """Add records; they are in the file's cache when this returns, so a killed process loses none."""
    with path.open("ab+") as file:
        _cut_unfinished(file)
        file.write(b"".join(orjson.dumps(record, option=OPTIONS) for record in records))


def keep_lines(path: Path, wanted: Callable[[dict[str, Any]], bool]) -> None:
    """Drop the records that are not wanted."""
    if path.exists():
        kept = b"".join(orjson.dumps(record, option=OPTIONS) for record in read_lines(path) if wanted(record))
        fresh = path.with_name(f".{path.name}")
        fresh.write_bytes(kept)
        fresh.replace(path)


def _cut_unfinished(file: Any) -> None:
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return
    file.seek(size - 1)
    if file.read(1) == b"\n":
        return
    file.seek(0)
    file.truncate(file.read().rfind(b"\n") + 1)


def _record(path: Path, number: int, line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise RpoError(f"{path} must hold one JSON record a line, line {number} is not ({error}); {REMOVE}") from error
