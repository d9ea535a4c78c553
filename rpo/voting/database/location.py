"""Where the votes database lies, whether there was one before, and that only its owner can read it.

Beside a SQLite file lies a sign, `votes.db.made`, so that a file that was lost is not taken for one that was never made. Not the
copies of it: see `copies`.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from rpo import storage
from rpo.errors import RpoError
from rpo.voting.database import copies


def database_url() -> str:
    """The URL of this home's votes database: of $RPO_VOTES_URL, or SQLite at home."""
    if not os.environ.get(storage.VOTES_VARIABLE):
        storage.private(storage.folder("votes"))
    return storage.votes_url()


def parsed_url(url: str) -> URL:
    """The URL in its parts; another kind of database is refused."""
    try:
        found = make_url(url)
        known = found.get_backend_name() in ("sqlite", "postgresql")
    except (ArgumentError, ValueError) as error:  # it is not shown: a password may stand in it
        raise RpoError("the votes database must be a SQLite or PostgreSQL URL, got one that cannot be read; change it") from error
    if not known:
        raise RpoError(f"the votes database must be a SQLite or PostgreSQL URL, got {found.drivername}://…; change it")
    return found


def file_of(url: str) -> Path | None:
    """The file of a SQLite database; None for one in memory, one named by a `file:` address, and PostgreSQL."""
    found = parsed_url(url)
    name = found.database or ":memory:"
    return None if found.get_backend_name() != "sqlite" or name.startswith((":memory:", "file:")) else Path(name).resolve()


def made(file: Path) -> bool:
    """Whether there was a database here before."""
    return _sign(file).exists() or bool(copies.copies(file))


def mark(file: Path) -> None:
    """Say that from now on there is a database here."""
    if not (sign := _sign(file)).exists():
        text = (
            f"Since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC votes are kept beside this file, which shows whether they were lost.\n"
        )
        storage.write_with(sign, lambda out: out.write(text.encode()))


def ready_location(file: Path) -> None:
    """Make sure that the file is there for SQLite to open, closed to others; one that was there and is lost is refused."""
    with storage.writing(file):
        if not file.parent.is_dir():
            raise RpoError(
                f"the votes database must lie in a folder that is there, {file.parent} is not; make it, or name another"
            )
        if not file.exists() or file.stat().st_size == 0:
            if made(file):
                raise lost(file, "is empty (0 bytes)" if file.exists() else "is missing")
            os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
        for part in url_parts(file):
            if part.is_file():
                storage.private(part)


def url_parts(file: Path) -> tuple[Path, ...]:
    """The file and what SQLite keeps beside it while somebody uses it."""
    return file, *(file.with_name(file.name + end) for end in ("-wal", "-shm", "-journal"))


def lost(file: Path, state: str) -> RpoError:
    """The words for a database that was here and is not any more."""
    return RpoError(f"{file.name} must hold the votes that were kept in it, but it {state}; {copies.way_back(file)}")


def aside(file: Path) -> Path | None:
    """Give the file and its parts another name; returns the new name, None where there is nothing."""
    other = _free(file)
    moved = [(part, kept) for part, kept in zip(url_parts(file), url_parts(other), strict=True) if part.exists()]
    for part, kept in moved:
        with storage.writing(part):
            part.rename(kept)
    return moved[0][1] if moved else None  # the log alone where the file itself is lost: votes may stand in it


def _free(file: Path) -> Path:
    """A name with the time, that neither a file nor a part of one has."""
    made = datetime.now(UTC)
    while any(part.exists() for part in url_parts(_until(file, made))):
        made += timedelta(seconds=1)
    return _until(file, made)


def _until(file: Path, made: datetime) -> Path:
    return file.with_name(f"{file.name}.until-{made.strftime(copies.STAMP)}")


def _sign(file: Path) -> Path:
    return file.with_name(f"{file.name}.made")
