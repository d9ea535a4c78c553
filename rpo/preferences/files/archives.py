"""The data files in a folder or a zip, in the order of their paths; what else lies there is left alone, and named.

A zip is read where it lies and nothing of it is written to the disk. One that could do harm, or be read in two ways, is refused:
paths that lead out of it, links, passwords, a zip inside, files that overlap or have one name. Links in a folder are followed to
files, not to folders.
"""

import os
import stat
import struct
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from rpo.errors import RpoError
from rpo.preferences.files import limits
from rpo.preferences.files.containers import FilePart, Packing, open_packed, shortened, suffix
from rpo.preferences.files.limits import Room

FILES_NAMED = 3  # files that are named where more are meant
DESCRIPTIONS = {
    "dataset_info.json",
    "dataset_infos.json",
    "dataset_dict.json",
    "state.json",
}  # what `datasets` writes beside its data
OURS = "__MACOSX"  # what macOS adds to a zip
BROKEN = (BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error)  # what `ZipFile` raises of a broken list
HEADER = 30  # bytes in front of each file in a zip, at least
STEP = "pack the data files alone, without links and passwords"


class Members(NamedTuple):
    """The data files of a folder or zip, and the paths of what is no data file."""

    pieces: tuple[FilePart, ...]
    others: tuple[str, ...]


class FoundFiles(NamedTuple):
    """Something in a folder: its path inside of it, as text that can be kept; where it lies; its status, None for a folder."""

    part: str
    path: Path
    status: os.stat_result | None


def several(names: Iterable[str], count: int) -> str:
    """The first of so many names, and how many there are more."""
    first = [shortened(name) for name, _ in zip(names, range(FILES_NAMED), strict=False)]
    return ", ".join(first) + (f" and {count - FILES_NAMED:,} more" if count > FILES_NAMED else "")


def files_of_folder(path: Path) -> Members:
    """What lies in a folder and in the folders there."""
    found = files_below(path)
    files = [one for one in found if one.status is not None and stat.S_ISREG(one.status.st_mode)]
    data = [one for one in files if _is_data(one.part)]
    taken = {one.part for one in data}
    pieces = tuple(FilePart.at(one.path, one.part) for one in data)
    return Members(_checked(pieces), tuple(one.part for one in found if one.part not in taken))


def files_below(path: Path) -> list[FoundFiles]:
    """Everything in a folder, in the order of the paths; hidden folders and links to folders without what they hold."""
    found: list[FoundFiles] = []
    seen, waiting = 0, [path]
    while waiting:
        for entry in _entries(waiting.pop()):
            seen += 1
            if seen > limits.FILES:
                raise RpoError(f"a folder may hold {limits.FILES:,} files, {shortened(str(path))} has more; name one inside it")
            part = Path(entry.path).relative_to(path).as_posix().encode("utf-8", "replace").decode()
            if entry.is_dir(follow_symlinks=False) and not _is_hidden(part):
                waiting.append(Path(entry.path))
            else:
                found.append(FoundFiles(part, Path(entry.path), _status(entry)))
    return sorted(found)


def _entries(path: Path) -> Iterator["os.DirEntry[str]"]:
    try:
        with os.scandir(path) as entries:
            yield from entries
    except OSError as error:
        name, why = shortened(str(path)), error.strerror
        raise RpoError(f"a folder must be one that can be listed, {name} is not ({why}); change its permissions") from error


def _status(entry: "os.DirEntry[str]") -> os.stat_result | None:
    try:
        return None if entry.is_dir() else entry.stat()
    except OSError:  # a link that leads nowhere is no data file, and is named as such
        return None


def _is_hidden(part: str) -> bool:
    return any(name.startswith(".") or name == OURS for name in part.split("/"))


def _is_data(part: str) -> bool:
    name = part.rsplit("/", 1)[-1]
    cached = name.startswith("cache-") and name.endswith(".arrow")  # what `datasets` has computed, beside the data
    return suffix(name) not in (None, ".zip") and name.lower() not in DESCRIPTIONS and not cached and not _is_hidden(part)


