"""What judges have said, kept beside the votes: asked once, known for good, by every run and every panel that asks it again.

An opinion is found by its judge and by the prompt and both answers in their order. Not what it means (see `rulings`), and not
what it cost (see `budget`).
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from rpo.judging.judges import Known, from_record, to_record
from rpo.judging.types import Opinion, Outcome
from rpo.voting.database import rows
from rpo.voting.database.schema import JUDGES, OPINIONS
from rpo.voting.database.transactions import Database

MANY = 500  # keys in one query


class JudgementCache:
    """The judges and opinions in a votes database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def know(self, judge: Known) -> None:
        """Keep who this judge is, so that its opinions can be read by name."""
        try:
            with self.database.writing() as connection:
                about = {"id": judge.id, "record": to_record(judge), "created": time.time()}
                connection.execute(insert(JUDGES).values(**about))
        except IntegrityError:
            return  # known already

    def judges(self) -> tuple[Known, ...]:
        """All judges, the newest first."""
        with self.database.reading() as connection:
            rows.check_rows(connection, (JUDGES,))
            found = connection.execute(select(JUDGES).order_by(JUDGES.c.created.desc()))
            return tuple(from_record(row.record) for row in found)

    def said(self, judge: str, questions: Sequence[str]) -> dict[str, Opinion]:
        """What this judge has said to the questions of these keys, where it has."""
        found: dict[str, Opinion] = {}
        with self.database.reading() as connection:
            rows.check_rows(connection, (OPINIONS,))
            for start in range(0, len(questions), MANY):
                asked = OPINIONS.c.question.in_(questions[start : start + MANY])
                for row in connection.execute(select(OPINIONS).where((OPINIONS.c.judge == judge) & asked)):
                    found[row.question] = Opinion(_outcome(row), row.reply, row.tokens_in, row.tokens_out, _preference(row))
        return found

    def asked(self, judge: str, questions: Sequence[str]) -> tuple[float, float] | None:
        """When the first and the last of its opinions on the questions of these keys was kept, Unix seconds; None without any."""
        times: list[float] = []
        with self.database.reading() as connection:
            for start in range(0, len(questions), MANY):
                these = (OPINIONS.c.judge == judge) & OPINIONS.c.question.in_(questions[start : start + MANY])
                times += connection.execute(select(OPINIONS.c.time).where(these)).scalars()
        return (min(times), max(times)) if times else None

    def take(self, judge: str, opinions: Iterable[tuple[str, Opinion]]) -> int:
        """Keep opinions that are not known yet, by the question's key; returns how many were new."""
        with self.database.writing() as connection:
            return sum(keep(connection, judge, question, opinion) for question, opinion in opinions)


def _outcome(row: Any) -> Outcome:
    try:
        return Outcome(row.outcome)
    except ValueError:
        raise _edited(row, f"outcome must be one of {', '.join(Outcome)}, got {row.outcome!r}") from None


def _preference(row: Any) -> float | None:
    if row.preference is None or 1 <= row.preference <= 2:
        return row.preference
    raise _edited(row, f"preference must be from 1 to 2, got {row.preference!r}")


def _edited(row: Any, broken: str) -> rows.EditedError:
    return rows.EditedError(
        f"{broken} in the table opinions where judge = {row.judge!r} and question = {row.question!r}; somebody edited the votes "
        "database by hand: restore a copy (`rpo restore`), or delete that row, and it is asked again"
    )


def keep(connection: Connection, judge: str, question: str, opinion: Opinion) -> bool:
    """Write one opinion within the transaction at hand, where none is known; returns whether it was new.

    A known one that lacks its number, as those of an earlier version do, is given it.
    """
    known = (OPINIONS.c.judge == judge) & (OPINIONS.c.question == question)
    there = connection.execute(select(OPINIONS.c.outcome, OPINIONS.c.preference).where(known)).first()
    if there is not None:
        lacks = there.preference is None and opinion.preference is not None and there.outcome == str(opinion.outcome)
        if lacks:
            connection.execute(update(OPINIONS).where(known).values(preference=opinion.preference))
        return lacks
    record = {"outcome": str(opinion.outcome), "reply": opinion.reply, "preference": opinion.preference}
    record |= {"tokens_in": opinion.tokens_in, "tokens_out": opinion.tokens_out, "time": time.time()}
    connection.execute(insert(OPINIONS).values(judge=judge, question=question, **record))
    return True
