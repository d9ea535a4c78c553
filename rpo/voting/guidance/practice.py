"""Pairs that raters practise on before they vote, with the organiser's answer and reason. No event is ever stored of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.voting.database import rows
from rpo.voting.database.schema import PRACTICE
from rpo.voting.events import VoteContent
from rpo.voting.types import Choice, verdict_on

MOST_PRACTICE = 5
ORGANISER_SAYS = {
    "A": (Choice.LEFT, False),
    "B": (Choice.RIGHT, False),
    "tie": (Choice.TIE, False),
    "both bad": (Choice.TIE, True),
}
"""What an organiser can say of a practice pair, and what it means as a vote: its choice, and whether both are bad."""


@dataclass(frozen=True)
class PracticePair:
    """A prompt, two answers as every rater sees them, and what the organiser says of them. No author is known here."""

    prompt: str
    left: str
    right: str
    organiser: VoteContent

    def __post_init__(self) -> None:
        if not self.prompt.strip() or verdict_on(self.left, self.right) is not None:
            raise RpoError("a practice pair must have a prompt and two answers that differ, got one without; complete it")

    @property
    def row(self) -> dict[str, str]:
        """As a row that `practice_from_rows` reads."""
        word = self.organiser
        better = next(name for name, said in ORGANISER_SAYS.items() if said == (word.choice, word.both_bad))
        return {"prompt": self.prompt, "A": self.left, "B": self.right, "better": better, "reason": word.reason}


def check_practice(pairs: Sequence[PracticePair]) -> None:
    """An `RpoError` for more practice pairs than raters have patience for."""
    if len(pairs) > MOST_PRACTICE:
        raise RpoError(f"a panel must have at most {quantity(MOST_PRACTICE, 'practice pair')}, got {len(pairs)}; take some away")


def practice_from_rows(given: Iterable[Mapping[str, Any]]) -> tuple[PracticePair, ...]:
    """Practice pairs from rows with prompt, A, B, better (one of `ORGANISER_SAYS`) and reason.

    A row of which nobody said what is better, or why, is left out; one that lacks something is named by its number.
    """
    made = list[PracticePair]()
    for number, row in enumerate(given, 1):
        said = {name: str(row.get(name) or "").strip() for name in ("prompt", "A", "B", "better", "reason")}
        if not (said["better"] or said["reason"]):
            continue
        if said["better"] not in ORGANISER_SAYS:
            known = ", ".join(ORGANISER_SAYS)
            raise RpoError(f"practice pair {number}: better must be one of {known}, got {said['better']!r}; choose one")
        try:
            organiser = VoteContent(*ORGANISER_SAYS[said["better"]], said["reason"])
            made.append(PracticePair(said["prompt"], said["A"], said["B"], organiser))
        except RpoError as error:
            raise RpoError(f"practice pair {number}: {error}") from error
    return tuple(made)


def store(connection: Connection, panel: str, pairs: Sequence[PracticePair]) -> None:
    """Keep the practice pairs of a new panel."""
    made = [
        {
            "panel": panel,
            "place": place,
            "prompt": one.prompt,
            "left_answer": one.left,
            "right_answer": one.right,
            "choice": str(one.organiser.choice),
            "both_bad": one.organiser.both_bad,
            "reason": one.organiser.reason,
        }
        for place, one in enumerate(pairs)
    ]
    if made:
        connection.execute(insert(PRACTICE), made)


def of(connection: Connection, panel: str) -> tuple[PracticePair, ...]:
    """The panel's practice pairs in their order."""
    rows.check_rows(connection, (PRACTICE,), panel)
    found = connection.execute(select(PRACTICE).where(PRACTICE.c.panel == panel).order_by(PRACTICE.c.place))
    return tuple(
        PracticePair(row.prompt, row.left_answer, row.right_answer, VoteContent(Choice(row.choice), row.both_bad, row.reason))
        for row in found
    )
