"""Copies of the votes: when one is made, how one is brought back, and a new beginning. How a copy is made: see `copies`.

Nothing is ever deleted but daily copies that are older than the newest seven. A PostgreSQL database has tools of its own.
"""

import logging
import os
import shlex
import sqlite3
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import URL

from rpo import storage
from rpo.errors import RpoError
from rpo.voting.database import copies, location
from rpo.voting.database.copies import Copy, Reason
from rpo.voting.database.schema import METADATA
from rpo.voting.database.transactions import Database
from rpo.voting.database.trouble import Damaged, damaged, explained

LOG = logging.getLogger(__name__)
DAY, KEPT_COPIES = timedelta(days=1), 7
DAY_CHECK_SECONDS = 600  # seconds between two looks at whether a day has passed
COPY_TIMEOUT_MS = 2000  # milliseconds
LATEST_COPY = "latest"


def save_copy(target: Path | None = None) -> Path:
    """Copy this home's votes to `target`, or to a new file among the copies; returns where."""
    file = _file()
    if not file.exists():
        raise (
            location.lost(file, "is missing")
            if location.made(file)
            else RpoError(f"a copy needs a database, {file} is not there yet; vote first")
        )
    copy = target.expanduser().resolve() if target else copies.target(file, Reason.ASKED)
    if copy.exists():
        raise RpoError(f"a copy must be a new file, {copy} is there already; name another")
    if not copy.parent.is_dir():
        raise RpoError(f"a copy must go to a folder that is there, {copy.parent} is not; make it, or name another")
    with explained(file):
        copies.copy_file(file, copy)
    return copy


def known_copies() -> list[Copy]:
    """The copies of this home's votes, the newest first."""
    return copies.copies(_file())


def restore(name: str) -> tuple[Path, Path | None]:
    """Bring a copy back, by its file or as `latest`; returns the copy, and the new name of the file that was there.

    The copy is checked, and brought up to this version, before the present file is touched.
    """
    file = _file()
    copy = _chosen(file, name)
    with copies.scratch(file) as fresh:
        _checked(copy, fresh)
        return copy, _exchange(file, fresh)


def begin_anew() -> Path | None:
    """Begin with an empty database; returns the new name of the file that was there, if one was."""
    file = _file()
    with copies.scratch(file) as fresh:
        Database(f"sqlite:///{fresh}", COPY_TIMEOUT_MS, trial=True).engine.dispose()
        return _exchange(file, fresh)


def _exchange(file: Path, fresh: Path) -> Path | None:
    with _unused(file):
        kept = location.aside(file)
        with storage.writing(file):
            fresh.replace(file)
        location.mark(file)
    return kept


def _file() -> Path:
    url = location.database_url()
    file = location.file_of(url)
    if file is None:
        raise RpoError(_by_hand(url))
    return file


def _by_hand(url: str) -> str:
    parts = location.parsed_url(url)
    if parts.get_backend_name() != "postgresql":
        return (
            f"copies are made of a database in a file, got {parts.render_as_string()}; name a file in ${storage.VOTES_VARIABLE}"
        )
    query = {name: value for name, value in parts.query.items() if "password" not in name}
    about = {"username": parts.username, "host": parts.host, "port": parts.port, "database": parts.database, "query": query}
    to = shlex.quote(URL.create("postgresql", **about).render_as_string())
    return (
        f"a PostgreSQL database is copied by its own tools: `pg_dump --format=custom --file=votes.dump {to}` makes a copy, "
        f"`pg_restore --clean --if-exists --dbname={to} votes.dump` brings it back; they ask for the password"
    )


def _chosen(file: Path, name: str) -> Path:
    if name != LATEST_COPY:
        copy = Path(name).expanduser().resolve()
        if not copy.is_file() or copy == file:
            raise RpoError(
                f"a copy must be a file beside the database in use, got {copy}; `rpo restore` without a name lists them"
            )
        return copy
    if not (found := copies.copies(file)):
        raise RpoError(f"there must be a copy in {file.parent / 'copies'}, there is none; name the file of one")
    return found[0].path


def _checked(copy: Path, fresh: Path) -> None:
    """Make `fresh` what the copy holds; a copy that is damaged, no votes database, or of a newer version is refused."""
    try:
        with explained(copy):
            if fault := copies.fault(copy, thorough=True):
                raise damaged(copy, fault)
            copies.copy_file(copy, fresh)
        database = Database(f"sqlite:///{fresh}", COPY_TIMEOUT_MS, trial=True)
        database.engine.dispose()
        said = "" if database.found else "it holds no votes database"
    except RpoError as error:
        said = error.cause if isinstance(error, Damaged) else str(error)
    if said:
        raise RpoError(f"a copy must be a whole votes database, {copy} is not: {said}; choose another, nothing was changed")


@contextmanager
def _unused(file: Path) -> Generator[None]:
    """Hold the database, so that nobody reads or writes it; one that somebody has open is refused.

    A damaged file cannot be held: whoever has it open sees at the next transaction that another lies here (see `database`).
    """
    with explained(file):
        whole = file.exists() and file.stat().st_size > 0 and not copies.fault(file)
    if not whole:
        yield
        return
    with closing(sqlite3.connect(file, isolation_level=None, timeout=COPY_TIMEOUT_MS / 1000)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")  # only who is alone may leave the write-ahead log
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise RpoError(f"the votes database must not be in use, but it is ({error}); stop rpo and try again") from error
        if os.name == "nt":
            connection.close()  # an open file cannot be renamed there
        yield


_looked: dict[Path, float] = {}


def daily(database: Database, every: float = DAY_CHECK_SECONDS) -> threading.Thread | None:
    """Copy a database in a file in the background where the newest daily copy is older than a day; the thread, where one runs.

    Cheap to call at every visit: it looks once in `every` seconds. What hinders a copy is logged, and hinders nothing else.
    """
    file = database.file
    if file is None or time.monotonic() - _looked.get(file, -every) < every:
        return None
    _looked[file] = time.monotonic()
    if not _due(file) or not _holds_something(database):
        return None
    thread = threading.Thread(target=_copy_and_prune, args=(file,), name="rpo-daily-copy")
    thread.start()
    return thread


def _holds_something(database: Database) -> bool:
    with database.reading() as connection:
        return any(connection.execute(METADATA.tables[name].select().limit(1)).first() for name in ("panels", "owner", "judges"))


def _copy_and_prune(file: Path) -> None:
    try:
        with FileLock(file.parent / "copies.lock", blocking=False), explained(file):
            if _due(file):
                copies.copy_file(file, copies.target(file, Reason.DAILY))
            for old in _daily(file)[KEPT_COPIES:]:
                old.path.unlink(missing_ok=True)
    except Timeout:
        return  # another process of ours is at it
    except (RpoError, OSError) as error:
        LOG.warning("no daily copy of the votes was made: %s", error)


def _daily(file: Path) -> list[Copy]:
    return [copy for copy in copies.copies(file) if copy.reason is Reason.DAILY]


def _due(file: Path) -> bool:
    made = _daily(file)
    return not made or datetime.now(UTC) - made[0].made >= DAY
