"""Transactions on the votes database: SQLite by default, PostgreSQL by URL.

What is acknowledged is committed (SQLite: WAL, synchronous FULL, BEGIN IMMEDIATE). A SQLite file is checked when it is opened,
and one that is taken away or exchanged while it is used is noticed before the next transaction. Not a place for queries: rooms
beside it say what is read and written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError

from rpo.errors import RpoError
from rpo.voting.database import copies, location, rows
from rpo.voting.database.migrations import CURRENT, Unknown, lacking, migrate, version
from rpo.voting.database.trouble import damaged, explained


class Database:
    """A votes database brought up to this version; a writer waits `patience` milliseconds for another.

    `found` is the version it had, 0 where it was empty. A `trial` is not the file that votes are kept in: nothing is put beside.
    """

    def __init__(self, url: str, patience: int, trial: bool = False) -> None:
        self.file, self.trial = location.file_of(url), trial
        self.engine = _engine(url, patience, self.file)
        try:
            self._open()
        except BaseException:
            self.engine.dispose()  # whoever repairs the file must not find it in use
            raise

    def _open(self) -> None:
        if self.file is not None:
            with explained(self.file):
                location.ready_location(self.file)
                if fault := copies.fault(self.file):
                    raise damaged(self.file, fault)
        self.found = self._version()
        self._bring_up()
        if self.file is not None and not self.trial:
            location.mark(self.file)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed when the block ends well, and leaves nothing when it does not."""
        with explained(self.file), self._connected(writing=True) as connection, connection.begin(), rows.row_fault(connection):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A view of the database as it stands."""
        with explained(self.file), self._connected(writing=False) as connection, rows.row_fault(connection):
            yield connection

    def _connected(self, writing: bool) -> Connection:
        return self.engine.connect().execution_options(writing=writing)

    def _bring_up(self) -> None:
        if self.found != CURRENT:
            if self.found and self.file is not None and not self.trial:
                with explained(self.file):
                    copies.copy_file(self.file, copies.target(self.file, copies.Reason.UPGRADE))
            with self.writing() as connection:
                migrate(connection)
        with self.reading() as connection:
            missing = lacking(connection)
        if missing:
            raise self._damaged(missing)

    def _version(self) -> int:
        try:
            with self.reading() as connection:
                found = version(connection)
        except Unknown as error:
            raise self._damaged(str(error)) from error
        if found == 0 and self.file is not None and location.made(self.file):
            raise location.lost(self.file, "has no tables")
        return found

    def _damaged(self, cause: str) -> RpoError:
        if self.file is not None:
            return damaged(self.file, cause)
        return RpoError(
            f"the votes database must have the tables of a version of rpo, but: {cause}; restore it with `pg_restore`"
        )


def _engine(url: str, patience: int, file: Path | None) -> Engine:
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except (SQLAlchemyError, ImportError) as error:
        kind = location.parsed_url(url).drivername  # not the whole URL: a password may stand in it
        raise RpoError(f"the votes database must be a SQLite or PostgreSQL URL, got {kind}://… ({error})") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: _open_sqlite(connection, patience))
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", lambda connection, _: _open_postgres(connection, patience))
    if file is not None:
        _watch(engine, file)
    return engine


def _watch(engine: Engine, file: Path) -> None:
    """Never write to a file that lies elsewhere by now: a connection to it is given up, and the next one is to what lies here."""

    def before(_dialect: Any, record: Any, *_arguments: Any) -> None:
        location.ready_location(file)
        record.info["file"] = _identity(file)

    def at_use(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info["file"] != _identity(file):
            raise DisconnectionError(f"{file} is another file now")

    event.listen(engine, "do_connect", before)
    event.listen(engine, "checkout", at_use)


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _open_sqlite(connection: Any, patience: int) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (f"busy_timeout={patience}", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _open_postgres(connection: Any, patience: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {patience}")
    connection.commit()
