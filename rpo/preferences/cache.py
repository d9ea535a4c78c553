"""Files that were read once, kept as Arrow: a new process maps the copy instead of parsing the file again.

Not the truth, which is the file. A copy answers for the same file on disk (inode, time, size; in a folder, those of all files),
the same columns and the same readers' code; where it is missing, broken or does not fit on the disk, the file is parsed, and
nobody notices but by the time. What the hub gave is kept in the same way, for as long as the copy lies there: it is fetched once
a home and version of the code.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import IO, NamedTuple

import orjson

from rpo import storage
from rpo.errors import RpoError
from rpo.preferences.files.archives import files_below
from rpo.preferences.formats.mapping import Frozen
from rpo.preferences.types import Kind, PreferenceSet, Skipped

LARGE = 1 << 20  # bytes from which reading a copy is quicker than parsing
ROWS_A_BATCH = 10_000  # rows in one Arrow batch
READERS = Path(__file__).parent  # whose code decides what is read from a file
SET_FIELDS = ("name", "kind", "read", "form", "unused", "notes", "scale")  # of a set, beside its rows


class Stamp(NamedTuple):
    """By what a file, or a folder with all that lies in it, is known to be as it was; and how many bytes it takes."""

    mark: str
    size: int


def stamp(path: Path) -> Stamp:
    """As it is now."""
    if not path.is_dir():
        return Stamp(_mark(path.stat()), path.stat().st_size)
    found = files_below(path)
    marks = (part for one in found for part in (one.part, _mark(one.status) if one.status else ""))
    return Stamp(storage.digest(str(path), more=marks), sum(one.status.st_size for one in found if one.status))


def _mark(status: os.stat_result) -> str:
    return f"{status.st_dev} {status.st_ino} {status.st_mtime_ns} {status.st_size}"


def cached(path: Path, columns: Frozen, parse: Callable[[], PreferenceSet]) -> PreferenceSet:
    """What `parse` makes of the file, from the copy of an earlier process where there is one; small files are always parsed."""
    now = stamp(path)
    if now.size < LARGE:
        return parse()
    copy = _copy(path.name, columns, now)
    found = _read(copy)
    return _keep(copy, parse()) if found is None else found


def from_hub(source: str, columns: Frozen) -> PreferenceSet | None:
    """What the hub once gave to this home under that id; None where it was not asked yet."""
    copy = _hub_copy(source, columns)
    return _read(copy) if copy.exists() else None


def keep_from_hub(source: str, columns: Frozen, found: PreferenceSet) -> PreferenceSet:
    """Keep what the hub gave; the same data set."""
    return _keep(_hub_copy(source, columns), found)


def _keep(copy: Path, found: PreferenceSet) -> PreferenceSet:
    with suppress(RpoError):  # a disk without room costs the next process a parse, or a fetch
        storage.write_with(copy, lambda file: _write(file, found))
        _forget_others(copy)
    return found


def _hub_copy(source: str, columns: Frozen) -> Path:
    return storage.folder("parsed") / f"{storage.digest('hub', source, str(columns))}-{storage.digest(_code(READERS))}.arrow"


def _copy(name: str, columns: Frozen, now: Stamp) -> Path:
    return storage.folder("parsed") / f"{storage.digest(name)}-{storage.digest(str(columns), now.mark, _code(READERS))}.arrow"


@cache
def _code(readers: Path) -> bytes:
    """The readers' code: another version may read the same file otherwise."""
    return b"".join(path.read_bytes() for path in sorted(readers.rglob("*.py")))


def _forget_others(copy: Path) -> None:
    """Copies of what a file of this name held before."""
    for other in copy.parent.glob(f"{copy.name.split('-')[0]}-*.arrow"):
        if other != copy:
            other.unlink(missing_ok=True)


def _write(file: IO[bytes], found: PreferenceSet) -> None:
    import pyarrow

    table = found.rows.data.table
    about = {name: getattr(found, name) for name in SET_FIELDS} | {"broken": [asdict(item) for item in found.broken]}
    schema = table.schema.with_metadata({**(table.schema.metadata or {}), b"rpo": orjson.dumps(about)})
    with pyarrow.ipc.new_stream(file, schema) as stream:
        stream.write_table(table.cast(schema), max_chunksize=ROWS_A_BATCH)


def _read(copy: Path) -> PreferenceSet | None:
    import pyarrow
    from datasets import Dataset
    from datasets.table import InMemoryTable

    try:
        table = pyarrow.ipc.open_stream(pyarrow.memory_map(str(copy))).read_all()
        about = orjson.loads(table.schema.metadata[b"rpo"])
    except (OSError, pyarrow.ArrowException, ValueError, KeyError, TypeError):
        return None
    # in memory by name, so that it writes no files beside the copy; without a fingerprint it would hash all it holds
    rows = Dataset(InMemoryTable(table), fingerprint=copy.stem)
    broken = tuple(Skipped(**item) for item in about["broken"])
    about |= {"kind": Kind(about["kind"]), "unused": tuple(about["unused"]), "notes": tuple(about["notes"])}
    return PreferenceSet(rows=rows, **about | {"broken": broken})
