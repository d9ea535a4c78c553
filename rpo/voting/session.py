"""What one rater can do at one panel: see the next pair, vote, take back, change, skip, see how far they are.

A click carries the showing and the revision it answers, so a second one, or one from another tab, is harmless. A session
belongs to a seat and refuses the ballots of any other. No author, no pair's id and no result is in anything it returns.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from rpo.errors import RpoError
from rpo.voting import panels
from rpo.voting.assignment import Seat, ShownPair, assigned, showings
from rpo.voting.database import folded
from rpo.voting.database.folded import RaterProgress
from rpo.voting.database.schema import COMPARISONS, EVENTS, PANELS, SHOWN
from rpo.voting.database.transactions import Database
from rpo.voting.events import Desk, Presentation, RaterState, VoteContent, rater_states
from rpo.voting.types import Act, Choice

PAUSE = 600.0  # seconds over one pair after which the rater was elsewhere: such a pair counts as one at their usual pace


@dataclass(frozen=True)
class Ballot:
    """One pair as a rater sees it, under the random name of this `showing`. `revision` is the one a vote on it will get.

    `number` counts from 1. An answer is `cut` where a limit of tokens ended it.
    """

    panel: str
    rater: str
    showing: str
    prompt: str
    left: str
    right: str
    revision: int
    number: int
    total: int
    left_cut: bool = False
    right_cut: bool = False


@dataclass(frozen=True)
class EarlierVote:
    """A vote of the rater's own that counts now, and the ballot on which a new vote changes it."""

    ballot: Ballot
    word: VoteContent
    time: float


@dataclass(frozen=True)
class RaterWork:
    """What a rater has done: votes that count, pairs that were skipped at first, seconds over all votes without long pauses."""

    votes: int
    skipped: int
    seconds: float | None


