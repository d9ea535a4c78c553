"""Numbered rows out of a file, a zip or a folder of files: JSONL, JSON, CSV, TSV, Parquet, Arrow, also with gzip or zstd.

A row that cannot be read is an `RpoError` in its place. Memory stays bounded whatever a file holds: see `limits`. Text is UTF-8;
nothing is replaced, dropped or guessed in silence: what a person should know of the reading is said at its end. Not what rows
mean: see `formats`.
"""

import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences.files import archives, limits
from rpo.preferences.files.containers import (
    SUFFIXES,
    Container,
    FileKind,
    FilePart,
    file_kind,
    open_packed,
    shortened,
    suffix,
)
from rpo.preferences.files.csv_texts import comma_separated, tab_separated
from rpo.preferences.files.limits import Room
from rpo.preferences.files.parquet import unpacked
from rpo.preferences.files.texts import Note, Numbered, json_lines, json_text

__all__ = ["SUFFIXES", "Numbered", "rows", "suffix"]

TEXTS = {
    Container.JSONL: json_lines,
    Container.JSON: json_text,
    Container.CSV: comma_separated,
    Container.TSV: tab_separated,
}
UNREADABLE = (OSError, EOFError, zlib.error, BadZipFile, NotImplementedError)
WIDE_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")  # how UTF-16 and UTF-32 begin


def _to_nobody(_sentence: str) -> None:
    """Where nobody asks for the notes."""


def rows(path: Path, note: Note = _to_nobody) -> Iterator[Numbered]:
    """All rows of a file, zip or folder in their order; `note` is called with each sentence about them after the last row."""
    notes = _Notes()
    with _in_words(path.name):
        for count, row in enumerate(_rows(path, notes), 1):
            if count > limits.MOST_ROWS:
                raise RpoError(
                    f"a data file may hold {limits.MOST_ROWS:,} rows, {shortened(path.name)} has more; add it in parts"
                )
            yield row
    for sentence in notes.sentences():
        note(sentence)


class _Notes:
    """Sentences on what was read, each with the files that it holds for."""

    def __init__(self) -> None:
        self.files: dict[str, list[str]] = {}

    def add(self, sentence: str, part: str) -> None:
        """A sentence without its full stop, on a file in a folder or zip, or on the one file that was read (part "")."""
        self.files.setdefault(sentence, []).append(part)

    def sentences(self) -> Iterator[str]:
        """Each sentence once."""
        for sentence, parts in self.files.items():
            yield sentence + (f" ({archives.several(parts, len(parts))})." if any(parts) else ".")


@contextmanager
def _in_words(name: str) -> Generator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise RpoError(f"{shortened(name)} could not be read to its end: {error}; check the file or download it again") from error


def _rows(path: Path, notes: _Notes) -> Iterator[Numbered]:
    if path.is_dir():
        yield from _of_members(path, archives.files_of_folder(path), Room(limits.UNPACKED), notes)
        return
    piece = FilePart.at(path)
    seen = file_kind(piece)
    if seen.container is not Container.ZIP:
        yield from _of_piece(piece, seen, Room(piece.size), notes)
        return
    for note in seen.notes:
        notes.add(note, "")
    with archives.zipped(path) as members:
        yield from _of_members(path, members, Room(piece.size), notes)


def _of_members(path: Path, members: archives.Members, all_of_it: Room, notes: _Notes) -> Iterator[Numbered]:
    named = archives.several(members.others, len(members.others))
    if not members.pieces:
        raise RpoError(
            f"a folder or zip must hold data files ({', '.join(SUFFIXES[:-1])}), {shortened(path.name)} has none (it holds "
            f"{named or 'nothing'}); choose another"
        )
    for piece in members.pieces:
        try:
            yield from _of_member(piece, Room(piece.size, all_of_it), notes)
        except RpoError as error:
            raise RpoError(f"{piece.name}: {error}") from error
    if members.others:
        of = f"of {quantity(len(members.pieces) + len(members.others), 'file')}"
        unread = quantity(len(members.others), f"{of} is no data file and was", f"{of} are no data files and were")
        notes.add(f"{unread} not read: {named}", "")


def _of_member(piece: FilePart, room: Room, notes: _Notes) -> Iterator[Numbered]:
    with _in_words(piece.name):
        seen = file_kind(piece)
        if seen.container is Container.ZIP:
            raise RpoError("a zip in a folder or in another zip is not read; unpack it first")
        empty = True
        for line, row, inside in _of_piece(piece, seen, room, notes):
            yield Numbered(line, row, f"{piece.part}/{inside}" if inside else piece.part)
            empty = False
        if empty:
            notes.add("The file holds no rows", piece.part)


def _of_piece(piece: FilePart, seen: FileKind, room: Room, notes: _Notes) -> Iterator[Numbered]:
    for note in seen.notes:
        notes.add(note, piece.part)
    if seen.container in (Container.PARQUET, Container.ARROW):
        yield from (Numbered(number, row) for number, row in enumerate(unpacked(piece, seen, room), 1))
        return
    with piece.open() as raw, open_packed(raw, seen.packing, room) as file:
        if file.peek(4)[:4].startswith(WIDE_ENCODINGS):
            raise RpoError(f"text must be UTF-8, {piece.name} is UTF-16 or UTF-32; save it as UTF-8")
        yield from TEXTS[seen.container](file, lambda sentence: notes.add(sentence, piece.part))
