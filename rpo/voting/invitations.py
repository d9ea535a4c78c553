"""Links that let a rater in: a token each, shown once and kept as its SHA-256. Not accounts, and not the owner's secret.

A token is 256 random bits and is found by its hash, so neither the database nor the time an answer takes gives one away.
"""

import secrets
import time
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import insert, select, update

from rpo.errors import RpoError
from rpo.voting import panels
from rpo.voting.database import Database
from rpo.voting.seats import Seat, rater_name
from rpo.voting.tables import INVITATIONS


@dataclass(frozen=True)
class Invitation:
    """Who was let in, when, and when it ended, in Unix seconds."""

    rater: str
    created: float
    revoked: float | None


class Invitations:
    """The invitations of a votes database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def invite(self, panel: str, name: str) -> str:
        """A token that lets this rater sit at the panel; it cannot be shown again."""
        rater, token = rater_name(name), secrets.token_urlsafe(32)
        with self.database.writing() as connection:
            about = panels.one(connection, panel)
            if about.raters and rater not in about.raters:
                raise RpoError(f"the raters of {about.name} are {', '.join(about.raters)}, got {rater}; invite one of them")
            record = {"token": _hash(token), "panel": panel, "rater": rater, "created": time.time()}
            connection.execute(insert(INVITATIONS).values(record))
        return token

    def revoke(self, panel: str, name: str) -> None:
        """End all invitations of this rater to the panel; the votes stay."""
        with self.database.writing() as connection:
            live = (INVITATIONS.c.panel == panel) & (INVITATIONS.c.rater == rater_name(name)) & INVITATIONS.c.revoked.is_(None)
            connection.execute(update(INVITATIONS).where(live).values(revoked=time.time()))

    def admit(self, token: str) -> Seat:
        """The seat this token opens. Ask at every visit: a revoked one opens none."""
        with self.database.reading() as connection:
            row = connection.execute(select(INVITATIONS).where(INVITATIONS.c.token == _hash(token))).first()
        if row is None or row.revoked is not None:
            state = "is unknown" if row is None else "was taken back"
            raise RpoError(f"an invitation must be one the owner gave, this one {state}; ask the owner for a new link")
        return Seat(row.panel, row.rater)

    def of(self, panel: str) -> tuple[Invitation, ...]:
        """The invitations to this panel, without their tokens, the oldest first."""
        query = select(INVITATIONS).where(INVITATIONS.c.panel == panel).order_by(INVITATIONS.c.created)
        with self.database.reading() as connection:
            return tuple(Invitation(row.rater, row.created, row.revoked) for row in connection.execute(query))


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
