"""Transactions on the votes database: SQLite by default, PostgreSQL by URL, and their troubles in words.

What is acknowledged is committed (SQLite: WAL, synchronous FULL, BEGIN IMMEDIATE). Not a place for queries: rooms beside it say
what is read and written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from rpo.errors import RpoError
from rpo.voting.migrations import CURRENT, migrate, version


class Database:
    """A votes database brought up to this version; a writer waits `patience` milliseconds for another."""

    def __init__(self, url: str, patience: int) -> None:
        self.engine = _engine(url, patience)
        with self.reading() as connection:
            known = version(connection) == CURRENT
        if not known:
            with self.writing() as connection:
                migrate(connection)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed when the block ends well, and leaves nothing when it does not."""
        with _in_words(), self.engine.connect().execution_options(writing=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A view of the database as it stands."""
        with _in_words(), self.engine.connect() as connection:
            yield connection


def _engine(url: str, patience: int) -> Engine:
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except (SQLAlchemyError, ImportError) as error:
        raise RpoError(f"the votes database must be a SQLite or PostgreSQL URL, got {url!r} ({error})") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: _open_sqlite(connection, patience))
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", lambda connection, _: _open_postgres(connection, patience))
    return engine


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


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", error)).splitlines()[0]
        kept = "nothing was stored"
        if getattr(error, "connection_invalidated", False):  # the line broke, perhaps after the commit had gone through
            kept = "whether it was stored is not known, and the same vote twice counts once"
        raise RpoError(f"the votes database did not answer ({cause}); {kept}, try again in a moment") from error
