"""Votes that a rule casts, all at once: a rater's whole order and a vote on each showing, as a person would be shown them.

For the example that comes with the package. Not a judge: what a rule or a model says as such is `rpo.judging`.
"""

import time
from collections.abc import Callable

from sqlalchemy import Connection, insert

from rpo.voting import panels
from rpo.voting.assignment import Seat, rater_name
from rpo.voting.database.schema import EVENTS, SHOWN
from rpo.voting.events import VoteContent
from rpo.voting.session import dealt, event_columns
from rpo.voting.types import Act, Choice

Preferring = Callable[[str, str, str], float]
"""Which of two answers to a prompt a rule prefers: above 0 the first, below 0 the second, 0 neither."""


def cast_by_rule(connection: Connection, panel: str, rater: str, prefers: Preferring) -> None:
    """Seat a rater at a panel and store the rule's vote on each showing, hidden repeats too, within the caller's transaction."""
    seat = Seat(panel, rater_name(rater))
    pairs = panels.pairs_of(connection, panels.one(connection, panel))
    rows = dealt(connection, seat)
    connection.execute(insert(SHOWN), rows)
    events = list[dict[str, object]]()
    for row in rows:
        pair, now = pairs[row["pair"]], time.time()
        left, right = (pair.second, pair.first) if row["candidate_left"] else (pair.first, pair.second)
        said = prefers(pair.prompt, left.text, right.text)
        choice = Choice.TIE if said == 0 else Choice.LEFT if said > 0 else Choice.RIGHT
        about = {"panel": panel, "rater": seat.rater, "comparison": row["comparison"], "revision": 0, "time": now}
        events += [{**about, **event_columns(Act.VOTE, VoteContent(choice))}]
    connection.execute(insert(EVENTS), events)
