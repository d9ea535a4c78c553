"""Links that let a rater in: a token each, shown once and kept as its SHA-256. Not accounts, and not the owner's secret.

A token is 256 random bits and is found by its hash, so neither the database nor the time an answer takes gives one away.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, insert, select, update

from rpo.errors import RpoError
from rpo.voting import panels
from rpo.voting.assignment import Seat, rater_name
from rpo.voting.database import rows
from rpo.voting.database.schema import INVITATIONS
from rpo.voting.database.transactions import Database


@dataclass(frozen=True)
class Invitation:
    """Who was let in, when, and when it ended or will end, in Unix seconds; `single`: by one browser alone."""

    rater: str
    created: float
    revoked: float | None
    expires: float | None = None
    single: bool = False

    @property
    def open(self) -> bool:
        """Whether its link still lets somebody in."""
        return self.revoked is None and (self.expires is None or time.time() < self.expires)


@dataclass(frozen=True)
class Entrance:
    """A seat that a link opens: `name` for the address, which opens nothing, and `key` for a cookie, which does."""

    name: str
    key: str
    seat: Seat


class Invitations:
    """The invitations of a votes database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def invite(self, panel: str, name: str, days: float | None = None, single: bool = False) -> str:
        """A token that lets this rater sit at the panel, for some `days` or without an end; it cannot be shown again.

        With `single` only the browser that opens it first may use it.
        """
        (token,) = self.invite_all(panel, [name], days, single).values()
        return token

    def invite_all(self, panel: str, names: Sequence[str], days: float | None = None, single: bool = False) -> dict[str, str]:
        """A token for each of these raters, by name; all are invited, or none. See `invite`."""
        tokens = {rater_name(name): secrets.token_urlsafe(32) for name in names}
        if days is not None and not days > 0:
            raise RpoError(f"an invitation must last more than 0 days, got {days:g}; choose more, or none for one without an end")
        with self.database.writing() as connection:
            about = panels.one(connection, panel)
            if about.raters and (others := [rater for rater in tokens if rater not in about.raters]):
                named = ", ".join(about.raters)
                raise RpoError(f"the raters of {about.name} are {named}, got {', '.join(others)}; invite one of them")
            for rater, token in tokens.items():
                record = {"token": _hash(token), "panel": panel, "rater": rater, "created": time.time(), "single": single}
                record |= {"seat": secrets.token_hex(8), "expires": None if days is None else time.time() + 86_400 * days}
                connection.execute(insert(INVITATIONS).values(record))
        return tokens

    @property
    def any(self) -> bool:
        """Whether somebody was ever invited, revoked or not."""
        with self.database.reading() as connection:
            return connection.execute(select(INVITATIONS.c.token).limit(1)).first() is not None

    def revoke(self, panel: str, name: str) -> None:
        """End all invitations of this rater to the panel; the votes stay."""
        with self.database.writing() as connection:
            live = (INVITATIONS.c.panel == panel) & (INVITATIONS.c.rater == rater_name(name)) & INVITATIONS.c.revoked.is_(None)
            connection.execute(update(INVITATIONS).where(live).values(revoked=time.time()))

    def needs_a_press(self, token: str) -> bool:
        """Whether this link is for one browser and waits for it; a program that looks at links must not take it."""
        with self.database.reading() as connection:
            row = _live(connection, token)
        return row.single and row.browser is None

    def enter(self, token: str, key: str = "") -> Entrance:
        """The seat that this link opens in a browser whose cookie for it holds `key`; a single one is taken by the first."""
        with self.database.writing() as connection:
            row = _live(connection, token)
            if not row.single:
                return Entrance(row.seat, token, Seat(row.panel, row.rater))
            if row.browser is None:
                browser = secrets.token_urlsafe(32)
                connection.execute(update(INVITATIONS).where(INVITATIONS.c.token == row.token).values(browser=_hash(browser)))
                return Entrance(row.seat, f"{token}.{browser}", Seat(row.panel, row.rater))
        return Entrance(row.seat, key, self.admit(key if key.startswith(f"{token}.") else token))

    def admit(self, key: str) -> Seat:
        """The seat that this cookie, or a token that is not single, opens. Ask at every visit: a revoked one opens none."""
        token, _, browser = key.partition(".")
        with self.database.reading() as connection:
            row = _live(connection, token)
        if row.single and row.browser != _hash(browser):
            raise RpoError("this invitation must be used in the browser that opened it first; ask the owner for a new link")
        return Seat(row.panel, row.rater)

    def of(self, panel: str) -> tuple[Invitation, ...]:
        """The invitations to this panel, without their tokens, the oldest first."""
        query = select(INVITATIONS).where(INVITATIONS.c.panel == panel).order_by(INVITATIONS.c.created)
        with self.database.reading() as connection:
            rows.check_rows(connection, (INVITATIONS,), panel)
            found = connection.execute(query).all()
        return tuple(Invitation(row.rater, row.created, row.revoked, row.expires, row.single) for row in found)


def _live(connection: Connection, token: str) -> Any:
    row = connection.execute(select(INVITATIONS).where(INVITATIONS.c.token == _hash(token))).first()
    ended = row is not None and row.expires is not None and time.time() >= row.expires
    if row is None or row.revoked is not None or ended:
        state = "is unknown" if row is None else "has expired" if row.revoked is None else "was taken back"
        raise RpoError(f"an invitation must be one the owner gave, this one {state}; ask the owner for a new link")
    return row


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
