"""Who is here: a person alone on their machine, the owner, a rater with an invitation, or nobody we know.

Alone is who comes from this machine (see `rpo.hosts.local`), and only as long as nobody was invited, no owner is set and the app
is not served to a network. From then on being on this machine proves nothing, for a tunnel, a proxy and another login are on it
too: the owner shows a cookie. Nothing here reads what a page or a widget says of itself.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from rpo.errors import RpoError
from rpo.storage import digest
from rpo.voting.assignment import Seat
from rpo.voting.ballots import Ballots

TICKET = 120  # seconds that a ticket can be used
LOCAL = "x-rpo-local"  # the header by which a server hands `Visit.local` to its pages
SEAL = secrets.token_hex(16)
"""What this process writes beside its own findings, so that nobody outside can write them."""


class Who(Enum):
    """Who a visitor is; a stranger may open nothing."""

    ALONE = "alone"
    OWNER = "owner"
    RATER = "rater"
    STRANGER = "stranger"


@dataclass(frozen=True)
class Visit:
    """What the server knows of a request: whether it is `local`, its cookies, the seat its address names."""

    local: bool
    cookies: Mapping[str, str]
    seat: str = ""


@dataclass(frozen=True)
class Visitor:
    """Who is here, and at which seat where it is a rater. `trouble`: why an invitation that was shown opens nothing."""

    who: Who
    seat: Seat | None = None
    trouble: str = ""

    @property
    def opens_all(self) -> bool:
        """Whether all pages are this visitor's."""
        return self.who in (Who.ALONE, Who.OWNER)


@dataclass
class Access:
    """The door of one server: `network` says that it is served to more than this machine, whatever the database holds."""

    ballots: Ballots
    network: bool = False
    start: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    tickets: dict[str, float] = field(default_factory=dict[str, float], repr=False)

    @property
    def shut(self) -> bool:
        """Whether being on this machine is no longer enough. Asked of the database, not of a file beside it."""
        return self.network or self.ballots.owner.known or self.ballots.invitations.any

    @property
    def cookie(self) -> str:
        """The name of the owner's cookie; servers of other databases on this host have others, for ports do not part cookies."""
        url = self.ballots.database.engine.url.render_as_string(hide_password=True)
        return f"rpo-{digest(url)[:8]}"

    def visitor(self, visit: Visit) -> Visitor:
        """Who this is; asked at each visit, so that what ended opens nothing."""
        if (key := visit.cookies.get(self.cookie)) and self.ballots.owner.signed_in(key):
            return Visitor(Who.OWNER)
        troubles: list[str] = []
        for key in self._seats(visit):
            try:
                return Visitor(Who.RATER, self.ballots.invitations.admit(key))
            except RpoError as error:
                troubles.append(str(error))
        if visit.local and not self.shut:
            return Visitor(Who.ALONE)
        return Visitor(Who.STRANGER, trouble=troubles[0] if troubles else "")

    def _seats(self, visit: Visit) -> list[str]:
        """The keys of the seats in this browser: of the one that the address names, or of all."""
        if visit.seat:
            return [key for key in [visit.cookies.get(self.seat_cookie(visit.seat))] if key]
        return [key for name, key in sorted(visit.cookies.items()) if name.startswith(self.seat_cookie(""))]

    def seat_cookie(self, seat: str) -> str:
        """The name of the cookie that opens this seat."""
        return f"{self.cookie}-seat-{seat}"

    def ticket(self) -> str:
        """A word that lets a browser in once, as the owner, within two minutes: for a page whose visitor is that already."""
        now = time.time()
        self.tickets = {word: until for word, until in self.tickets.items() if until > now}
        word = secrets.token_urlsafe(32)
        self.tickets[word] = now + TICKET
        return word

    def redeem(self, word: str) -> str | None:
        """The key for the owner's cookie, for the word that was printed at the start or a ticket; None for anything else."""
        known = secrets.compare_digest(word.encode(), self.start.encode()) or self.tickets.pop(word, 0.0) > time.time()
        return self.ballots.owner.sign_in() if known else None
