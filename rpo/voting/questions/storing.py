"""Cross-prompt questions in the votes database: which a panel asks, what each rater was shown, and what they answered.

Tables of their own, so that no score, agreement or export of votes can take an answer for a vote.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from rpo.preferences import View
from rpo.voting.database import rows
from rpo.voting.database.rows import ABOUT_QUESTIONS
from rpo.voting.database.schema import QUESTION_EVENTS, QUESTIONS, QUESTIONS_SHOWN
from rpo.voting.events import Desk, Event, Presentation, VoteContent, fold
from rpo.voting.questions.types import AskedOf, CrossAnswer, CrossQuestion, Nearness
from rpo.voting.types import Act, Choice


def store_questions(connection: Connection, panel: str, questions: Sequence[CrossQuestion]) -> None:
    """Keep what a panel asks, in this order."""
    if questions:
        connection.execute(insert(QUESTIONS), [_row(panel, place, one) for place, one in enumerate(questions)])


def questions_of(connection: Connection, panel: str) -> dict[str, CrossQuestion]:
    """The questions of a panel by id, in their order; with which answer is the chosen one, so for the owner's eyes."""
    rows.check_rows(connection, (QUESTIONS,), panel)
    found = connection.execute(select(QUESTIONS).where(QUESTIONS.c.panel == panel).order_by(QUESTIONS.c.position))
    return {row.id: _question(row) for row in found}


def panels_asking(connection: Connection, of: AskedOf) -> list[str]:
    """The panels with questions of this data set by this encoder."""
    same = (QUESTIONS.c.data == of.data) & (QUESTIONS.c.encoder == of.encoder) & (QUESTIONS.c.reads == str(of.reads))
    return list(connection.execute(select(QUESTIONS.c.panel).where(same).distinct()).scalars())


def question_desks(connection: Connection, panel: str, rater: str | None = None) -> dict[str, Desk]:
    """What each rater was shown, or one, and where each question stands, by name; `candidate_left` is the chosen answer's."""
    shown: dict[str, list[Presentation]] = defaultdict(list)
    events: dict[str, list[Event]] = defaultdict(list)
    rows.check_rows(connection, ABOUT_QUESTIONS, panel)
    for row in connection.execute(_of(QUESTIONS_SHOWN, panel, rater).order_by(QUESTIONS_SHOWN.c.place)):
        about = row.question, row.showing, row.question, 0, row.chosen_left, row.place, row.shown_at
        shown[row.rater].append(Presentation(*about))
    for row in connection.execute(_of(QUESTION_EVENTS, panel, rater)):
        word = row.choice and VoteContent(Choice(row.choice), row.both_bad, row.reason)
        events[row.rater].append(Event(row.number, row.question, row.revision, Act(row.act), word, row.time))
    latest = {name: max((event.number for event in events[name]), default=0) for name in shown}
    return {name: Desk(tuple(mine), fold(events[name]), latest[name]) for name, mine in sorted(shown.items())}


def answers_of(connection: Connection, panel: str) -> tuple[CrossAnswer, ...]:
    """What raters say of a panel's questions now, rater by rater in the order it came."""
    asked = questions_of(connection, panel)
    found = []
    for rater, desk in question_desks(connection, panel).items():
        for place in desk.done:
            state = desk.state(place)
            if word := state.word:
                said = word.choice, word.both_bad, word.reason, place.candidate_left, state.time, desk.seconds(place)
                found.append(CrossAnswer(panel, asked[place.pair], rater, *said))
    return tuple(found)


def _of(table: Any, panel: str, rater: str | None) -> Any:
    mine = table.c.panel == panel
    return select(table).where(mine if rater is None else mine & (table.c.rater == rater))


def _question(row: Any) -> CrossQuestion:
    texts = row.chosen_prompt, row.chosen, row.rejected_prompt, row.rejected
    return CrossQuestion(*texts, row.cosine, Nearness(row.nearness), AskedOf(row.data, row.encoder, View(row.reads)))


def _row(panel: str, position: int, one: CrossQuestion) -> dict[str, object]:
    return {
        "panel": panel,
        "id": one.id,
        "position": position,
        "chosen_prompt": one.chosen_prompt,
        "chosen": one.chosen,
        "rejected_prompt": one.rejected_prompt,
        "rejected": one.rejected,
        "cosine": one.cosine,
        "nearness": str(one.nearness),
        "data": one.of.data,
        "encoder": one.of.encoder,
        "reads": str(one.of.reads),
    }
