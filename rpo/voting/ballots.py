"""Panels and their votes in a database: SQLite by default, PostgreSQL by URL.

A rater's order and sides are drawn, balanced and stored before the first pair is shown. Votes are append-only events with a
revision: a click carries the revision it answers, so a second one, or one from another tab, is harmless. What is acknowledged
is committed (SQLite: WAL, synchronous FULL). Nothing here computes results: see `standings`.
"""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from rpo import home
from rpo.errors import RpoError
from rpo.voting.comparison import Choice, Comparison, Vote
from rpo.voting.tables import COMPARISONS, EVENTS, PANELS, SHOWN, migrate

BUSY = 10_000  # milliseconds a writer waits for another


@dataclass(frozen=True)
class Panel:
    """A set of comparisons between two authors, and what raters are asked to look for."""

    id: str
    name: str
    baseline: str
    candidate: str
    rubric: str
    created: float
    comparisons: int
    same: int


@dataclass(frozen=True)
class Ballot:
    """One pair as a rater sees it: no author in it. `revision` is the one a vote on it will get; `number` counts from 1."""

    panel: str
    rater: str
    comparison: str
    prompt: str
    left: str
    right: str
    revision: int
    number: int
    total: int


@dataclass(frozen=True)
class Progress:
    """How far a rater is."""

    done: int
    total: int


