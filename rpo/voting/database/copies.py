"""Copies of a SQLite votes database in the folder `copies` beside it: their names, how one is made, and whether it is whole.

A copy is made while raters vote, by SQLite's online backup, and is checked before it has its name. Not when copies are made or
brought back: see `backup`.
"""

import os
import re
import sqlite3
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from rpo import storage
from rpo.errors import RpoError

STAMP = "%Y%m%dT%H%M%SZ"


class Reason(StrEnum):
    """Why a copy was made."""

    ASKED = "asked"
    DAILY = "daily"
    UPGRADE = "upgrade"  # before a newer version changed the tables


@dataclass(frozen=True)
class Copy:
    """One copy, and when it was made (UTC)."""

    path: Path
    made: datetime
    reason: Reason

    def __str__(self) -> str:
        return f"{self.made:%Y-%m-%d %H:%M} UTC ({self.path.name})"


def copies(database: Path) -> list[Copy]:
    """The copies of this database, the newest first."""
    name = re.compile(rf"{re.escape(database.stem)}-({'|'.join(Reason)})-(\d{{8}}T\d{{6}}Z)\.db")
    found = [(path, name.fullmatch(path.name)) for path in (database.parent / "copies").glob("*.db")]
    made = [Copy(path, datetime.strptime(fit[2], STAMP).replace(tzinfo=UTC), Reason(fit[1])) for path, fit in found if fit]
    return sorted(made, key=lambda copy: copy.made, reverse=True)


def target(database: Path, reason: Reason) -> Path:
    """Where a copy made now goes."""
    with storage.writing(database):
        (database.parent / "copies").mkdir(exist_ok=True)
    folder, made = storage.private(database.parent / "copies"), datetime.now(UTC)
    for copy in copies(database):
        storage.private(copy.path)
    while (fresh := folder / f"{database.stem}-{reason}-{made.strftime(STAMP)}.db").exists():
        made += timedelta(seconds=1)
    return fresh


def way_back(database: Path) -> str:
    """The next step where a database is damaged or lost."""
    kept = "the present files are kept under other names"
    if found := copies(database):
        anew = "`rpo restore --empty` begins with an empty database"
        return f"`rpo restore latest` brings back the copy of {found[0]}, {anew}; {kept}"
    return (
        "there is no copy of it in the folder `copies` beside it: `rpo restore FILE` takes one of yours, "
        f"`rpo restore --empty` begins with an empty database; {kept}"
    )


def copy_file(database: Path, copy: Path) -> None:
    """Copy the database as it stands, while others write to it; `copy` is whole, or not there."""
    with scratch(copy) as fresh:
        with closing(_opened(database)) as source, closing(sqlite3.connect(fresh, isolation_level=None)) as out:
            out.execute("PRAGMA synchronous=OFF")  # it is written to the disk as a whole below
            source.backup(out)
            out.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        if found := fault(fresh, thorough=True):
            raise RpoError(f"a copy of {database.name} must be whole, but it is damaged ({found}); {way_back(database)}")
        with storage.writing(copy):
            with fresh.open("rb+") as file:
                os.fsync(file.fileno())
            fresh.replace(copy)


@contextmanager
def scratch(path: Path) -> Generator[Path]:
    """An empty file of ours beside `path`, which is gone afterwards unless it was renamed."""
    with storage.writing(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            Path(name + end).unlink(missing_ok=True)


def fault(database: Path, thorough: bool = False) -> str:
    """What is wrong with this file as a SQLite database, "" if it is whole; `thorough` compares the indexes too."""
    if torn := _torn(database):
        return torn
    try:
        with closing(_opened(database)) as connection:
            said = connection.execute(f"PRAGMA {'integrity' if thorough else 'quick'}_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # busy, full, not ours: not the file's fault
            raise
        return str(error)
    return "" if said == "ok" else " ".join(said.split())


def _torn(database: Path) -> str:
    """Whether the last page is cut: SQLite reads what is missing of it as zeroes."""
    log = database.with_name(f"{database.name}-wal")
    if log.exists() and log.stat().st_size:
        return ""  # the log has the pages that are being written
    with storage.reading(database), database.open("rb") as file:
        header, size = file.read(18), os.fstat(file.fileno()).st_size
    if not header.startswith(b"SQLite format 3"):
        return ""  # SQLite itself has better words for it
    page = int.from_bytes(header[16:18], "big")
    page = 65_536 if page == 1 else page
    return f"its last page is cut to {size % page} of {page} bytes" if page and size % page else ""


def _opened(database: Path) -> sqlite3.Connection:
    """A connection to a database that is there: it makes no new one."""
    return sqlite3.connect(f"{database.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=20)