class RaterSession:
    """One rater's place to vote."""

    def __init__(self, database: Database, seat: Seat) -> None:
        self.database, self.seat = database, seat

    def next(self) -> Ballot | None:
        """The next pair without a vote, or None when all are done; skipped pairs come last."""
        self._take_seat()
        with self.database.reading() as connection:
            found = folded.waiting(connection, self.seat)
        if found is None:
            return None
        fresh = found.showing.shown_at is None
        with self.database.writing() if fresh else self.database.reading() as connection:
            if fresh:
                unseen = self._mine(SHOWN) & (SHOWN.c.comparison == found.showing.comparison) & SHOWN.c.shown_at.is_(None)
                connection.execute(update(SHOWN).where(unseen).values(shown_at=time.time()))
            ahead = {found.showing.comparison: RaterState(found.revision)}
            return self._ballots(connection, [found.showing], ahead, found.done + 1, found.total)[0]

    def cast(self, ballot: Ballot, choice: Choice, both_bad: bool = False, reason: str = "", tags: Sequence[str] = ()) -> None:
        """Store a vote on this ballot; on one of `earlier` it is a new revision of that vote, and the old one is kept.

        The same click again changes nothing; a ballot answered otherwise meanwhile is refused.
        """
        self.say(ballot, VoteContent(Choice(choice), both_bad, reason.strip(), tuple(tags)))

    def say(self, ballot: Ballot, word: VoteContent) -> None:
        """Store a vote with all that it says; see `cast`. What the panel does not ask is refused."""
        self._check_asked(word)
        self._act(ballot, Act.VOTE, word)

    def skip(self, ballot: Ballot) -> None:
        """Put this pair at the end of the rater's order, on every device."""
        self._act(ballot, Act.SKIP)

    def undo(self, last_event: int | None = None) -> Ballot | None:
        """Take the rater's last vote back and return its pair, open again; None when there is nothing to take back.

        With the `last_event` of the `progress` that the rater saw, the same click again takes nothing more back.
        """
        try:
            with self.database.writing() as connection:
                desk = self._desk(connection)
                if not desk.done or last_event not in (None, desk.last_event):
                    return None
                (last,) = self._ballots(connection, desk.done[-1:], desk.states, len(desk.done), len(desk.showings))
                _store(connection, last, event_columns(Act.UNDO))
        except IntegrityError:
            return None  # another tab took it back at the same instant
        return replace(last, revision=last.revision + 1)

    def earlier(self) -> tuple[EarlierVote, ...]:
        """The rater's own votes, the latest first; of a pair that came twice the later vote alone, so that none looks twice."""
        with self.database.reading() as connection:
            desk = self._desk(connection)
            ballots = self._ballots(connection, desk.done, desk.states, 1, len(desk.showings))
        latest = {place.pair: place for place in desk.done}
        own = [(ballot, desk.state(one)) for ballot, one in zip(ballots, desk.done, strict=True) if latest[one.pair] is one]
        return tuple(EarlierVote(ballot, state.word, state.time) for ballot, state in own if state.word)[::-1]

    def progress(self) -> RaterProgress:
        """How many pairs the rater has voted on, of how many, and how long the rest will take at their pace."""
        self._take_seat()
        with self.database.reading() as connection:
            return folded.progress(connection, self.seat.panel, self.seat.rater).get(self.seat.rater, RaterProgress(0, 0))

    def work(self) -> RaterWork:
        """What the rater has done up to now."""
        with self.database.reading() as connection:
            desk = self._desk(connection)
            skips = self._mine(EVENTS) & (EVENTS.c.act == str(Act.SKIP))
            skipped = connection.execute(select(func.count(EVENTS.c.comparison.distinct())).where(skips)).scalar_one()
        took = [seconds for place in desk.done if (seconds := desk.seconds(place)) is not None]
        pace = desk.pace or 0.0
        return RaterWork(
            len(desk.done), skipped, sum(one if one <= PAUSE else min(pace, PAUSE) for one in took) if took else None
        )

    def _act(self, ballot: Ballot, act: Act, word: VoteContent | None = None) -> None:
        if (ballot.panel, ballot.rater) != (self.seat.panel, self.seat.rater):
            raise RpoError(f"a ballot must be the rater's own, got one of {ballot.rater}; ask for the next pair")
        said = event_columns(act, word)
        try:
            with self.database.writing() as connection:
                _store(connection, ballot, said)
        except IntegrityError:
            self._settle(ballot, said)

    def _settle(self, ballot: Ballot, wanted: dict[str, Any]) -> None:
        """The ballot was answered before: fine if by the same click, else say so."""
        with self.database.reading() as connection:
            same = (
                self._mine(EVENTS) & (EVENTS.c.comparison == _shown(connection, ballot)) & (EVENTS.c.revision == ballot.revision)
            )
            stored = connection.execute(select(EVENTS).where(same)).one()._mapping
        if any(stored[name] != value for name, value in wanted.items()):
            raise RpoError("this pair has been answered in another tab meanwhile; that vote is kept. Undo it to change it")

    def _check_asked(self, word: VoteContent) -> None:
        if not (word.tags or word.marked or word.strength or word.second):
            return
        with self.database.reading() as connection:
            asked = connection.execute(select(PANELS).where(PANELS.c.id == self.seat.panel)).one()
        if not set(word.tags) <= set(asked.tags):
            offered = ", ".join(asked.tags) or "none"
            raise RpoError(f"tags must be of those offered ({offered}), got {', '.join(word.tags)}; leave them out")
        beyond = {"marked differences": word.marked and not asked.differences, "a strength": word.strength and not asked.strength}
        beyond["an answer to a second question"] = word.second and not asked.second_rubric
        for name, given in beyond.items():
            if given:
                raise RpoError(f"a vote must say what its panel asks, got {name}, which it does not ask; reload the page")

    def _take_seat(self) -> None:
        """The rater's pairs, order and sides are drawn and stored if they are new here."""
        with self.database.reading() as connection:
            seated = connection.execute(select(SHOWN.c.place).where(self._mine(SHOWN)).limit(1)).first() is not None
        if not seated:
            self._sit()

    def _sit(self) -> None:
        with self.database.reading() as connection:
            mine = dealt(connection, self.seat)
        if not mine:
            return
        try:
            with self.database.writing() as connection:
                connection.execute(insert(SHOWN), mine)
        except IntegrityError:
            return  # another tab of this rater was first; its draw is the same but for the showings' names

    def _desk(self, connection: Connection) -> Desk:
        return rater_states(connection, self.seat.panel, self.seat.rater).get(self.seat.rater, Desk())

    def _mine(self, table: Any) -> Any:
        return (table.c.panel == self.seat.panel) & (table.c.rater == self.seat.rater)

    def _ballots(
        self, connection: Connection, wanted: Sequence[Presentation], states: Mapping[str, RaterState], number: int, total: int
    ) -> list[Ballot]:
        """These showings as ballots, numbered from `number` of `total`."""
        where = (COMPARISONS.c.panel == self.seat.panel) & COMPARISONS.c.id.in_([place.pair for place in wanted])
        pairs = {row.id: row for row in connection.execute(select(COMPARISONS).where(where))}
        return [
            Ballot(
                self.seat.panel,
                self.seat.rater,
                place.showing,
                pairs[place.pair].prompt,
                *_sides(pairs[place.pair], place),
                states[place.comparison].revision,
                count,
                total,
                *_cuts(pairs[place.pair], place),
            )
            for count, place in enumerate(wanted, number)
        ]


