"""Where each showing of a panel stands, worked out by the database: one row for each, or a few figures for each rater.

It is `events.fold` as a query, and a test holds the two against each other. A rater's click reads few rows this way however many
votes there are: fetching rows one by one, a thread of a busy server waits for its turn at each of them. For all that one rater
has before them, with what was written of each vote, see `events.rater_states`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, String, and_, bindparam, case, cast, func, literal, select

from rpo.voting.assignment import Seat
from rpo.voting.database import rows
from rpo.voting.database.schema import COMPARISONS, EVENTS, SHOWN
from rpo.voting.events import Act, Presentation

SHOWING_KEY = ("panel", "rater", "comparison")
PLACE = ("rater", "comparison", "showing", "pair", "repeat", "candidate_left", "place", "shown_at")
BoundName = BindParameter[str] | str  # of a panel or a rater, now or when the query is put


@dataclass(frozen=True)
class RaterProgress:
    """How far a rater is. `seconds_left` from their own median, once there is one, and None at the end, where no time is left.

    `last_event` is the number of the rater's last event, the one that an undo is asked for.
    """

    done: int
    total: int
    skipped: int = 0
    seconds_left: float | None = None
    last_event: int = 0


@dataclass(frozen=True)
class Waiting:
    """The showing that comes next, the revision that a vote on it will get, and how many of how many have a vote."""

    showing: Presentation
    revision: int
    done: int
    total: int


def progress(connection: Connection, panel: str, rater: str | None = None) -> dict[str, RaterProgress]:
    """How far each rater is who has sat down at this panel, or one of them, by name."""
    rows.check_rows(connection, (SHOWN, EVENTS), panel, rater)
    latest = select(EVENTS.c.rater, func.max(EVENTS.c.number)).where(_of(EVENTS, panel, rater)).group_by(EVENTS.c.rater)
    last_events = dict(connection.execute(latest).tuples().all())
    found = {}
    for row in connection.execute(_counted(rater is not None), {"panel": panel, "rater": rater}):
        left = None if row.pace is None or row.done == row.total else row.pace * (row.total - row.done)
        found[row.rater] = RaterProgress(row.done, row.total, row.skipped, left, last_events.get(row.rater, 0))
    return dict(sorted(found.items()))


def turnout(connection: Connection, panel: str) -> dict[str, tuple[int, int]]:
    """On how many of how many showings each rater has voted who has sat down, by name: what `progress` counts, far quicker."""
    rows.check_rows(connection, (SHOWN, EVENTS), panel)
    ends, alone = _ends(panel, None), SHOWN.c.rater
    voted = select(ends.c.rater, func.count()).where(ends.c.word > func.coalesce(ends.c.undone, -1)).group_by(ends.c.rater)
    done = dict(connection.execute(voted).tuples().all())
    shown = connection.execute(select(alone, func.count()).where(SHOWN.c.panel == panel).group_by(alone).order_by(alone))
    return {name: (done.get(name, 0), total) for name, total in shown.tuples()}


def finished(connection: Connection, panel: str) -> dict[str, float]:
    """When each rater first had a vote on every pair that they have voted on by now, in Unix seconds, by name."""
    voted = (EVENTS.c.panel == panel) & (EVENTS.c.act == Act.VOTE)
    first = select(EVENTS.c.rater, func.min(EVENTS.c.time).label("time")).where(voted)
    each = first.group_by(EVENTS.c.rater, EVENTS.c.comparison).subquery()
    return dict(connection.execute(select(each.c.rater, func.max(each.c.time)).group_by(each.c.rater)).tuples().all())


def waiting(connection: Connection, seat: Seat) -> Waiting | None:
    """What comes next for this rater: showings without a vote in their order, skipped ones last; None where there is none."""
    rows.check_rows(connection, (SHOWN, EVENTS), seat.panel, seat.rater)
    row = connection.execute(_ahead(), {"panel": seat.panel, "rater": seat.rater}).first()
    if row is None:
        return None
    showing = Presentation(row.comparison, row.showing, row.pair, row.repeat, row.candidate_left, row.place, row.shown_at)
    return Waiting(showing, row.revision, row.done, row.total)


@cache
def _ahead() -> Any:
    """The query of `waiting` for :panel and :rater; composed once, as that takes longer than the database's answer."""
    each = standing(bindparam("panel"), bindparam("rater")).subquery()
    counted = select(each, func.count(each.c.number).over().label("done"), func.count().over().label("total")).subquery()
    return select(counted).where(counted.c.number.is_(None)).order_by(counted.c.skipped, counted.c.place).limit(1)


def current_votes(connection: Connection, panel: str) -> Sequence[Any]:
    """The current votes on a panel in the order they came, without what was written of them."""
    each = standing(panel).subquery()
    names = ("rater", "pair", "repeat", "candidate_left", "choice", "both_bad", "number")
    found = select(*(each.c[name] for name in names), _seconds(each)).where(each.c.number.isnot(None)).order_by(each.c.number)
    rows.check_rows(connection, (SHOWN, EVENTS), panel)
    return connection.execute(found).all()


def whole_votes(connection: Connection, panel: str) -> Sequence[Any]:
    """The current votes on a panel in the order they came, with the pair's prompt and all that was said."""
    each = standing(panel).subquery()
    names = ("rater", "pair", "repeat", "candidate_left", "choice", "both_bad", "cast", "time")
    said = (EVENTS.c[name] for name in ("number", "reason", "tags", "marked", "strength", "second"))
    written = (*said, COMPARISONS.c.prompt, COMPARISONS.c.slice)
    voted = EVENTS.join(each, EVENTS.c.number == each.c.number)
    about = voted.join(COMPARISONS, (COMPARISONS.c.panel == panel) & (COMPARISONS.c.id == each.c.pair))
    found = select(*(each.c[name] for name in names), _seconds(each), *written).select_from(about).order_by(EVENTS.c.number)
    rows.check_rows(connection, (SHOWN, EVENTS, COMPARISONS), panel)
    return connection.execute(found).all()


