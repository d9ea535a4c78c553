"""A rater who drops out of a panel, and the one who takes over. Not an invitation: give the new one a link of their own.

Votes stay whose they are; only showings without a vote change hands, with their order and sides.
"""

from collections.abc import Iterable

from sqlalchemy import update

from rpo.errors import RpoError
from rpo.voting import panels
from rpo.voting.assignment import Seat, rater_name
from rpo.voting.database.schema import PANELS, SHOWN
from rpo.voting.database.transactions import Database
from rpo.voting.events import desks
from rpo.voting.panels import Panel
from rpo.voting.session import Booth


def hand_over(database: Database, seat: Seat, successor: str) -> int:
    """Give this rater's pairs without a vote to a rater who is new at the panel; returns how many there were."""
    name = rater_name(successor)
    with database.reading() as connection:
        panel = panels.one(connection, seat.panel)
    for rater in panel.raters:  # who gets what depends on who is named: all are dealt their pairs before a name is added
        Booth(database, Seat(panel.id, rater)).progress()
    with database.writing() as connection:
        panel = panels.one(connection, seat.panel)  # as it is now: somebody may have been added meanwhile
        seated = desks(connection, panel.id)
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
