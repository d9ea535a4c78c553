"""Rows that were edited by hand: each is refused in words that name its table and row, on whatever way it is met."""

import re

import pytest
from sqlalchemy import text

from rpo.errors import RpoError
from rpo.voting import Ballots, Choice, Options, Seat
from rpo.voting.database import rows
from tests.voting.conftest import comparisons, vote_all

PAIR = "(SELECT pair FROM shown WHERE rater = 'Ann' AND place = 0)"
EITHER = {  # what both databases let one do -> the table and the column that are named
    "a choice that does not exist": ("UPDATE events SET choice = 'banana' WHERE number = 2", "events", "choice"),
    "an act that does not exist": ("UPDATE events SET act = 'dance' WHERE number = 2", "events", "act"),
    "a vote without a choice": ("UPDATE events SET choice = NULL WHERE number = 2", "events", "choice"),
    "an undo with a choice": ("UPDATE events SET act = 'undo' WHERE number = 2", "events", "choice"),
    "tags that are no list": ("UPDATE events SET tags = '{\"a\": 1}' WHERE number = 2", "events", "tags"),
    "tags that are no texts": ("UPDATE events SET tags = '[1, null]' WHERE number = 2", "events", "tags"),
    "raters that are no list": ("UPDATE panels SET raters = '\"Ann\"'", "panels", "raters"),
    "tags of a panel that are no list": ("UPDATE panels SET tags = '3'", "panels", "tags"),
    "a deleted pair": (f"DELETE FROM comparisons WHERE id = {PAIR}", "shown", "pair"),
    "all pairs deleted": ("DELETE FROM comparisons", "shown", "pair"),
    "a deleted showing with a vote": (f"DELETE FROM shown WHERE rater = 'Ann' AND pair = {PAIR}", "events", "comparison"),
    "a verdict that does not exist": (f"UPDATE comparisons SET verdict = 'maybe' WHERE id = {PAIR}", "comparisons", "verdict"),
    "a second answer that does not exist": ("UPDATE events SET second = 'up' WHERE number = 2", "events", "second"),
    "a strength that does not exist": ("UPDATE events SET strength = 'vastly' WHERE number = 2", "events", "strength"),
    "two showings of one name": ("UPDATE shown SET showing = 'x' WHERE rater = 'Ann' AND place < 2", "shown", "showing"),
}
SQLITE = {  # PostgreSQL refuses these itself
    "tags that are no JSON": ("UPDATE events SET tags = '[oops' WHERE number = 2", "events", "tags"),
    "raters that are no JSON": ("UPDATE panels SET raters = 'Ann'", "panels", "raters"),
    "a time that is text": ("UPDATE events SET time = 'yesterday' WHERE number = 2", "events", "time"),
    "a first display that is text": ("UPDATE shown SET shown_at = 'noon' WHERE rater = 'Ann' AND place = 0", "shown", "shown_at"),
    "a panel made at a text": ("UPDATE panels SET created = 'long ago'", "panels", "created"),
    "a place that is text": ("UPDATE shown SET place = 'first' WHERE rater = 'Ann' AND place = 0", "shown", "place"),
    "a revision that is text": ("UPDATE events SET revision = 'x' WHERE number = 2", "events", "revision"),
    "a truth that is none": ("UPDATE events SET both_bad = 7 WHERE number = 2", "events", "both_bad"),
    "a reason that is bytes": ("UPDATE events SET reason = x'ff00' WHERE number = 2", "events", "reason"),
    "a prompt that is bytes": (f"UPDATE comparisons SET prompt = x'ff' WHERE id = {PAIR}", "comparisons", "prompt"),
}


def voted(ballots):
    """A panel with votes of two raters."""
    panel = ballots.make_panel("p", comparisons(4), options=Options(repeats=0, tags=["short"]))
    for rater in ("Ann", "Bob"):
        vote_all(ballots.rater_session(Seat(panel, rater)), reason="because", tags=["short"])
    return panel


