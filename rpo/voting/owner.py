"""Whose database it is: one secret, set once, kept as scrypt with a salt. Not needed on a machine of one's own; not accounts."""

import hmac
import secrets
from hashlib import scrypt

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from rpo.errors import RpoError
from rpo.voting.database import Database
from rpo.voting.tables import OWNER

SHORTEST = 8  # characters of a secret


class Owner:
    """The owner of a votes database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @property
    def known(self) -> bool:
        """Whether a secret has been set."""
        with self.database.reading() as connection:
            return connection.execute(select(OWNER.c.id)).first() is not None

    def claim(self, secret: str) -> None:
        """Set the secret; it can be set once."""
        if len(secret) < SHORTEST:
            raise RpoError(f"the owner's secret must have at least {SHORTEST} characters, got {len(secret)}; choose a longer one")
        salt = secrets.token_hex(16)
        try:
            with self.database.writing() as connection:
                connection.execute(insert(OWNER).values(id=1, salt=salt, hash=_stretched(secret, salt)))
        except IntegrityError as error:
            raise RpoError("the owner's secret is set once, and it is; whoever set it can let you in") from error

    def knows(self, secret: str) -> bool:
        """Whether this is the secret; never where none is set."""
        with self.database.reading() as connection:
            row = connection.execute(select(OWNER)).first()
        return row is not None and hmac.compare_digest(row.hash, _stretched(secret, row.salt))


def _stretched(secret: str, salt: str) -> str:
    return scrypt(secret.encode("utf-8", "replace"), salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32).hex()
