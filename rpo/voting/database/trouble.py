"""What can go wrong with a votes database, in words: the rule that does not hold, the cause, and the next step.

Only a trouble that passes (another writer, a server that is down) is called so. Not rows that make no sense: see `rows`.
"""

import shutil
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from rpo.errors import RpoError
from rpo.voting.database.copies import way_back

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
NOT_OURS = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN)
LACKS = ("no such table", "no such column", "has no column", "Could not decode to UTF-8")  # these have no code of their own
ROOM = 1 << 20  # bytes below which a disk that fails is a full one


@contextmanager
def explained(file: Path | None) -> Generator[None]:
    """Around work with a database, a SQLite one of this file: its troubles become an `RpoError`."""
    try:
        yield
    except IntegrityError:
        raise
    except (SQLAlchemyError, sqlite3.Error) as error:
        cause = getattr(error, "orig", None) or error
        if file is not None and isinstance(cause, sqlite3.Error):
            raise _of_file(file, cause) from error
        raise _passing(error, cause) from error


class Damaged(RpoError):  # noqa: N818 - a state of the file, not an error of ours
    """A file is no whole database any more, by this `cause`."""

    def __init__(self, sentence: str, cause: str) -> None:
        super().__init__(sentence)
        self.cause = cause


def damaged(file: Path, cause: str) -> Damaged:
    """The words for a file that is no whole database any more."""
    return Damaged(f"{file.name} must be a whole SQLite database, but it is damaged ({cause}); {way_back(file)}", cause)


def _of_file(file: Path, cause: sqlite3.Error) -> RpoError:
    code, said = getattr(cause, "sqlite_errorcode", 0) & 0xFF, str(cause)  # the low byte is the kind
    if code in DAMAGED or any(sign in said for sign in LACKS):
        return damaged(file, said)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and shutil.disk_usage(file.parent).free < ROOM):
        return RpoError(
            f"{file.name} must fit on the disk, but the disk is full ({said}); nothing was stored, make room and try again"
        )
    if code in NOT_OURS:
        step = "change the permissions of the file and of its folder"
        return RpoError(f"{file.name} and its folder must be ours to read and write, but they are not ({said}); {step}")
    if code == sqlite3.SQLITE_IOERR:
        return RpoError(
            f"the disk of {file.name} must be readable, but it failed ({said}); check the disk, then {way_back(file)}"
        )
    return _passing(cause, cause)


def _passing(error: Exception, cause: Exception) -> RpoError:
    said = (str(cause).splitlines() or [type(cause).__name__])[0]
    kept = "nothing was stored"
    if getattr(error, "connection_invalidated", False):  # the line broke, perhaps after the commit had gone through
        kept = "whether it was stored is not known, and the same vote twice counts once"
    return RpoError(f"the votes database did not answer ({said}); {kept}, try again in a moment")
