"""Whose database it is: one secret, kept as scrypt with a salt, and the browsers that gave it. Not accounts.

Not needed as long as one person alone uses the app on their machine: see `access`.
"""

import hmac
import secrets
import time
from hashlib import scrypt, sha256

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from rpo.errors import RpoError
from rpo.voting.database.schema import OWNER, SIGNED_IN
from rpo.voting.database.transactions import Database

SHORTEST = 8  # characters of a secret
LASTS = 30 * 86_400  # seconds that a browser stays signed in


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
        """Set the secret; where there is one, see `change`."""
        try:
            with self.database.writing() as connection:
                connection.execute(insert(OWNER).values(_record(secret)))
        except IntegrityError as error:
            raise RpoError("the owner's secret is set once, and it is; `rpo owner --change` sets another") from error

    def change(self, old: str, new: str) -> None:
        """Set another secret and sign all browsers out; the old one must be given."""
        if not self.knows(old):
            raise RpoError("that is not the owner's secret; `rpo owner --reset` on the machine of the database sets it anew")
        self.reset(new)

    def reset(self, secret: str) -> None:
        """Set the secret, whatever it was, and sign all browsers out: for whoever holds the database."""
        record = _record(secret)
        with self.database.writing() as connection:
            connection.execute(delete(OWNER))
            connection.execute(delete(SIGNED_IN))
            connection.execute(insert(OWNER).values(record))

    def sign_in(self) -> str:
        """A key for the cookie of a browser that has shown to be the owner's."""
        key = secrets.token_urlsafe(32)
        with self.database.writing() as connection:
            connection.execute(delete(SIGNED_IN).where(SIGNED_IN.c.created < time.time() - LASTS))
            connection.execute(insert(SIGNED_IN).values(token=_hash(key), created=time.time()))
        return key

    def signed_in(self, key: str) -> bool:
        """Whether this cookie is a signed-in browser's; ask at every visit."""
        live = (SIGNED_IN.c.token == _hash(key)) & (SIGNED_IN.c.created > time.time() - LASTS)
        with self.database.reading() as connection:
            return connection.execute(select(SIGNED_IN.c.token).where(live)).first() is not None

    def sign_out(self, key: str) -> None:
        """End what this cookie opens."""
        with self.database.writing() as connection:
            connection.execute(delete(SIGNED_IN).where(SIGNED_IN.c.token == _hash(key)))

    def knows(self, secret: str) -> bool:
        """Whether this is the secret; never where none is set."""
        with self.database.reading() as connection:
            row = connection.execute(select(OWNER)).first()
        return row is not None and hmac.compare_digest(row.hash, _stretched(secret, row.salt))


def _stretched(secret: str, salt: str) -> str:
    return scrypt(secret.encode("utf-8", "replace"), salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32).hex()


def _record(secret: str) -> dict[str, object]:
    if len(secret) < SHORTEST:
        raise RpoError(f"the owner's secret must have at least {SHORTEST} characters, got {len(secret)}; choose a longer one")
    salt = secrets.token_hex(16)
    return {"id": 1, "salt": salt, "hash": _stretched(secret, salt)}


def _hash(key: str) -> str:
    return sha256(key.encode("utf-8", "replace")).hexdigest()