class Ballots:
    """The votes database."""

    def __init__(self, url: str | None = None) -> None:
        self.engine = _engine(url or f"sqlite:///{home.folder('votes') / 'votes.db'}")
        with self._writing() as connection:
            migrate(connection)

    def make_panel(self, name: str, comparisons: Sequence[Comparison], rubric: str = "") -> str:
        """Store a panel; the first answer of each comparison is the baseline's, the second the candidate's. Returns its id."""
        distinct = list({comparison.id: comparison for comparison in comparisons}.values())
        authors = {(comparison.first.author, comparison.second.author) for comparison in distinct}
        if not name.strip() or len(authors) != 1:
            raise RpoError(f"a panel needs a name and comparisons of one baseline with one candidate, got {len(authors)} couples")
        ((baseline, candidate),) = authors
        panel = home.digest(name, str(time.time_ns()))
        rows = [
            {
                "panel": panel,
                "id": one.id,
                "position": position,
                "prompt": one.prompt,
                "slice": one.slice,
                "baseline": one.first.text,
                "candidate": one.second.text,
                "same": one.same,
            }
            for position, one in enumerate(distinct)
        ]
        record = {"name": name.strip(), "baseline": baseline, "candidate": candidate, "rubric": rubric.strip()}
        with self._writing() as connection:
            connection.execute(insert(PANELS).values(id=panel, created=time.time(), **record))
            connection.execute(insert(COMPARISONS), rows)
        return panel

    def panels(self) -> tuple[Panel, ...]:
        """All panels, the newest first."""
        counts = (
            select(COMPARISONS.c.panel, func.count().label("all"), func.count().filter(COMPARISONS.c.same).label("same"))
            .group_by(COMPARISONS.c.panel)
            .subquery()
        )
        query = select(PANELS, counts.c.all, counts.c.same).join(counts, counts.c.panel == PANELS.c.id)
        with self._reading() as connection:
            return tuple(Panel(*row) for row in connection.execute(query.order_by(PANELS.c.created.desc())))

    def next_ballot(self, panel: str, rater: str) -> Ballot | None:
        """The rater's next pair without a vote, or None when all are done."""
        rater = rater_name(rater)
        self._seat(panel, rater)
        with self._reading() as connection:
            done = self._current(connection, panel, rater)
            rows = list(connection.execute(_order(panel, rater)))
            waiting = [row for row in rows if row.comparison not in done]
            return _ballot(connection, waiting[0], len(done) + 1, len(rows)) if waiting else None

    def cast(self, ballot: Ballot, choice: Choice, both_bad: bool = False) -> None:
        """Store a vote on this ballot. The same click again changes nothing; a ballot answered otherwise meanwhile is refused."""
        choice = Choice(choice)
        if both_bad and choice is not Choice.TIE:
            raise RpoError(f"both bad goes with a tie, got {choice}; vote for the better one instead")
        try:
            self._append(ballot, choice, both_bad)
        except IntegrityError:
            self._settle(ballot, choice, both_bad)

    def undo(self, panel: str, rater: str) -> Ballot | None:
        """Take the rater's last vote back and return its pair, open again; None when there is nothing to take back."""
        rater = rater_name(rater)
        with self._writing() as connection:
            done = self._current(connection, panel, rater)
            if not done:
                return None
            last = max(done.values(), key=lambda row: row.number)
            record = {"panel": panel, "rater": rater, "comparison": last.comparison, "revision": last.revision + 1}
            connection.execute(insert(EVENTS).values(**record, choice=None, both_bad=False, time=time.time()))
            rows = list(connection.execute(_order(panel, rater)))
            place = next(row for row in rows if row.comparison == last.comparison)
            return _ballot(connection, place, len(done), len(rows))

    def skip(self, ballot: Ballot) -> None:
        """Put this pair at the end of the rater's order."""
        mine = (SHOWN.c.panel == ballot.panel) & (SHOWN.c.rater == ballot.rater)
        with self._writing() as connection:
            last = connection.execute(select(func.max(SHOWN.c.place)).where(mine)).scalar_one()
            connection.execute(update(SHOWN).where(mine & (SHOWN.c.comparison == ballot.comparison)).values(place=last + 1))

    def progress(self, panel: str, rater: str) -> Progress:
        """How many pairs the rater has voted on, of how many."""
        rater = rater_name(rater)
        self._seat(panel, rater)
        with self._reading() as connection:
            return Progress(len(self._current(connection, panel, rater)), len(list(connection.execute(_order(panel, rater)))))

    def votes(self, panel: str) -> tuple[Vote, ...]:
        """The current vote of each rater on each comparison, with authors: for the owner's eyes."""
        about = next((one for one in self.panels() if one.id == panel), None)
        if about is None:
            raise RpoError(f"there must be a panel {panel!r}, there is none; choose another")
        query = (
            select(COMPARISONS.c.prompt, COMPARISONS.c.slice, SHOWN.c.candidate_left, SHOWN.c.rater, SHOWN.c.comparison)
            .join(SHOWN, (SHOWN.c.panel == COMPARISONS.c.panel) & (SHOWN.c.comparison == COMPARISONS.c.id))
            .where(SHOWN.c.panel == panel)
        )
        with self._reading() as connection:
            places = {(row.rater, row.comparison): row for row in connection.execute(query)}
            raters = {rater for rater, _ in places}
            cast = [row for rater in sorted(raters) for row in self._current(connection, panel, rater).values()]
        return tuple(_vote(row, places[row.rater, row.comparison], about) for row in sorted(cast, key=lambda row: row.number))

    def _append(self, ballot: Ballot, choice: Choice, both_bad: bool) -> None:
        record = {"panel": ballot.panel, "rater": ballot.rater, "comparison": ballot.comparison, "revision": ballot.revision}
        with self._writing() as connection:
            connection.execute(insert(EVENTS).values(**record, choice=str(choice), both_bad=both_bad, time=time.time()))

    def _settle(self, ballot: Ballot, choice: Choice, both_bad: bool) -> None:
        """The ballot was answered before: fine if by the same click, else say so."""
        same = (EVENTS.c.panel == ballot.panel) & (EVENTS.c.rater == ballot.rater) & (EVENTS.c.comparison == ballot.comparison)
        with self._reading() as connection:
            stored = connection.execute(select(EVENTS).where(same & (EVENTS.c.revision == ballot.revision))).one()
        if (stored.choice, stored.both_bad) != (str(choice), both_bad):
            raise RpoError("this pair has been answered in another tab meanwhile; that vote is kept. Undo it to change it")

    def _current(self, connection: Connection, panel: str, rater: str) -> dict[str, Any]:
        """The latest event of each comparison of this rater, where it is a vote."""
        query = select(EVENTS).where((EVENTS.c.panel == panel) & (EVENTS.c.rater == rater)).order_by(EVENTS.c.revision)
        latest = {row.comparison: row for row in connection.execute(query)}
        return {comparison: row for comparison, row in latest.items() if row.choice is not None}

    def _seat(self, panel: str, rater: str) -> None:
        """Draw the rater's order and sides, half of them swapped, before anything is shown."""
        with self._reading() as connection:
            if connection.execute(_order(panel, rater).limit(1)).first():
                return
            wanted = (COMPARISONS.c.panel == panel) & ~COMPARISONS.c.same
            ids = list(connection.execute(select(COMPARISONS.c.id).where(wanted).order_by(COMPARISONS.c.position)).scalars())
        if not ids:
            return
        draw = random.Random(f"{panel}/{rater}")
        draw.shuffle(ids)
        sides = [place % 2 == 0 for place in range(len(ids))]
        draw.shuffle(sides)
        rows = [
            {"panel": panel, "rater": rater, "comparison": one, "place": place, "candidate_left": left}
            for place, (one, left) in enumerate(zip(ids, sides, strict=True))
        ]
        try:
            with self._writing() as connection:
                connection.execute(insert(SHOWN), rows)
        except IntegrityError:
            return  # another tab of this rater was first; its draw is the same

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _in_words(), self.engine.connect().execution_options(writing=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _in_words(), self.engine.connect() as connection:
            yield connection


def rater_name(name: str) -> str:
    """A rater's name, trimmed; 1 to 40 printable characters."""
    trimmed = " ".join(name.split())
    if not (1 <= len(trimmed) <= 40 and trimmed.isprintable()):
        raise RpoError(f"a rater's name must have 1 to 40 printable characters, got {len(trimmed)}; choose another")
    return trimmed


def _order(panel: str, rater: str) -> Any:
    return select(SHOWN).where((SHOWN.c.panel == panel) & (SHOWN.c.rater == rater)).order_by(SHOWN.c.place)


def _ballot(connection: Connection, place: Any, number: int, total: int) -> Ballot:
    mine = (EVENTS.c.panel == place.panel) & (EVENTS.c.rater == place.rater) & (EVENTS.c.comparison == place.comparison)
    revision = connection.execute(select(func.count()).select_from(EVENTS).where(mine)).scalar_one()
    pair = connection.execute(
        select(COMPARISONS).where((COMPARISONS.c.panel == place.panel) & (COMPARISONS.c.id == place.comparison))
    ).one()
    sides = (pair.candidate, pair.baseline) if place.candidate_left else (pair.baseline, pair.candidate)
    return Ballot(place.panel, place.rater, place.comparison, pair.prompt, *sides, revision, number, total)


def _vote(row: Any, place: Any, panel: Panel) -> Vote:
    sides = (panel.candidate, panel.baseline) if place.candidate_left else (panel.baseline, panel.candidate)
    return Vote(
        row.comparison, place.prompt, place.slice, row.rater, Choice(row.choice), row.both_bad, *sides, row.revision, row.time
    )


def _engine(url: str) -> Engine:
    try:
        engine = create_engine(url)
    except (SQLAlchemyError, ImportError) as error:
        raise RpoError(f"the votes database must be a SQLite or PostgreSQL URL, got {url!r} ({error})") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY}"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", error)).splitlines()[0]
        raise RpoError(f"the votes database did not answer ({cause}); nothing was stored, try again in a moment") from error
