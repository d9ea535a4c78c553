"""The cross-prompt questions of a votes database: what panels ask, who answers, and what."""

import csv
import io

import orjson

from rpo.voting.assignment import Seat
from rpo.voting.database.transactions import Database
from rpo.voting.questions.session import QuestionSession
from rpo.voting.questions.storing import answers_of, panels_asking, question_desks, questions_of
from rpo.voting.questions.types import AskedOf, CrossAnswer, CrossQuestion


class Questions:
    """The questions in one database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def of(self, panel: str) -> tuple[CrossQuestion, ...]:
        """What a panel asks, in its order; empty where it asks none."""
        with self.database.reading() as connection:
            return tuple(questions_of(connection, panel).values())

    def session(self, seat: Seat) -> QuestionSession:
        """Where this rater answers."""
        return QuestionSession(self.database, seat)

    def answers(self, panel: str) -> tuple[CrossAnswer, ...]:
        """What raters say now of a panel's questions."""
        with self.database.reading() as connection:
            return answers_of(connection, panel)

    def answers_on(self, of: AskedOf) -> tuple[CrossAnswer, ...]:
        """What raters say now of a data set by an encoder, at all panels."""
        with self.database.reading() as connection:
            return tuple(one for panel in panels_asking(connection, of) for one in answers_of(connection, panel))

    def asked_on(self, of: AskedOf) -> tuple[CrossQuestion, ...]:
        """What all panels ask of a data set by an encoder, each question once."""
        with self.database.reading() as connection:
            found = [questions_of(connection, panel) for panel in panels_asking(connection, of)]
        return tuple({name: one for panel in found for name, one in panel.items() if one.of == of}.values())

    def turnout(self, panel: str) -> dict[str, int]:
        """How many questions each rater has answered who has come to them, by name."""
        with self.database.reading() as connection:
            return {rater: len(desk.done) for rater, desk in question_desks(connection, panel).items()}

    def jsonl(self, panel: str) -> bytes:
        """The answers, one a line."""
        return b"".join(orjson.dumps(_row(one), option=orjson.OPT_APPEND_NEWLINE) for one in self.answers(panel))

    def csv(self, panel: str) -> bytes:
        """The answers as CSV in UTF-8."""
        found, text = [_row(one) for one in self.answers(panel)], io.StringIO(newline="")
        writer = csv.DictWriter(text, list(found[0]) if found else ["question"])
        writer.writeheader()
        writer.writerows(found)
        return text.getvalue().encode()


def _row(one: CrossAnswer) -> dict[str, str | float | bool | None]:
    asked = one.question
    return {
        "question": asked.id,
        "chosen_prompt": asked.chosen_prompt,
        "chosen": asked.chosen,
        "rejected_prompt": asked.rejected_prompt,
        "rejected": asked.rejected,
        "cosine": asked.cosine,
        "nearness": str(asked.nearness),
        "data": asked.of.data,
        "encoder": asked.of.encoder,
        "reads": str(asked.of.reads),
        "rater": one.rater,
        "choice": str(one.choice),
        "chosen_left": one.chosen_left,
        "held": one.held,
        "both_bad": one.both_bad,
        "reason": one.reason,
        "seconds": one.seconds,
        "time": one.time,
    }
