"""The votes database in one place: panels, what raters do at them, and for the owner's eyes the votes with their authors.

A rater who came by invitation is given a `RaterSession`, which knows one seat; the calls by panel and name are for a machine of
one's own. Nothing here computes results: that is `rpo.statistics`.
"""

import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import update

from rpo import storage
from rpo.errors import RpoError
from rpo.voting import panels
from rpo.voting.assignment import Seat, rater_name
from rpo.voting.columns import Columns
from rpo.voting.database import backup, folded, location, reading
from rpo.voting.database.folded import RaterProgress
from rpo.voting.database.schema import PANELS, SHOWN
from rpo.voting.database.transactions import Database
from rpo.voting.events import rater_states
from rpo.voting.guidance import practice
from rpo.voting.guidance.practice import PracticePair
from rpo.voting.invitations import Invitations
from rpo.voting.owner import Owner
from rpo.voting.panels import Options, Panel, Unrated
from rpo.voting.questions.asked import Questions
from rpo.voting.questions.storing import store_questions
from rpo.voting.questions.types import CrossQuestion
from rpo.voting.session import Ballot, RaterSession
from rpo.voting.types import Attendance, Choice, Comparison, Strength, Vote

BUSY = 20_000  # milliseconds a writer waits for another


class Ballots:
    """The votes database: of `url`, of $RPO_VOTES_URL, or SQLite at home; a writer waits `patience` milliseconds for another.

    `invitations` let others in, `owner` is whose it is, `questions` are those across prompts.
    """

    def __init__(self, url: str | None = None, patience: int | None = None) -> None:
        self.database = Database(url or location.database_url(), BUSY if patience is None else patience)
        self.invitations, self.owner = Invitations(self.database), Owner(self.database)
        self.questions = Questions(self.database)

    @classmethod
    def here(cls) -> "Ballots":
        """The votes database of this home, opened once a process; where it is a file, it is copied once a day."""
        found = _opened(str(storage.home()), os.environ.get(storage.VOTES_VARIABLE))
        backup.daily(found.database)
        return found

    def make_panel(
        self,
        name: str,
        comparisons: Sequence[Comparison],
        rubric: str = "",
        options: Options | None = None,
        questions: Sequence[CrossQuestion] = (),
    ) -> str:
        """Store a panel; the first answer of each comparison is the baseline's, the second the candidate's. Returns its id.

        `questions` across prompts come after the pairs, see `draw_questions`.
        """
        with self.database.writing() as connection:
            panel = panels.make(connection, name, comparisons, rubric, options or Options())
            store_questions(connection, panel, questions)
            return panel

    def panels(self) -> tuple[Panel, ...]:
        """All panels, the newest first and an example last."""
        with self.database.reading() as connection:
            return panels.every(connection)

    def panel(self, panel: str) -> Panel:
        """The panel of this id; an unknown one is refused."""
        with self.database.reading() as connection:
            return panels.one(connection, panel)

    def comparisons(self, panel: str) -> dict[str, Comparison]:
        """The panel's pairs by id, with authors, the baseline's answer first."""
        with self.database.reading() as connection:
            return panels.pairs_of(connection, panels.one(connection, panel))

    def practice(self, panel: str) -> tuple[PracticePair, ...]:
        """The panel's practice pairs, in their order."""
        with self.database.reading() as connection:
            return practice.of(connection, panels.one(connection, panel).id)

    def unrated(self, panel: str) -> tuple[Unrated, ...]:
        """The pairs scored without a rater: identical, both empty, or one empty."""
        with self.database.reading() as connection:
            return panels.unrated(connection, panels.one(connection, panel))

    def release(self, panel: str) -> None:
        """Give a panel's prompts free for training, for all who ask this database."""
        with self.database.writing() as connection:
            panels.release(connection, panel)

    def rater_session(self, seat: Seat) -> RaterSession:
        """Where this rater votes."""
        return RaterSession(self.database, seat)

    def next_ballot(self, panel: str, rater: str) -> Ballot | None:
        """The rater's next pair without a vote, or None when all are done."""
        return self._rater_session(panel, rater).next()

    def cast(self, ballot: Ballot, choice: Choice, both_bad: bool = False, reason: str = "", tags: Sequence[str] = ()) -> None:
        """Store a vote on this ballot; see `RaterSession.cast`."""
        self._rater_session(ballot.panel, ballot.rater).cast(ballot, choice, both_bad, reason, tags)

    def skip(self, ballot: Ballot) -> None:
        """Put this pair at the end of the rater's order."""
        self._rater_session(ballot.panel, ballot.rater).skip(ballot)

    def undo(self, panel: str, rater: str, last_event: int | None = None) -> Ballot | None:
        """Take the rater's last vote back; see `RaterSession.undo`."""
        return self._rater_session(panel, rater).undo(last_event)

    def progress(self, panel: str, rater: str) -> RaterProgress:
        """How far the rater is."""
        return self._rater_session(panel, rater).progress()

    def raters(self, panel: str) -> dict[str, RaterProgress]:
        """How far each rater is who is named or has sat down, by name."""
        with self.database.reading() as connection:
            named, seated = panels.one(connection, panel).raters, folded.progress(connection, panel)
        return {name: seated.get(name) or self.progress(panel, name) for name in sorted({*named, *seated})}

    def turnout(self, panel: str) -> dict[str, tuple[int, int]]:
        """On how many of how many pairs each rater has voted who is named or has sat down, by name; without their pace."""
        with self.database.reading() as connection:
            named, seated = panels.one(connection, panel).raters, folded.turnout(connection, panel)
        fresh = {name: self.progress(panel, name) for name in named if name not in seated}
        return dict(sorted({**seated, **{name: (one.done, one.total) for name, one in fresh.items()}}.items()))

    def attendance(self, panel: str) -> Attendance:
        """Who was to vote on the panel and who has."""
        invited = dict[str, float]()
        for one in self.invitations.of(panel):  # the oldest first
            invited.setdefault(one.rater, one.created)
        with self.database.reading() as connection:
            finished = folded.finished(connection, panel)
        return Attendance(bool(self.panel(panel).raters), self.turnout(panel), invited, finished)

    def hand_over(self, panel: str, rater: str, successor: str) -> int:
        """Give what a named rater has not voted on to a new one, who is named from then on; returns how many pairs."""
        return _hand_over(self.database, Seat(panel, rater), successor)

    def votes(self, *panel_ids: str) -> tuple[Vote, ...]:
        """The current votes on these panels in the order they came, with authors; second showings too (`repeat`)."""
        found: list[tuple[int, Vote]] = []
        with self.database.reading() as connection:
            for panel in [panels.one(connection, name) for name in panel_ids]:
                found += [(row.number, _vote(panel, row)) for row in folded.whole_votes(connection, panel.id)]
        return tuple(vote for _, vote in sorted(found, key=lambda pair: pair[0]))

    def columns(self, *panel_ids: str) -> Columns:
        """The same votes as columns, for the figures: without what was written of them, and far quicker for many."""
        with self.database.reading() as connection:
            return reading.read_columns(connection, *(panels.one(connection, name) for name in panel_ids))

    def written(self, panel: str) -> dict[tuple[str, str], tuple[str, tuple[str, ...]]]:
        """Reason and tags of the current votes that have either, second showings apart, by rater and comparison."""
        with self.database.reading() as connection:
            found = folded.written_votes(connection, panels.one(connection, panel).id)
        return {(row.rater, row.pair): (row.reason, tuple(row.tags)) for row in found}

    def _rater_session(self, panel: str, rater: str) -> RaterSession:
        return self.rater_session(Seat(panel, rater_name(rater)))


