"""The database's tables and how they came to be: numbered migrations, applied in order, recorded in `schema_version`.

Votes are append-only events. Not the place for rules: what may be written when is decided in `ballots`.
"""

from collections.abc import Callable

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
)

from rpo.errors import RpoError

METADATA = MetaData()

VERSION = Table("schema_version", METADATA, Column("version", Integer, primary_key=True))

PANELS = Table(
    "panels",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("baseline", Text, nullable=False),
    Column("candidate", Text, nullable=False),
    Column("rubric", Text, nullable=False),
    Column("created", Float, nullable=False),
)

COMPARISONS = Table(
    "comparisons",
    METADATA,
    Column("panel", String(32), primary_key=True),
    Column("id", String(32), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("slice", Text, nullable=False),
    Column("baseline", Text, nullable=False),
    Column("candidate", Text, nullable=False),
    Column("same", Boolean, nullable=False),
)

SHOWN = Table(
    "shown",
    METADATA,
    Column("panel", String(32), primary_key=True),
    Column("rater", String(64), primary_key=True),
    Column("comparison", String(32), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("candidate_left", Boolean, nullable=False),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("panel", String(32), nullable=False, index=True),
    Column("rater", String(64), nullable=False),
    Column("comparison", String(32), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("choice", String(8), nullable=True),  # null: the vote was taken back
    Column("both_bad", Boolean, nullable=False),
    Column("time", Float, nullable=False),
    UniqueConstraint("panel", "rater", "comparison", "revision"),
)


def _first(connection: Connection) -> None:
    METADATA.create_all(connection)


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_first,)


def migrate(connection: Connection) -> None:
    """Bring a database of any earlier version up to this one; a newer one is refused."""
    VERSION.create(connection, checkfirst=True)
    version = connection.execute(select(func.max(VERSION.c.version))).scalar() or 0
    if version > len(MIGRATIONS):
        raise RpoError(f"the votes database must be of version {len(MIGRATIONS)} or older, got {version}; update rpo")
    for number, step in enumerate(MIGRATIONS[version:], version + 1):
        step(connection)
        connection.execute(insert(VERSION).values(version=number))
