"""Ballots on both databases: nothing is lost, nothing counted twice, nothing given away."""

import dataclasses
import multiprocessing
import signal
import sqlite3
import subprocess
import sys
from collections import Counter

import pytest
from sqlalchemy import func, insert, select, text

from rpo.errors import RpoError
from rpo.voting import Ballot, Ballots, Choice, rater_name
from rpo.voting.migrations import CURRENT
from rpo.voting.tables import EVENTS, SHOWN, VERSION
from tests.voting.conftest import comparisons


def vote_all(ballots, panel, rater, choice=Choice.LEFT):
    count = 0
    while (ballot := ballots.next_ballot(panel, rater)) is not None:
        ballots.cast(ballot, choice)
        count += 1
    return count


def test_a_rater_walks_through_the_panel(ballots, panel):
    first = ballots.next_ballot(panel, "Ann")
    assert (first.number, first.total, first.revision) == (1, 30, 0)
    assert vote_all(ballots, panel, "Ann") == 30
    assert ballots.progress(panel, "Ann") == ballots.progress(panel, " Ann ")
    assert (ballots.progress(panel, "Ann").done, ballots.progress(panel, "Bob").done) == (30, 0)
    votes = ballots.votes(panel)
    assert len({vote.comparison for vote in votes}) == 30
    assert {vote.slice for vote in votes} == {"a", "b"}


def test_sides_are_balanced_drawn_once_and_differ_between_raters(ballots, panel):
    for rater in ("Ann", "Bob"):
        vote_all(ballots, panel, rater)
    left = {rater: {v.comparison: v.left for v in ballots.votes(panel) if v.rater == rater} for rater in ("Ann", "Bob")}
    assert Counter(left["Ann"].values()) == Counter(left["Bob"].values()) == {"tuned": 15, "base": 15}
    assert left["Ann"] != left["Bob"]
    assert {vote.outcome("tuned") for vote in ballots.votes(panel)} == {0.0, 1.0}


def test_order_and_sides_are_stored_before_anything_is_shown(ballots, panel, url):
    seen = ballots.next_ballot(panel, "Ann")
    with ballots.database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(SHOWN)).scalar() == 30
    assert Ballots(url).next_ballot(panel, "Ann") == seen


def test_a_ballot_says_nothing_of_the_authors(ballots, panel):
    assert {field.name for field in dataclasses.fields(Ballot)} & {"author", "candidate", "baseline", "candidate_left"} == set()
    shown = repr(dataclasses.asdict(ballots.next_ballot(panel, "Ann")))
    assert "tuned" not in shown
    assert "base" not in shown


def test_a_double_click_counts_once_and_a_second_tab_is_told(ballots, panel):
    tab_one, tab_two = ballots.next_ballot(panel, "Ann"), ballots.next_ballot(panel, "Ann")
    ballots.cast(tab_one, Choice.LEFT)
    ballots.cast(tab_one, Choice.LEFT)
    with pytest.raises(RpoError, match="answered in another tab"):
        ballots.cast(tab_two, Choice.RIGHT)
    (vote,) = ballots.votes(panel)
    assert (vote.choice, vote.revision) == (Choice.LEFT, 0)


def test_undo_reopens_the_last_pair_and_history_stays(ballots, panel):
    first = ballots.next_ballot(panel, "Ann")
    ballots.cast(first, Choice.LEFT)
    second = ballots.next_ballot(panel, "Ann")
    ballots.cast(second, Choice.TIE, both_bad=True)
    again = ballots.undo(panel, "Ann")
    assert (again.comparison, again.revision, again.number) == (second.comparison, 2, 2)
    assert ballots.next_ballot(panel, "Ann") == again
    ballots.cast(again, Choice.RIGHT)
    assert [vote.choice for vote in ballots.votes(panel)] == [Choice.LEFT, Choice.RIGHT]
    with ballots.database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(EVENTS)).scalar() == 4
    assert ballots.undo(panel, "Bob") is None


def test_a_vote_from_before_an_undo_is_not_smuggled_in(ballots, panel):
    ballot = ballots.next_ballot(panel, "Ann")
    ballots.cast(ballot, Choice.LEFT)
    ballots.undo(panel, "Ann")
    ballots.cast(ballot, Choice.LEFT)  # the first click, delivered again
    assert ballots.votes(panel) == ()


def test_a_skipped_pair_comes_last(ballots, panel):
    first = ballots.next_ballot(panel, "Ann")
    ballots.skip(first)
    seen = []
    while (ballot := ballots.next_ballot(panel, "Ann")) is not None:
        seen.append(ballot.comparison)
        ballots.cast(ballot, Choice.TIE)
    assert seen[-1] == first.comparison
    assert len(seen) == 30


