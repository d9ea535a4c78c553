"""A votes database that the version before the rooms wrote opens with the same figures, and its raters go on."""

import sqlite3
from pathlib import Path

import pytest

from rpo.statistics import ending, standings
from rpo.voting import Ballots, Choice, Seat

WRITTEN = Path(__file__).with_name("last_version.sql")
PANEL = "133ab6f04b519b4a"


@pytest.fixture
def ballots(tmp_path):
    file = tmp_path / "votes.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(WRITTEN.read_text())
    connection.close()
    return Ballots(f"sqlite:///{file}")


def test_its_figures_are_those_it_showed(ballots):
    found = standings(ballots.votes(PANEL), "tuned", ballots.unrated(PANEL))
    assert (found.wins, found.ties, found.losses, found.won, found.even, found.lost) == (3, 2, 4, 2, 3, 2)
    assert found.score == pytest.approx(13 / 28)
    assert (found.same_raters.low, found.same_raters.high) == pytest.approx((0.1952651730855295, 0.7558301573082945))
    assert found == standings(ballots.columns(PANEL), "tuned", ballots.unrated(PANEL))


def test_its_raters_go_on(ballots):
    seat = ballots.rater_session(Seat(PANEL, "Ben"))
    assert (seat.progress().done, seat.progress().total) == (3, 6)
    seat.cast(seat.next(), Choice.LEFT)
    assert seat.progress().done == 4
    assert ending(ballots.attendance(PANEL)).late == ("Ben",)
    assert ballots.invitations.of(PANEL)[0].rater == "Ann"