def written_votes(connection: Connection, panel: str) -> Sequence[Any]:
    """The current votes on first showings of a panel with which a reason or a tag was given, and these."""
    said = (EVENTS.c.panel == panel) & ((EVENTS.c.reason != "") | (cast(EVENTS.c.tags, String) != "[]"))
    rows.check_rows(connection, (SHOWN, EVENTS), panel)
    if connection.execute(select(EVENTS.c.number).where(said).limit(1)).first() is None:
        return ()
    each = standing(panel).subquery()
    found = select(each.c.rater, each.c.pair, EVENTS.c.reason, EVENTS.c.tags).where(said & (each.c.repeat == 0))
    return connection.execute(found.join_from(EVENTS, each, EVENTS.c.number == each.c.number)).all()


def standing(panel: BoundName, rater: BoundName | None = None) -> Any:
    """A query with a row for each showing: `number`, `cast`, `time`, `choice`, `both_bad` of the vote that counts, if one does.

    `revision` is that of the next event, `skipped` the number of the skip that put it last (0: none did), `took` the
    seconds from the first display to the first vote since the last undo; a clock that was set back makes it negative.
    """
    ends, voted = _ends(panel, rater), EVENTS.alias("voted")
    counts = and_(*_same(voted, SHOWN), voted.c.revision == ends.c.word, voted.c.act == str(Act.VOTE))
    joined = SHOWN.outerjoin(ends, and_(ends.c.rater == SHOWN.c.rater, ends.c.comparison == SHOWN.c.comparison))
    last = and_(voted.c.number.is_(None), ends.c.last > func.coalesce(ends.c.word, -1))
    took = case((ends.c.first == ends.c.word, voted.c.time), else_=_first_vote(ends)) - SHOWN.c.shown_at
    return (
        select(
            *(
                SHOWN.c[name]
                for name in ("rater", "comparison", "showing", "pair", "repeat", "candidate_left", "place", "shown_at")
            ),
            *(voted.c[name] for name in ("number", "choice", "both_bad", "time")),
            voted.c.revision.label("cast"),
            func.coalesce(ends.c.last + 1, 0).label("revision"),
            case((last, ends.c.skipped), else_=0).label("skipped"),
            case((voted.c.number.isnot(None), took)).label("took"),
        )
        .select_from(joined.outerjoin(voted, counts))
        .where(_of(SHOWN, panel, rater))
    )


def _ends(panel: BoundName, rater: BoundName | None) -> Any:
    """Of each showing with events: the revisions of the last one, of the last vote or undo (`word`), of the last undo and of the
    first vote, and the number of the last skip.
    """
    revision, act = EVENTS.c.revision, EVENTS.c.act
    return (
        select(
            EVENTS.c.rater,
            EVENTS.c.comparison,
            func.max(revision).label("last"),
            func.max(case((act != str(Act.SKIP), revision))).label("word"),
            func.max(case((act == str(Act.UNDO), revision))).label("undone"),
            func.min(case((act == str(Act.VOTE), revision))).label("first"),
            func.max(case((act == str(Act.SKIP), EVENTS.c.number))).label("skipped"),
        )
        .where(_of(EVENTS, panel, rater))
        .group_by(EVENTS.c.rater, EVENTS.c.comparison)
        .subquery("ends")
    )


def _first_vote(ends: Any) -> Any:
    """When the first vote since the last undo came."""
    early = EVENTS.alias("early")
    since = and_(*_same(early, SHOWN), early.c.act == str(Act.VOTE), early.c.revision > func.coalesce(ends.c.undone, -1))
    return select(early.c.time).where(since).order_by(early.c.revision).limit(1).correlate(SHOWN, ends).scalar_subquery()


@cache
def _counted(one: bool) -> Any:
    """The query of each rater of :panel, or of :rater: showings, votes, skipped ones, the median seconds of a vote (`pace`)."""
    each = standing(bindparam("panel"), bindparam("rater") if one else None).subquery()
    seconds, alone = _seconds(each), each.c.rater
    rank = func.row_number().over(partition_by=alone, order_by=each.c.took.asc().nulls_last()).label("rank")
    known = func.count(each.c.took).over(partition_by=alone).label("known")
    ranked = select(alone, each.c.number, each.c.skipped, seconds, rank, known).subquery()
    twice = 2 * ranked.c.rank  # the middle one of an odd number, the two in the middle of an even one
    middle = case((twice.in_([ranked.c.known, ranked.c.known + 1, ranked.c.known + 2]), ranked.c.seconds))
    return select(
        ranked.c.rater,
        func.count().label("total"),
        func.count(ranked.c.number).label("done"),
        func.sum(case((ranked.c.skipped > 0, literal(1)), else_=0)).label("skipped"),
        func.avg(middle).label("pace"),
    ).group_by(ranked.c.rater)


def _seconds(each: Any) -> Any:
    """How long a vote took, 0 at the least, null where that is not known."""
    return case((each.c.took < 0, 0.0), else_=each.c.took).label("seconds")


def _same(one: Any, other: Any) -> list[Any]:
    return [one.c[name] == other.c[name] for name in SHOWING_KEY]


def _of(table: Any, panel: BoundName, rater: BoundName | None) -> Any:
    mine = table.c.panel == panel
    return mine if rater is None else mine & (table.c.rater == rater)
