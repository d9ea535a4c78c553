"""What a judging may spend and has spent. The most that a call can cost is set aside before it is made, so a cap is never passed.

A call whose end nobody knows (killed, cut off, timed out) counts in full. Not a price list: prices are the judge's.
"""

import threading
import time
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Connection, case, func, insert, select, update

from rpo.errors import RpoError
from rpo.judging.cache import keep
from rpo.judging.types import Opinion
from rpo.voting.database import rows
from rpo.voting.database.schema import CALLS
from rpo.voting.database.transactions import Database


@dataclass(frozen=True)
class Spent:
    """Dollars paid, and dollars set aside for calls that are open or ended unseen; `calls` in all."""

    paid: float = 0.0
    open: float = 0.0
    calls: int = 0

    @property
    def total(self) -> float:
        """What the cap looks at."""
        return self.paid + self.open


@dataclass(frozen=True)
class PaidCalls:
    """What calls of one judge cost that were answered: how many, and dollars a call on average."""

    judge: str
    calls: int
    dollars: float

    @property
    def verdict(self) -> float:
        """Dollars a verdict: two calls, one for each order of the answers."""
        return 2 * self.dollars


def paid_calls(database: Database) -> PaidCalls | None:
    """Of the judge that was asked last of those that cost something; None where none did."""
    found = select(CALLS.c.judge, func.count(), func.avg(CALLS.c.paid)).where(CALLS.c.paid > 0)
    with database.reading() as connection:
        rows.check_rows(connection, (CALLS,))
        row = connection.execute(found.group_by(CALLS.c.judge).order_by(func.max(CALLS.c.began).desc())).first()
    return None if row is None else PaidCalls(row[0], int(row[1]), float(row[2]))


class Capped(RpoError):  # noqa: N818 - an agreement kept, not an error
    """The next call could pass the cap, so it was not made."""


class Budget:
    """The money of one judging, for all threads of the process that asks."""

    def __init__(self, database: Database, job: str) -> None:
        self.database, self.job = database, job
        self.mine: set[str] = set()  # calls of this process that are on their way
        self.turn = threading.Condition()
        with database.reading() as connection:
            rows.check_rows(connection, (CALLS,))  # a price that is text would count as nothing

    def spent(self) -> Spent:
        """So far."""
        with self.database.reading() as connection:
            return self._spent(connection)

    def reserve(self, judge: str, question: str, most: float, cap: float) -> str:
        """Set aside what the next call can cost, and return the call's name; `Capped` where that would pass the cap.

        Before it is refused it waits for calls on their way, which mostly cost less than was set aside for them.
        """
        with self.turn:
            while (call := self._reserved(judge, question, most, cap)) is None:
                if not self.mine:
                    before = self.spent()
                    raise Capped(
                        f"the cap is ${cap:.4f}: ${before.total:.4f} is spent or set aside, and the next call can cost "
                        f"${most:.4f}; what was said is kept, raise the cap to go on"
                    )
                self.turn.wait()
            self.mine.add(call)
        return call

    def free(self, call: str) -> None:
        """The call cost nothing."""
        with self.database.writing() as connection:
            connection.execute(update(CALLS).where(CALLS.c.id == call).values(paid=0.0))
        self._ended(call)

    def leave(self, call: str) -> None:
        """Nobody knows what the call cost: what was set aside stays so."""
        self._ended(call)

    def pay(self, call: str, paid: float, judge: str, question: str, opinion: Opinion) -> None:
        """Record what the call cost and what it brought, both or neither."""
        with self.database.writing() as connection:
            connection.execute(update(CALLS).where(CALLS.c.id == call).values(paid=paid))
            keep(connection, judge, question, opinion)
        self._ended(call)

    def _ended(self, call: str) -> None:
        with self.turn:
            self.mine.discard(call)
            self.turn.notify_all()

    def _reserved(self, judge: str, question: str, most: float, cap: float) -> str | None:
        name = uuid4().hex
        about = {"id": name, "job": self.job, "judge": judge, "question": question, "reserved": most, "began": time.time()}
        with self.database.writing() as connection:
            if self._spent(connection).total + most > cap:
                return None
            connection.execute(insert(CALLS).values(**about))
        return name

    def _spent(self, connection: Connection) -> Spent:
        aside = func.sum(case((CALLS.c.paid.is_(None), CALLS.c.reserved), else_=0.0))
        found = select(func.sum(CALLS.c.paid), aside, func.count()).where(CALLS.c.job == self.job)
        paid, left, calls = connection.execute(found).one()
        return Spent(float(paid or 0.0), float(left or 0.0), calls)
