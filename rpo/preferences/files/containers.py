"""What a file is, by its first bytes where they are clear, else by its name: its container, and how it is compressed.

Also how it is opened: a stream of plain bytes that ends in words when more comes out than the file may hold. Not how rows are
read from it: see `texts`, `csv_texts` and `parquet`.
"""

import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import IO, Any, NamedTuple

from rpo.errors import RpoError
from rpo.preferences.files.limits import Room


class Container(Enum):
    """What holds the rows, under the name that a person knows."""

    JSONL = "JSONL"
    JSON = "JSON"
    CSV = "CSV"
    TSV = "TSV"
    PARQUET = "Parquet"
    ARROW = "Arrow"
    ZIP = "a zip"


class Packing(Enum):
    """How a file is compressed."""

    NONE = ""
    GZIP = "gzip"
    ZSTD = "zstd"


ENDINGS = {
    ".jsonl": Container.JSONL,
    ".ndjson": Container.JSONL,
    ".json": Container.JSON,
    ".csv": Container.CSV,
    ".tsv": Container.TSV,
    ".parquet": Container.PARQUET,
    ".arrow": Container.ARROW,
    ".zip": Container.ZIP,
}
PACKING_OF = {".gz": Packing.GZIP, ".zst": Packing.ZSTD}
SUFFIXES = tuple(ENDINGS)
FILE_KINDS = tuple(ending.removeprefix(".") for ending in (*ENDINGS, *PACKING_OF))  # as a file chooser of a page wants them
ALLOWED_ENDINGS = f"{', '.join(ENDINGS)} (or these with {' or '.join(PACKING_OF)}, but .zip)"
LONGEST_SHOWN = 120  # characters of a name in words
HEAD_BYTES = 8  # bytes by which a file is known
FIRST_BYTES = {
    b"PAR1\x15": Container.PARQUET,  # with the byte after it, as a CSV's first column may be named PAR1
    b"ARROW1\0\0": Container.ARROW,
    b"PK\x03\x04": Container.ZIP,
    b"PK\x05\x06": Container.ZIP,  # an empty one
}


def suffix(name: str) -> str | None:
    """The kind of data file that a name promises, `.gz` and `.zst` aside; None where it promises none."""
    plain, packing = _packed(name.lower())
    found = next((ending for ending in ENDINGS if plain.endswith(ending)), None)
    return None if packing is not Packing.NONE and found == ".zip" else found


def _packed(name: str) -> tuple[str, Packing]:
    ending = next((ending for ending in PACKING_OF if name.endswith(ending)), "")
    return name.removesuffix(ending), PACKING_OF.get(ending, Packing.NONE)


@dataclass(frozen=True)
class FilePart:
    """A file wherever it lies: its name in words, its size there, how its bytes are opened, and its path if it has one.

    `part` is its place in a folder or zip, "" where it stands alone.
    """

    name: str
    size: int
    open: Callable[[], IO[bytes]]
    path: Path | None = None
    part: str = ""

    @property
    def file(self) -> str:
        """Its own name, by whose ending it is known."""
        return self.part or (self.path.name if self.path else "")

    @classmethod
    def at(cls, path: Path, part: str = "") -> "FilePart":
        """The file at a path."""
        return cls(shortened(part or path.name), path.stat().st_size, lambda: path.open("rb"), path, part)


class FileKind(NamedTuple):
    """What a file is, and what of it its name does not say."""

    container: Container
    packing: Packing
    notes: tuple[str, ...]


def file_kind(piece: FilePart) -> FileKind:
    """What a file is; `RpoError` where neither its first bytes nor its name say it."""
    said, (_, promised) = ENDINGS.get(suffix(piece.file) or ""), _packed(piece.file.lower())
    head = _head(piece, Packing.NONE)
    packing = _packing(head)
    inside = head if packing is Packing.NONE else _head(piece, packing)
    container = next((one for first, one in FIRST_BYTES.items() if inside.startswith(first)), said)
    if container is None:
        raise RpoError(f"a data file must end in {ALLOWED_ENDINGS}, got {piece.name!r}")
    if container is Container.ZIP and packing is not Packing.NONE:
        raise RpoError(f"a zip must not be compressed once more, {piece.name} is; unpack it first")
    notes = []
    if packing is not promised and head:
        packed = f"compressed with {packing.value}, which its name does not say"
        notes.append(f"The file is {packed if packing.value else 'not compressed, although its name says so'}")
    if container is not said:
        notes.append(f"The file is {container.value}, which its name does not say")
    return FileKind(container, packing, tuple(notes))


def _head(piece: FilePart, packing: Packing) -> bytes:
    with piece.open() as raw, open_packed(raw, packing, Room(piece.size)) as file:
        return file.read(HEAD_BYTES)


def _packing(head: bytes) -> Packing:
    if head.startswith(b"\x1f\x8b"):
        return Packing.GZIP
    skipped = head[1:4] == b"\x2a\x4d\x18" and head[0] >> 4 == 5  # a frame of notes, with which zstd files may begin
    return Packing.ZSTD if skipped or head.startswith(b"\x28\xb5\x2f\xfd") else Packing.NONE


def open_packed(raw: IO[bytes], packing: Packing, room: Room) -> io.BufferedReader:
    """The plain bytes of a file, as far as there is room for them."""
    return io.BufferedReader(_Counted(_plain(raw, packing), room), 1 << 16)


def _plain(raw: IO[bytes], packing: Packing) -> IO[bytes]:
    if packing is Packing.GZIP:
        return gzip.GzipFile(fileobj=raw)  # pyright: ignore[reportReturnType]
    if packing is Packing.ZSTD:
        import pyarrow

        return pyarrow.CompressedInputStream(pyarrow.PythonFile(raw, "r"), "zstd")  # pyright: ignore[reportReturnType]
    return raw


class _Counted(io.RawIOBase):
    """A file that ends in words when more comes out of it than there is room for."""

    def __init__(self, file: IO[bytes], room: Room) -> None:
        self.file, self.room = file, room

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.file.read(len(buffer))
        buffer[: len(data)] = data
        self.room.take(len(data))
        return len(data)


def shortened(name: str) -> str:
    """A name that somebody gave, as words may hold it."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}…"
