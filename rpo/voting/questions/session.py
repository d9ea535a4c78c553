"""What one rater can do with a panel's cross-prompt questions: see the next one, answer, take back, skip, see how far they are.

As with pairs (`rpo.voting.session`), a click carries the showing and the revision that it answers, and nothing that leaves here
says which answer is the chosen one.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from rpo.errors import RpoError
from rpo.voting import panels
from rpo.voting.assignment import Seat, showing
from rpo.voting.database.folded import RaterProgress
from rpo.voting.database.schema import PANELS, QUESTION_EVENTS, QUESTIONS_SHOWN
from rpo.voting.database.transactions import Database
from rpo.voting.events import Desk, Presentation, VoteContent
from rpo.voting.questions.storing import question_desks, questions_of
from rpo.voting.questions.types import CrossQuestion
from rpo.voting.session import Ballot
from rpo.voting.types import Act

ELSEWHERE = "this question has been answered in another tab meanwhile; that answer is kept. Undo it to change it"


@dataclass(frozen=True)
class QuestionBallot(Ballot):
    """One question as a rater sees it: `prompt` is the left answer's, `right_prompt` the right one's."""

    right_prompt: str = ""


class QuestionSession:
    """One rater's place to answer."""

    def __init__(self, database: Database, seat: Seat) -> None:
        self.database, self.seat = database, seat

    def next(self) -> QuestionBallot | None:
        """The next question without an answer, or None when all are done or none is asked; skipped ones come last."""
        self._take_seat()
        with self.database.reading() as connection:
            desk = self._desk(connection)
        if not desk.waiting:
            return None
        place = desk.waiting[0]
        if place.shown_at is None:
            mine, unseen = self._mine(QUESTIONS_SHOWN), QUESTIONS_SHOWN.c.shown_at.is_(None)
            first = mine & unseen & (QUESTIONS_SHOWN.c.question == place.pair)
            with self.database.writing() as connection:
                connection.execute(update(QUESTIONS_SHOWN).where(first).values(shown_at=time.time()))
        return self._ballot(desk, place, len(desk.done) + 1)

    def say(self, ballot: Ballot, word: VoteContent) -> None:
        """Store an answer; the same click again changes nothing, and a ballot answered otherwise meanwhile is refused."""
        if word.tags or word.marked or word.strength or word.second:
            raise RpoError("an answer must be a choice and a reason, got more than this question asks; reload the page")
        self._act(ballot, Act.VOTE, word)

    def skip(self, ballot: Ballot) -> None:
        """Put this question at the end."""
        self._act(ballot, Act.SKIP)

    def undo(self, last_event: int | None = None) -> QuestionBallot | None:
        """Take the last answer back and return its question; None where there is none, or more happened since `last_event`."""
        with self.database.reading() as connection:
            desk = self._desk(connection)
        if not desk.done or last_event not in (None, desk.last_event):
            return None
        last = self._ballot(desk, desk.done[-1], len(desk.done))
        self._act(last, Act.UNDO)
        return replace(last, revision=last.revision + 1)

    def progress(self) -> RaterProgress:
        """How many questions have an answer, of how many, and how long the rest will take."""
        self._take_seat()
        with self.database.reading() as connection:
            desk = self._desk(connection)
        skipped = sum(bool(desk.state(place).skipped) for place in desk.waiting)
        left = desk.pace * len(desk.waiting) if desk.pace is not None and desk.waiting else None
        return RaterProgress(len(desk.done), len(desk.showings), skipped, left, desk.last_event)

    def _ballot(self, desk: Desk, place: Presentation, number: int) -> QuestionBallot:
        with self.database.reading() as connection:
            asked = questions_of(connection, self.seat.panel)[place.pair]
        (prompt, left), (right_prompt, right) = _in_order(asked, place.candidate_left)
        about = prompt, left, right, desk.state(place).revision, number, len(desk.showings)
        return QuestionBallot(self.seat.panel, self.seat.rater, place.showing, *about, right_prompt=right_prompt)

    def _act(self, ballot: Ballot, act: Act, word: VoteContent | None = None) -> None:
        if (ballot.panel, ballot.rater) != (self.seat.panel, self.seat.rater):
            raise RpoError(f"a question must be the rater's own, got one of {ballot.rater}; ask for the next one")
        said = {
            "act": str(act),
            "choice": word and str(word.choice),
            "both_bad": bool(word and word.both_bad),
            "reason": word.reason if word else "",
        }
        with self.database.reading() as connection:
            question = self._asked_by(connection, ballot)
        about = {"panel": ballot.panel, "rater": ballot.rater, "question": question, "revision": ballot.revision}
        try:
            with self.database.writing() as connection:
                connection.execute(insert(QUESTION_EVENTS).values(**about, **said, time=time.time()))
        except IntegrityError:
            self._settle(about, said)

    def _settle(self, about: dict[str, Any], said: dict[str, Any]) -> None:
        """The question was answered before: fine if by the same click, else say so."""
        same = self._mine(QUESTION_EVENTS)
        for name in ("question", "revision"):
            same &= QUESTION_EVENTS.c[name] == about[name]
        with self.database.reading() as connection:
            stored = connection.execute(select(QUESTION_EVENTS).where(same)).mappings().one()
        if any(stored[name] != value for name, value in said.items()):
            raise RpoError(ELSEWHERE)

    def _asked_by(self, connection: Connection, ballot: Ballot) -> str:
        mine = self._mine(QUESTIONS_SHOWN) & (QUESTIONS_SHOWN.c.showing == ballot.showing)
        found = connection.execute(select(QUESTIONS_SHOWN.c.question).where(mine)).scalar()
        if found is None:
            raise RpoError(f"a question must be one that {ballot.rater} was shown, this one was not; ask for the next one")
        return found

    def _take_seat(self) -> None:
        """The rater's order and sides are drawn and stored if they are new here; another tab's draw is the same but for names."""
        with self.database.reading() as connection:
            seated = connection.execute(select(QUESTIONS_SHOWN.c.place).where(self._mine(QUESTIONS_SHOWN)).limit(1)).first()
            drawn = [] if seated else _laid_out(connection, self.seat)
        if drawn:
            try:
                with self.database.writing() as connection:
                    connection.execute(insert(QUESTIONS_SHOWN), drawn)
            except IntegrityError:
                return

    def _desk(self, connection: Connection) -> Desk:
        return question_desks(connection, self.seat.panel, self.seat.rater).get(self.seat.rater, Desk())

    def _mine(self, table: Any) -> Any:
        return (table.c.panel == self.seat.panel) & (table.c.rater == self.seat.rater)