@pytest.fixture
def edited(filled_once):
    """`edited(url, statement)`: such a panel, opened again after somebody has done this to it."""

    def opened(url, statement):
        _, panel = filled_once(url, voted)
        ballots = Ballots(url)
        with ballots.database.engine.begin() as connection:
            connection.execute(text(statement.replace(":", r"\:")))
        return Ballots(url), panel

    return opened


def named(act):
    with pytest.raises(RpoError) as refused:
        act()
    return str(refused.value)


@pytest.mark.parametrize(("statement", "table", "column"), EITHER.values(), ids=EITHER)
def test_an_edited_row_is_named(edited, url, statement, table, column):
    ballots, panel = edited(url, statement)
    said = named(lambda: ballots.votes(panel))
    assert re.search(rf"(?s)^{column}\b.*\b{table}\b.*`rpo restore`", said)


@pytest.mark.parametrize(("statement", "table", "column"), SQLITE.values(), ids=SQLITE)
def test_a_value_of_another_kind_is_named(edited, tmp_path, statement, table, column):
    test_an_edited_row_is_named(edited, f"sqlite:///{tmp_path / 'v.db'}", statement, table, column)


WAYS = {
    "votes": lambda ballots, panel: ballots.votes(panel),
    "panels": lambda ballots, panel: ballots.panels(),
    "raters": lambda ballots, panel: ballots.raters(panel),
    "comparisons": lambda ballots, panel: ballots.comparisons(panel),
    "unrated": lambda ballots, panel: ballots.unrated(panel),
    "next": lambda ballots, panel: ballots.next_ballot(panel, "Ann"),
    "progress": lambda ballots, panel: ballots.progress(panel, "Ann"),
    "earlier": lambda ballots, panel: ballots.rater_session(Seat(panel, "Ann")).earlier(),
    "undo": lambda ballots, panel: ballots.undo(panel, "Ann"),
    "sit down": lambda ballots, panel: ballots.next_ballot(panel, "Cleo"),
    "invitations": lambda ballots, panel: ballots.invitations.of(panel),
}


@pytest.mark.weights
@pytest.mark.parametrize("statement", [one for one, *_ in (EITHER | SQLITE).values()], ids=EITHER | SQLITE)
def test_on_no_way_is_there_a_traceback(edited, tmp_path, statement):
    """An edited row, met on each way: it is refused in words, or this way does not read it."""
    ballots, panel = edited(f"sqlite:///{tmp_path / 'v.db'}", statement)
    refused = [said for way in WAYS.values() if (said := refusal(way, ballots, panel))]
    assert refused
    assert {"edited the votes database" in said for said in refused} == {True}


def refusal(way, *about):
    try:
        way(*about)
    except RpoError as refused:
        return str(refused)
    return ""


def test_sound_rows_stay_whatever_raters_do(ballots):
    panel = ballots.make_panel("p", comparisons(24), options=Options(raters=["Ann", "Bob"], overlap=1, repeats=1))
    for _ in range(3):
        ballots.cast(ballots.next_ballot(panel, "Ann"), Choice.LEFT)
        ballots.skip(ballots.next_ballot(panel, "Ann"))
        ballots.undo(panel, "Ann")
    for _ in range(2):
        ballots.cast(ballots.next_ballot(panel, "Ann"), Choice.TIE)
    ballots.undo(panel, "Ann")
    ballots.hand_over(panel, "Ann", "Cleo")  # skips and undone votes stay Ann's, their showings do not
    vote_all(ballots.rater_session(Seat(panel, "Cleo")))
    with ballots.database.reading() as connection:
        rows.check_rows(connection)
    assert len(ballots.votes(panel)) > 10


def test_a_bug_keeps_its_own_words_where_the_rows_are_sound(ballots, panel):
    with pytest.raises(ZeroDivisionError), ballots.database.reading():
        1 / 0  # noqa: B018
    with pytest.raises(KeyError), ballots.database.writing():
        {}["a bug"]
