"""What the votes database says of prompts: which of them blind panels ask now, and which panels have given theirs free.

Read with plain SQL when a run is started, for training knows nothing of how votes are kept. Nothing is made, written or brought
up to date here: that is `rpo.voting`. A database that cannot be read is refused: nobody knows then what must not be trained on.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rpo import storage
from rpo.errors import RpoError

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

VOTES_SCHEMA = 9  # of the votes database; the newest of `rpo.voting.database.migrations`
CONNECT_TIMEOUT = {"postgresql": {"connect_timeout": 10}}  # seconds
ASKED_PROMPTS = "SELECT DISTINCT c.prompt FROM comparisons c JOIN panels p ON p.id = c.panel WHERE p.released IS NULL"
RELEASED = "SELECT id FROM panels WHERE released IS NOT NULL"
RULE = "no run starts before the votes database has said which prompts are judged blind"


@dataclass(frozen=True)
class Blind:
    """Prompts that a panel asks, each once, as the database holds them (`as_stored`); ids of panels that are released."""

    prompts: tuple[str, ...]
    released: frozenset[str]


def blind() -> Blind | None:
    """What the votes database says now, $RPO_VOTES_URL or this home's; None where there is no database."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return _read()
    except (SQLAlchemyError, ImportError) as error:
        raise RpoError(
            f"{RULE}, but it did not answer ({_said(error)}); start it, or correct {storage.VOTES_VARIABLE}"
        ) from error


def as_stored(text: str) -> str:
    """The text as either database can hold it: NUL, and what UTF-8 has no bytes for, are replaced."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _read() -> Blind | None:
    from sqlalchemy import NullPool, create_engine, make_url, text

    url = make_url(storage.votes_url())
    if _absent(url):
        if not os.environ.get(storage.VOTES_VARIABLE):
            return None
        raise RpoError(
            f"{RULE}, but {url.database!r} is no file; open the app once, which makes it, or correct {storage.VOTES_VARIABLE}"
        )
    engine = create_engine(url, poolclass=NullPool, connect_args=CONNECT_TIMEOUT.get(url.get_backend_name(), {}))
    with engine.connect() as connection:
        _check(connection)
        released = frozenset(connection.execute(text(RELEASED)).scalars())
        return Blind(tuple(connection.execute(text(ASKED_PROMPTS)).scalars()), released)


def _absent(url: "URL") -> bool:
    """Whether it is a file that is not there; to open it would make it."""
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file()


def _check(connection: "Connection") -> None:
    """Refuse a database of another version: the same words may mean something else there."""
    from sqlalchemy import inspect, text

    known = inspect(connection).has_table("schema_version")
    found = connection.execute(text("SELECT max(version) FROM schema_version")).scalar() if known else None
    if found != VOTES_SCHEMA:
        step = "update rpo" if found and found > VOTES_SCHEMA else "open the app once, which brings it up to date"
        said = f"of version {found}" if found else "empty"
        raise RpoError(f"{RULE}, but it is {said}, not of version {VOTES_SCHEMA}; {step}, or correct {storage.VOTES_VARIABLE}")


def _said(error: Exception) -> str:
    """The database's own words; SQLAlchemy's may hold the URL, and with it a password."""
    words = str(getattr(error, "orig", "") or (error if isinstance(error, ImportError) else type(error).__name__))
    return words.splitlines()[0]
