"""Numbered rows out of a file: JSONL, JSON, CSV, Parquet, also gzipped. A row that cannot be read is an `RpoError` in its place.

Memory stays bounded whatever a file holds: what it unpacks to, its longest line, what must be read at once and its rows have
limits. Text is UTF-8; nothing is replaced, dropped or guessed in silence. Not what rows mean: see `formats`.
"""

import csv
import gzip
import io
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson

from rpo.errors import RpoError
from rpo.preferences.parquet import unpacked

SUFFIXES = (".jsonl", ".json", ".csv", ".parquet")
UNPACKED = 2 << 30  # bytes that a file may hold, after unpacking
AT_ONCE = 256 << 20  # bytes of a file that must be read whole, and of one batch of Parquet rows
LINE = 32 << 20  # bytes of a line, or letters of a CSV record
RUN = 10_000  # lines that a CSV record may run over
LINES = 50_000_000  # of a text, empty ones too
EMPTY = 1_000_000  # empty lines in a row
TIMES, SMALL = 100, 64 << 20  # a file may unpack to so many times its size on disk, or to so many bytes whatever its size
ROWS = 5_000_000
BATCH = 1024  # Parquet rows unpacked together, fewer where they may be large


class Numbered(NamedTuple):
    """A row, or an `RpoError` where it could not be read, and its line (from 1).

    `part` is what holds the row in a source of several: the file's path in a folder or zip, or a split's name; else "".
    """

    line: int
    row: Any
    part: str = ""


def suffix(name: str) -> str | None:
    """The kind of data file that a name promises, `.gz` aside; None where it promises none."""
    plain = name.lower().removesuffix(".gz")
    return next((suffix for suffix in SUFFIXES if plain.endswith(suffix)), None)


def rows(path: Path) -> Iterator[Numbered]:
    """All rows of a file in their order."""
    kind = suffix(path.name)
    if kind is None:
        raise RpoError(f"a data file must end in {', '.join(SUFFIXES)} (or these with .gz), got {path.name!r}")
    most = min(UNPACKED, max(SMALL, TIMES * path.stat().st_size))
    found = _parquet(path, most) if kind == ".parquet" else _text(path, TEXTS[kind], most)
    try:
        for count, row in enumerate(found, 1):
            if count > ROWS:
                raise RpoError(f"a data file may hold {ROWS:,} rows, {path.name} has more; add it in parts")
            yield row
    except (OSError, EOFError, zlib.error) as error:
        raise RpoError(f"{path.name} could not be read to its end: {error}; check the file or download it again") from error