def _laid_out(connection: Connection, seat: Seat) -> list[dict[str, Any]]:
    """All questions of the panel in an order of the rater's own; of half of them the chosen answer stands left."""
    panel = panels.one(connection, seat.panel)
    if panel.raters and seat.rater not in panel.raters:
        raise RpoError(f"this panel is for the raters it names, {seat.rater} is none of them; ask its owner")
    secret = connection.execute(select(PANELS.c.secret).where(PANELS.c.id == panel.id)).scalar_one()
    asked = list(questions_of(connection, panel.id))
    chance = random.Random(f"{secret}/{seat.rater}/questions")
    order, sides = chance.sample(asked, len(asked)), _balanced(len(asked), chance)
    about = {"panel": seat.panel, "rater": seat.rater, "shown_at": None}
    return [
        {**about, "question": one, "showing": showing(), "place": place, "chosen_left": left}
        for place, (one, left) in enumerate(zip(order, sides, strict=True))
    ]


def _balanced(count: int, chance: random.Random) -> Sequence[bool]:
    """Half true, half false, in an order of chance; of an odd number chance decides which are one more."""
    odd = chance.random() < 0.5
    return chance.sample([bool(place % 2) != odd for place in range(count)], count)


def _in_order(asked: CrossQuestion, chosen_left: bool) -> tuple[tuple[str, str], tuple[str, str]]:
    """Prompt and answer of the left side, then of the right one."""
    chosen, rejected = (asked.chosen_prompt, asked.chosen), (asked.rejected_prompt, asked.rejected)
    return (chosen, rejected) if chosen_left else (rejected, chosen)
