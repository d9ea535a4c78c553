"""What happened, in order, and what follows from it: a rater's events folded into where each pair stands.

Events are append-only; nothing else is stored of a vote, so replaying them is how votes are read. Who may write one is decided
in `session`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

from sqlalchemy import Connection, select

from rpo.errors import RpoError
from rpo.voting.database import rows
from rpo.voting.database.schema import EVENTS, SHOWN
from rpo.voting.types import Act, Choice, Strength

LONGEST_REASON = 1000  # characters of a reason


@dataclass(frozen=True)
class VoteContent:
    """What a vote says: a choice, whether both answers are bad all the same, and why, if the rater cares to.

    `marked`: the words that differ were marked. `strength` is of a choice for a side; `second` is the choice on the panel's
    second question.
    """

    choice: Choice
    both_bad: bool = False
    reason: str = ""
    tags: tuple[str, ...] = ()
    marked: bool = False
    strength: Strength | None = None
    second: Choice | None = None

    def __post_init__(self) -> None:
        if self.strength is not None and self.choice is Choice.TIE:
            raise RpoError(f"a strength must go with a better side, got {self.strength!r} with a tie; leave it out")
        if len(self.reason) > LONGEST_REASON:
            raise RpoError(f"a reason must have at most {LONGEST_REASON} characters, got {len(self.reason)}; shorten it")


@dataclass(frozen=True)
class Event:
    """One thing a rater did with one showing; `word` where it is a vote. `time` in Unix seconds."""

    number: int
    comparison: str
    revision: int
    act: Act
    word: VoteContent | None
    time: float


@dataclass(frozen=True)
class RaterState:
    """Where one showing stands: the word that counts, if one does, and the `revision` that the next event will get.

    The word came as event `number`, of revision `cast`, at `time`; the vote that it changed, if it did, came at `first`.
    """

    revision: int = 0
    word: VoteContent | None = None
    cast: int = 0
    number: int = 0
    time: float = 0.0
    first: float = 0.0
    skipped: int = 0

    def after(self, event: Event) -> "RaterState":
        """The state when this has happened too; a skip leaves a vote as it is."""
        revision = event.revision + 1
        if event.act is Act.VOTE:
            first = self.first if self.word else event.time
            return RaterState(revision, event.word, event.revision, event.number, event.time, first)
        if event.act is Act.UNDO:
            return RaterState(revision)
        return replace(self, revision=revision, skipped=0 if self.word else event.number)


@dataclass(frozen=True)
class Presentation:
    """One showing in a rater's order: `comparison` names it among the events, `showing` is all that a rater may see of it."""

    comparison: str
    showing: str
    pair: str
    repeat: int
    candidate_left: bool
    place: int
    shown_at: float | None


@dataclass(frozen=True)
class Desk:
    """All that one rater has before them: their showings in order, and where each stands. `last_event` is its number."""

    showings: tuple[Presentation, ...] = ()
    states: dict[str, RaterState] = field(default_factory=dict)
    last_event: int = 0

    def state(self, place: Presentation) -> RaterState:
        """Where this showing stands."""
        return self.states.get(place.comparison, RaterState())

    @property
    def done(self) -> list[Presentation]:
        """The showings with a vote, in the order the votes came."""
        voted = [place for place in self.showings if self.state(place).word]
        return sorted(voted, key=lambda place: self.state(place).number)

    @property
    def waiting(self) -> list[Presentation]:
        """The showings without a vote, skipped ones last in the order they were skipped."""
        open_ones = [place for place in self.showings if not self.state(place).word]
        return sorted(open_ones, key=lambda place: (self.state(place).skipped, place.place))

    def seconds(self, place: Presentation) -> float | None:
        """From the first display to the vote, where both are known."""
        state = self.state(place)
        return max(0.0, state.first - place.shown_at) if state.word and place.shown_at is not None else None

    @property
    def pace(self) -> float | None:
        """Median seconds a vote."""
        known = [seconds for place in self.done if (seconds := self.seconds(place)) is not None]
        return median(known) if known else None


def fold(events: Iterable[Event]) -> dict[str, RaterState]:
    """Where each showing of one rater stands after these events."""
    states: dict[str, RaterState] = defaultdict(RaterState)
    for event in sorted(events, key=lambda event: event.revision):
        states[event.comparison] = states[event.comparison].after(event)
    return dict(states)


def rater_states(connection: Connection, panel: str, rater: str | None = None) -> dict[str, Desk]:
    """The desks of all raters who have sat down at this panel, or of one, by name."""
    shown: dict[str, list[Presentation]] = defaultdict(list)
    events: dict[str, list[Event]] = defaultdict(list)
    rows.check_rows(connection, (SHOWN, EVENTS), panel, rater)
    for row in connection.execute(_of(SHOWN, panel, rater).order_by(SHOWN.c.place)):
        shown[row.rater].append(_showing(row))
    for row in connection.execute(_of(EVENTS, panel, rater)):
        events[row.rater].append(_event(row))
    return {
        name: Desk(tuple(mine), fold(events[name]), max((event.number for event in events[name]), default=0))
        for name, mine in sorted(shown.items())
    }


def _of(table: Any, panel: str, rater: str | None) -> Any:
    mine = table.c.panel == panel
    return select(table).where(mine if rater is None else mine & (table.c.rater == rater))


def _showing(row: Any) -> Presentation:
    return Presentation(row.comparison, row.showing, row.pair, row.repeat, row.candidate_left, row.place, row.shown_at)


def _event(row: Any) -> Event:
    return Event(row.number, row.comparison, row.revision, Act(row.act), row.choice and _content(row), row.time)


def _content(row: Any) -> VoteContent:
    return VoteContent(
        Choice(row.choice),
        row.both_bad,
        row.reason,
        tuple(row.tags),
        row.marked,
        row.strength and Strength(row.strength),
        row.second and Choice(row.second),
    )
