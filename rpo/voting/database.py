"""The connection to the votes: a SQLite file by default, or PostgreSQL; whole transactions only, and errors for people.

SQLite runs with a write-ahead log, a full sync at each commit, and writers that queue from the first statement on, so that
"database is locked" is a wait and an acknowledged vote survives a power cut. Not aware of what is stored: see `schema`.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from filelock import FileLock
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from rpo import home
from rpo.errors import RpoError
from rpo.voting.schema import MIGRATIONS

PATIENCE = 10_000  # milliseconds a writer waits for its turn
MIGRATING = 240_210_958  # PostgreSQL advisory lock: one process migrates at a time


def default_url() -> str:
    """The SQLite file in this home."""
    return URL.create("sqlite", database=str(home.folder("votes") / "votes.db")).render_as_string()


class Database:
    """An open database with the newest schema."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._file = Path(self._engine.url.database or "") if self._engine.dialect.name == "sqlite" else None
        self._opening = Lock()
        self._seen: int | None = None
        self._open()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment and writes nothing."""
        with self._errors("read"), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is stored whole when the block ends, or not at all when it raises."""
        with self._errors("stored"), self._engine.execution_options(writing=True).begin() as connection:
            yield connection

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @contextmanager
    def _errors(self, done: str) -> Iterator[None]:
        if self._file is not None and _identity(self._file) != self._seen:
            self._open()
        try:
            yield
        except SQLAlchemyError as error:
            raise self._told(error, done) from error

    def _told(self, error: SQLAlchemyError, done: str) -> RpoError:
        reason = str(error.orig if isinstance(error, DBAPIError) else error).splitlines()[0].strip()
        place = self._file or self._engine.url.render_as_string(hide_password=True)
        step = "wait a moment and try again" if "locked" in reason else "check that it is there and can be written, then try again"
        return RpoError(f"nothing was {done}: the votes database {place} said '{reason}'; {step}")

    def _open(self) -> None:
        """Make or migrate it. A file that was deleted or replaced under us is opened anew: old connections still write to the old one."""
        with self._opening:
            self._engine.dispose()
            try:
                if self._file is None:
                    self._migrate()
                    return
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with FileLock(self._file.with_name(f"{self._file.name}.lock"), timeout=PATIENCE / 1000):
                    self._migrate()
                self._seen = _identity(self._file)
            except (SQLAlchemyError, OSError) as error:
                known = error if isinstance(error, SQLAlchemyError) else SQLAlchemyError(str(error))
                raise self._told(known, "opened") from error

    def _migrate(self) -> None:
        with self._engine.execution_options(writing=True).begin() as connection:
            if self._file is None:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
            migrate(connection)


def migrate(connection: Connection) -> None:
    """Bring an empty or older database to the newest schema, step by step, in the caller's transaction."""
    connection.execute(text("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied DOUBLE PRECISION)"))
    have = connection.execute(text("SELECT COALESCE(MAX(version), 0) FROM schema_version")).scalar_one()
    if have > len(MIGRATIONS):
        raise RpoError(f"the votes database has version {have}, this rpo knows up to {len(MIGRATIONS)}; install a newer rpo")
    for version, statements in enumerate(MIGRATIONS[have:], have + 1):
        for statement in statements:
            connection.execute(text(statement))
        now = {"version": version, "applied": time.time()}
        connection.execute(text("INSERT INTO schema_version (version, applied) VALUES (:version, :applied)"), now)


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
        if address.get_backend_name() not in ("sqlite", "postgresql") or not address.database:
            raise RpoError("votes are kept in sqlite:///FILE or postgresql+psycopg://HOST/DATABASE, got another kind; change the URL")
        engine = create_engine(address, pool_pre_ping=address.get_backend_name() == "postgresql")
    except (ArgumentError, SQLAlchemyError) as error:
        raise RpoError("the votes database's URL cannot be read; write sqlite:///FILE or postgresql+psycopg://HOST/DATABASE") from error
    except ModuleNotFoundError as error:
        raise RpoError(f"votes in PostgreSQL need the package {error.name}; install rpo[postgres]") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # else the driver sends its own BEGIN, too late
    for setting in (f"busy_timeout = {PATIENCE}", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _identity(file: Path) -> int | None:
    return file.stat().st_ino if file.exists() else None