class _Counted(io.RawIOBase):
    """A file that ends in words when more comes out of it than a file may hold."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self.file, self.left, self.most = file, most, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.file.read(len(buffer))
        buffer[: len(data)] = data
        self.left -= len(data)
        if self.left < 0:
            raise RpoError(_too_much(self.most))
        return len(data)


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")  # pyright: ignore[reportReturnType]


def _text(path: Path, read: Callable[[Any], Iterable[Numbered]], most: int) -> Iterator[Numbered]:
    with _opened(path) as raw, io.BufferedReader(_Counted(raw, most), 1 << 16) as file:
        if file.peek(4)[:4].startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
            raise RpoError(f"text must be UTF-8, {path.name} is UTF-16 or UTF-32; save it as UTF-8")
        yield from read(file)


def _at_once(file: IO[bytes], instead: str) -> bytes:
    data = file.read(AT_ONCE + 1)
    if len(data) > AT_ONCE:
        raise RpoError(f"a file that is read at once may hold {_megabytes(AT_ONCE)}, this one has more; {instead}")
    return data


def _whole(line: Any, number: int) -> Any:
    if len(line) > LINE:
        raise RpoError(f"a line may have {_megabytes(LINE)}, line {number} has more; write one row a line, or leave it out")
    if number > LINES:
        raise RpoError(f"a text may have {LINES:,} lines, this one has more; leave out empty lines, or add it in parts")
    return line


def _too_much(most: int) -> str:
    if most == UNPACKED:
        return f"a data file may unpack to {_megabytes(most)}, this one is larger; add it in parts"
    return (
        f"a data file of this size may unpack to {_megabytes(most)}, this one is larger, as no text packs {TIMES} times; "
        "unpack it first and add it as .jsonl"
    )


def _after_empty(count: int) -> int:
    """One empty line more, after so many in a row."""
    if count >= EMPTY:
        raise RpoError(f"a text may have {EMPTY:,} empty lines in a row, this one has more; leave them out")
    return count + 1


def _megabytes(size: int) -> str:
    return f"{size >> 20:,} MiB"


def _json_lines(file: IO[bytes]) -> Iterator[Numbered]:
    number = empty = 0
    while line := file.readline(LINE + 1):
        number += 1
        text = _whole(line, number).strip().removeprefix(b"\xef\xbb\xbf")
        empty = 0 if text else _after_empty(empty)
        if text:
            yield Numbered(number, _parsed(text))


def _parsed(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return RpoError(f"it must be JSON: {error.msg}")


def _json(file: IO[bytes]) -> Iterator[Numbered]:
    text = _at_once(file, "write it as .jsonl, a row a line").removeprefix(b"\xef\xbb\xbf")
    whole = _parsed(text)
    if isinstance(whole, dict) and isinstance(whole.get("data"), list):
        whole = whole["data"]
    if isinstance(whole, list):
        yield from (Numbered(number, row) for number, row in enumerate(whole, 1))
    else:  # one object a line, under another name
        yield from _json_lines(io.BytesIO(text))


class _Records:
    """The records of a CSV text. Where one is broken its first line alone is, and the lines it ran into are read anew."""

    def __init__(self, text: IO[str]) -> None:
        self.text, self.ahead = text, deque[str]()
        self.number, self.letters, self.taken = 0, 0, list[str]()  # lines before the record at hand; its own so far

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.ahead.popleft() if self.ahead else self.text.readline(LINE + 1)
        if not line:
            raise StopIteration
        self.taken.append(_whole(line, self.number + len(self.taken) + 1))
        self.letters += len(line)
        if self.letters > LINE or len(self.taken) > RUN:
            raise csv.Error(f"a quote that is still open after {len(self.taken):,} lines")
        return line

    def read(self) -> Iterator[tuple[int, list[str] | RpoError]]:
        """Each record with its first line's number."""
        empty = 0
        while True:
            self.number, self.letters, self.taken = self.number + len(self.taken), 0, []
            try:
                record = next(csv.reader(self, strict=True), None)
            except csv.Error as error:
                record = RpoError(f"it must be CSV, a quote inside quotes written twice: {error}")
                self.ahead.extendleft(reversed(self.taken[1:]))
                del self.taken[1:]
            if record is None:
                return
            empty = 0 if record else _after_empty(empty)
            if record:
                yield self.number + 1, record


def _csv(file: IO[bytes]) -> Iterator[Numbered]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    records = _Records(text).read()
    _, header = next(records, (0, []))
    if isinstance(header, RpoError):
        raise RpoError(f"the first line must name the columns: {header}")
    twice = {name for name in header if name and header.count(name) > 1}
    if twice:
        raise RpoError(
            f"columns must have different names, got {', '.join(repr(name[:20]) for name in sorted(twice))} twice; rename one"
        )
    for number, record in records:
        yield Numbered(number, record if isinstance(record, RpoError) else _named(header, record))


def _named(header: list[str], record: list[str]) -> dict[str, str | None] | RpoError:
    """A record under its header's names, None for a field that is not there; columns without a name are left out."""
    width = len(header)
    if any(record[width:]):
        return RpoError(f"a row must have {width} fields, got {len(record)}: put quotes around what holds a comma")
    if not "".join(record).isascii() and any("\udc80" <= letter <= "\udcff" for letter in "".join(record)):
        return RpoError("text must be UTF-8")
    fields = [*record, *[None] * (width - len(record))]
    return {name: value for name, value in zip(header, fields, strict=False) if name}


TEXTS = {".jsonl": _json_lines, ".json": _json, ".csv": _csv}


def _parquet(path: Path, most: int) -> Iterator[Numbered]:
    limits = {"unpacked": most, "at_once": AT_ONCE, "line": LINE, "rows": ROWS, "batch": BATCH, "too_much": _too_much(most)}
    yield from (Numbered(number, row) for number, row in enumerate(unpacked(path, limits), 1))