def _checked(pieces: tuple[FilePart, ...]) -> tuple[FilePart, ...]:
    """Refuse Arrow files that say which rows of others count, as old versions of `datasets` saved them."""
    for piece in pieces:
        if piece.part.rsplit("/", 1)[-1].startswith("indices") and suffix(piece.part) == ".arrow":
            raise RpoError(
                f"a saved data set must hold its rows alone, {piece.name} says which of them count; open it with "
                "datasets.load_from_disk, save it with to_parquet and add that"
            )
    return pieces


@contextmanager
def zipped(path: Path) -> Generator[Members]:
    """What a zip holds; its files can be opened until this ends."""
    with path.open("rb") as file:
        try:
            archive = ZipFile(cast("IO[bytes]", _Sparing(file)))
        except BROKEN as error:
            raise RpoError(
                f"a zip must be whole, {shortened(path.name)} is not ({error}); download it or pack it again"
            ) from error
        with archive:
            yield _members(archive, path)


def _members(archive: ZipFile, path: Path) -> Members:
    found = archive.infolist()
    if len(found) > limits.FILES:
        raise RpoError(f"a zip may hold {limits.FILES:,} files, {shortened(path.name)} has {len(found):,}; add it in parts")
    files = {_safe(info): info for info in found}
    _refuse_two_ways(found, len(files), path)
    files = {part: info for part, info in sorted(files.items()) if not info.is_dir()}
    data = {part: info for part, info in files.items() if _is_data(part)}
    zips = [part for part in files if suffix(part) == ".zip" and not _is_hidden(part)]
    if zips:
        raise RpoError(f"a zip must not hold another, {shortened(path.name)} holds {shortened(zips[0])}; unpack that first")
    pieces = tuple(_piece(archive, part, info) for part, info in data.items())
    return Members(_checked(pieces), tuple(part for part in files if part not in data))


def _piece(archive: ZipFile, part: str, info: ZipInfo) -> FilePart:
    size = info.compress_size
    return FilePart(
        shortened(part), size, lambda: open_packed(cast("IO[bytes]", archive.open(info)), Packing.NONE, Room(size)), part=part
    )


def _safe(info: ZipInfo) -> str:
    """A member's path, if it stays inside and is a file or folder that can be read without a password."""
    part = info.orig_filename.replace("\\", "/").encode("utf-8", "replace").decode()
    kind = stat.S_IFMT(info.external_attr >> 16)
    rules = {
        "must have a path inside of it": part.startswith("/") or ".." in part.split("/") or ":" in part[:2] or "\0" in part,
        "must be a file or folder, no link": kind not in (0, stat.S_IFREG, stat.S_IFDIR),
        "must not need a password": bool(info.flag_bits & 0x1),
        "must be packed with deflate or not at all": info.compress_type not in (ZIP_STORED, ZIP_DEFLATED),
    }
    for rule, broken in rules.items():
        if broken:
            raise RpoError(f"what a zip holds {rule}, {shortened(part)!r} breaks that; {STEP}")
    return part


def _refuse_two_ways(found: list[ZipInfo], names: int, path: Path) -> None:
    """Refuse what one program would read so and another otherwise: equal names, and files that lie over each other."""
    if names < len(found):
        raise RpoError(f"each file in a zip must have a name of its own, two in {shortened(path.name)} share one; pack it again")
    ends = 0
    for info in sorted(found, key=lambda info: info.header_offset):
        if info.header_offset < ends or info.header_offset + info.compress_size > path.stat().st_size:
            raise RpoError(
                f"the files in a zip must lie one after the other, {shortened(info.filename)!r} does not; pack it again"
            )
        ends = info.header_offset + HEADER + info.compress_size


class _Sparing:
    """A file of which `ZipFile` reads its list of files at once: that may not be large."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def read(self, size: int = -1) -> bytes:
        if size > limits.DIRECTORY:
            most = limits.in_megabytes(limits.DIRECTORY)
            raise RpoError(f"a zip's list of files may take {most}, this one takes more; add it in parts")
        return self.file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)