def dealt(connection: Connection, seat: Seat) -> list[dict[str, Any]]:
    """All showings of a rater in their order, as rows to be stored, drawn from the panel's secret."""
    panel = panels.one(connection, seat.panel)
    judged = (COMPARISONS.c.panel == panel.id) & (COMPARISONS.c.verdict == "")
    order = select(COMPARISONS).where(judged).order_by(COMPARISONS.c.slice, COMPARISONS.c.position)
    pairs = [ShownPair(row.id, row.candidate < row.baseline) for row in connection.execute(order)]
    secret = connection.execute(select(PANELS.c.secret).where(PANELS.c.id == panel.id)).scalar_one()
    if panel.raters and seat.rater not in panel.raters:
        raise RpoError(f"this panel is for the raters it names, {seat.rater} is none of them; ask its owner")
    mine = assigned(seat, secret, pairs, panel.raters, panel.overlap)
    return showings(seat, secret, mine, panel.repeats) if mine else []


def _sides(pair: Any, place: Presentation) -> tuple[str, str]:
    return (pair.candidate, pair.baseline) if place.candidate_left else (pair.baseline, pair.candidate)


def _cuts(pair: Any, place: Presentation) -> tuple[bool, bool]:
    cuts = pair.candidate_cut, pair.baseline_cut
    return cuts if place.candidate_left else cuts[::-1]


def event_columns(act: Act, word: VoteContent | None = None) -> dict[str, Any]:
    """What is stored of an act: its columns among the events."""
    said = asdict(word) if word else {**asdict(VoteContent(Choice.TIE)), "choice": None}
    said |= {name: said[name] and str(said[name]) for name in ("choice", "strength", "second")}
    return {"act": str(act), **said, "tags": list(said["tags"])}


def _store(connection: Connection, ballot: Ballot, said: dict[str, Any]) -> None:
    about = {"panel": ballot.panel, "rater": ballot.rater, "revision": ballot.revision}
    connection.execute(insert(EVENTS).values(**about, **said, comparison=_shown(connection, ballot), time=time.time()))


def _shown(connection: Connection, ballot: Ballot) -> str:
    """What the events call the showing of this ballot."""
    mine = (SHOWN.c.panel == ballot.panel) & (SHOWN.c.rater == ballot.rater) & (SHOWN.c.showing == ballot.showing)
    found = connection.execute(select(SHOWN.c.comparison).where(mine)).scalar()
    if found is None:
        raise RpoError(f"a ballot must be of a pair that was shown to {ballot.rater}, this one was not; ask for the next pair")
    return found
