"""Rows of texts whose fields are separated: by commas or tabs as the name says, or by what the header line shows.

A broken record is an `RpoError` in its place and costs its first line alone. A separator other than the name's is taken only
where that leaves one column and exactly one other does not; a note says so.
"""

import csv
import io
import re
import sys
from collections import deque
from collections.abc import Iterator
from typing import IO

from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences.files import limits
from rpo.preferences.files.texts import Note, Numbered

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
NAMED_SEPARATOR = re.compile(r'"?sep=(.)"?\s*')  # the first line of Excel's


def comma_separated(file: IO[bytes], note: Note) -> Iterator[Numbered]:
    """A row a record, under the header's names."""
    return _rows(file, ",", note)


def tab_separated(file: IO[bytes], note: Note) -> Iterator[Numbered]:
    """A row a record, under the header's names."""
    return _rows(file, "\t", note)


def _rows(file: IO[bytes], usual: str, note: Note) -> Iterator[Numbered]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    records = _Records(io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline=""), usual)
    header = _header(records, note)
    twice = {name for name in header if name and header.count(name) > 1}
    if twice:
        raise RpoError(
            f"columns must have different names, got {', '.join(repr(name[:20]) for name in sorted(twice))} twice; rename one"
        )
    for number, record in records.read():
        yield Numbered(number, record if isinstance(record, RpoError) else _named(header, record, records.separator))


def _header(records: "_Records", note: Note) -> list[str]:
    """The columns' names; here the separator is settled."""
    usual = records.separator
    header = records.first()
    if (said := NAMED_SEPARATOR.fullmatch(records.line)) and said[1] in SEPARATORS:
        records.separator = said[1]
        header = records.first()
    elif isinstance(header, RpoError) or len(header) == 1:
        others = {other: names for other in SEPARATORS if other != usual and (names := _split(records.line, other))}
        if len(others) == 1:
            ((records.separator, header),) = others.items()
    if isinstance(header, RpoError):
        raise RpoError(f"the first line must name the columns: {header}")
    if records.separator != usual:
        by = "tabs" if records.separator == "\t" else f"{records.separator!r}"
        note(f"The fields are separated by {by}")
    return header


def _split(line: str, separator: str) -> list[str]:
    """The fields of a line that this separator parts, none where it does not."""
    try:
        (fields,) = csv.reader([line], delimiter=separator, strict=True)
    except (csv.Error, ValueError):
        return []
    return fields if len(fields) > 1 else []


class _Records:
    """The records of a text. Where one is broken its first line alone is, and the lines it ran into are read anew."""

    def __init__(self, text: IO[str], separator: str) -> None:
        self.text, self.separator, self.ahead = text, separator, deque[str]()
        self.number, self.letters, self.taken = 0, 0, list[str]()  # lines before the record at hand; its own so far

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.ahead.popleft() if self.ahead else self.text.readline(limits.LINE + 1)
        if not line:
            raise StopIteration
        limits.read_whole(line, self.number + len(self.taken) + 1)
        self.taken.append(line)
        self.letters += len(line)
        if self.letters > limits.LINE or len(self.taken) > limits.LONGEST_RECORD:
            raise csv.Error(f"a quote that is still open after {quantity(len(self.taken), 'line')}")
        return line

    @property
    def line(self) -> str:
        """The first line of the record that was read last."""
        return self.taken[0] if self.taken else ""

    def first(self) -> list[str] | RpoError:
        """The next record, empty where there is none."""
        _, record = next(self.read(), (0, []))
        return record

    def read(self) -> Iterator[tuple[int, list[str] | RpoError]]:
        """Each record with its first line's number."""
        empty = 0
        while True:
            self.number, self.letters, self.taken = self.number + len(self.taken), 0, []
            try:
                record = next(csv.reader(self, delimiter=self.separator, strict=True), None)
            except csv.Error as error:
                record = RpoError(f"it must be CSV, a quote inside quotes written twice: {error}")
                self.ahead.extendleft(reversed(self.taken[1:]))
                del self.taken[1:]
            if record is None:
                return
            empty = 0 if record else limits.after_empty(empty)
            if record:
                yield self.number + 1, record


def _named(header: list[str], record: list[str], separator: str) -> dict[str, str | None] | RpoError:
    """A record under its header's names, None for a field that is not there; columns without a name are left out."""
    width = len(header)
    if any(record[width:]):
        return RpoError(
            f"a row must have {quantity(width, 'field')}, got {len(record)}: put quotes around a field that holds "
            f"{SEPARATORS[separator]}"
        )
    if not "".join(record).isascii() and any("\udc80" <= letter <= "\udcff" for letter in "".join(record)):
        return RpoError("text must be UTF-8")
    fields = [*record, *[None] * (width - len(record))]
    return {name: value for name, value in zip(header, fields, strict=False) if name}