def test_identical_answers_are_never_shown(ballots):
    panel = ballots.make_panel("some equal", comparisons(6, same=4))
    (about,) = ballots.panels()
    assert (about.comparisons, about.same) == (10, 4)
    assert vote_all(ballots, panel, "Ann") == 6
    only_equal = ballots.make_panel("all equal", comparisons(0, same=3))
    assert ballots.next_ballot(only_equal, "Ann") is None


def test_nonsense_is_refused(ballots, panel):
    with pytest.raises(RpoError, match="both bad goes with a tie, got left"):
        ballots.cast(ballots.next_ballot(panel, "Ann"), Choice.LEFT, both_bad=True)
    with pytest.raises(RpoError, match="a panel needs a name and comparisons"):
        ballots.make_panel("empty", [])
    with pytest.raises(RpoError, match="one baseline with one candidate, got 2 couples"):
        ballots.make_panel("mixed", [comparisons(2)[0], comparisons(2)[1].swap()])
    with pytest.raises(RpoError, match="there must be a panel 'nowhere'"):
        ballots.votes("nowhere")
    assert len(ballots.panels()) == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "a\x00b"])
def test_a_rater_has_a_name(name):
    with pytest.raises(RpoError, match="1 to 40 printable characters"):
        rater_name(name)
    assert rater_name("  Ann   Lee ") == "Ann Lee"


def _rater(url, panel, rater, results):
    results.put(vote_all(Ballots(url), panel, rater))


def test_six_processes_vote_at_once_and_nothing_is_lost(ballots, panel, url):
    spawn = multiprocessing.get_context("spawn")
    results = spawn.Queue()
    raters = [spawn.Process(target=_rater, args=(url, panel, f"rater {n}", results)) for n in range(6)]
    for process in raters:
        process.start()
    assert [results.get(timeout=120) for _ in raters] == [30] * 6
    for process in raters:
        process.join(30)
    assert Counter(vote.rater for vote in ballots.votes(panel)) == {f"rater {n}": 30 for n in range(6)}


VOTER = """
import sys
from rpo.voting import Ballots, Choice
ballots = Ballots(sys.argv[1])
while (ballot := ballots.next_ballot(sys.argv[2], "Ann")) is not None:
    ballots.cast(ballot, Choice.RIGHT)
    print(ballot.comparison, flush=True)
"""


def test_an_acknowledged_vote_survives_kill_9(ballots, panel, url):
    with subprocess.Popen([sys.executable, "-c", VOTER, url, panel], stdout=subprocess.PIPE, text=True) as voter:
        acknowledged = [voter.stdout.readline().strip() for _ in range(7)]
        voter.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in voter.stdout]
    stored = {vote.comparison for vote in Ballots(url).votes(panel)}
    assert set(acknowledged) <= stored
    assert len(stored) <= len(acknowledged) + 1
    assert vote_all(Ballots(url), panel, "Ann") == 30 - len(stored)


def test_a_newer_database_is_refused_and_an_equal_one_kept(ballots, panel, url):
    assert [one.id for one in Ballots(url).panels()] == [panel]
    with ballots.database.engine.begin() as connection:
        assert connection.execute(select(func.max(VERSION.c.version))).scalar() == CURRENT
        connection.execute(insert(VERSION).values(version=CURRENT + 1))
    with pytest.raises(RpoError, match=f"must be of version {CURRENT} or older, got {CURRENT + 1}"):
        Ballots(url)


def test_sqlite_is_opened_for_safety(tmp_path):
    with Ballots(f"sqlite:///{tmp_path / 'v.db'}").database.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2


def test_a_database_that_cannot_answer_is_said_in_words(tmp_path):
    (tmp_path / "broken.db").write_bytes(b"this is not a database, only a file of that name" * 20)
    with pytest.raises(RpoError, match="the votes database did not answer .*not a database"):
        Ballots(f"sqlite:///{tmp_path / 'broken.db'}")
    with pytest.raises(RpoError, match="must be a SQLite or PostgreSQL URL"):
        Ballots("nonsense")


def test_a_locked_database_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("rpo.voting.ballots.BUSY", 50)
    ballots = Ballots(f"sqlite:///{tmp_path / 'v.db'}")
    panel = ballots.make_panel("p", comparisons(2))
    ballot = ballots.next_ballot(panel, "Ann")
    other = sqlite3.connect(tmp_path / "v.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RpoError, match="locked.*nothing was stored, try again"):
        ballots.cast(ballot, Choice.LEFT)
    other.execute("ROLLBACK")
    other.close()
    ballots.cast(ballot, Choice.LEFT)
    assert len(ballots.votes(panel)) == 1