@lru_cache(maxsize=8)
def _opened(_home: str, url: str | None) -> Ballots:
    return Ballots(url)


def _vote(panel: Panel, row: Any) -> Vote:
    left, right = (panel.candidate, panel.baseline) if row.candidate_left else (panel.baseline, panel.candidate)
    about = (row.pair, row.prompt, row.slice, row.rater, Choice(row.choice), row.both_bad, left, right)
    said = {"reason": row.reason, "tags": tuple(row.tags), "repeat": row.repeat, "seconds": row.seconds, "marked": row.marked}
    asked = {"strength": row.strength and Strength(row.strength), "second": row.second and Choice(row.second)}
    return Vote(*about, row.cast, row.time, **said, **asked)


def _hand_over(database: Database, seat: Seat, successor: str) -> int:
    """Give this rater's pairs without a vote to a rater who is new at the panel; returns how many there were."""
    name = rater_name(successor)
    with database.reading() as connection:
        panel = panels.one(connection, seat.panel)
    for rater in panel.raters:  # who gets what depends on who is named: all are dealt their pairs before a name is added
        RaterSession(database, Seat(panel.id, rater)).progress()
    with database.writing() as connection:
        panel = panels.one(connection, seat.panel)  # as it is now: somebody may have been added meanwhile
        seated = rater_states(connection, panel.id)
        _check_new(panel, name, seated)
        waiting = [place.comparison for place in seated[seat.rater].waiting]
        if not waiting:
            raise RpoError(f"only pairs without a vote can be handed over, {seat.rater} has none; choose another rater")
        mine = (SHOWN.c.panel == panel.id) & (SHOWN.c.rater == seat.rater) & SHOWN.c.comparison.in_(waiting)
        connection.execute(update(SHOWN).where(mine).values(rater=name, shown_at=None))
        connection.execute(update(PANELS).where(PANELS.c.id == panel.id).values(raters=[*panel.raters, name]))
    return len(waiting)


def _check_new(panel: Panel, name: str, seated: Iterable[str]) -> None:
    if not panel.raters:
        raise RpoError("pairs are handed over at a panel that names its raters, this one gives all to whoever comes; invite them")
    if name in {*panel.raters, *seated}:
        raise RpoError(f"pairs are handed to a rater who is new at the panel, {name} is not; choose another name")
