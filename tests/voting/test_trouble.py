"""The database under many hands and in trouble: nothing acknowledged is lost, and what went wrong is said in words."""

import multiprocessing
import signal
import sqlite3
import subprocess
import sys
from collections import Counter

import pytest
from sqlalchemy import text

from rpo.errors import RpoError
from rpo.voting import Ballots, Choice, Options, Seat
from tests.voting.conftest import ask, comparisons, vote_all


def _rater(url, panel, rater, results):
    results.put(vote_all(Ballots(url).booth(Seat(panel, rater))))


@pytest.mark.weights
def test_ten_processes_vote_at_once_and_nothing_is_lost(ballots, url):
    panel = ballots.make_panel("many", comparisons(10), options=Options(repeats=0))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])  # imported once for all ten
    results = context.Queue()
    raters = [context.Process(target=_rater, args=(url, panel, f"rater {n}", results)) for n in range(10)]
    for process in raters:
        process.start()
    assert [results.get(timeout=120) for _ in raters] == [10] * 10
    for process in raters:
        process.join(30)
    assert Counter(vote.rater for vote in ballots.votes(panel)) == {f"rater {n}": 10 for n in range(10)}


VOTER = """
import sys
from rpo.voting import Ballots, Choice
ballots = Ballots(sys.argv[1])
while (ballot := ballots.next_ballot(sys.argv[2], "Ann")) is not None:
    ballots.cast(ballot, Choice.RIGHT)
    print(ballot.prompt, flush=True)
"""


def test_an_acknowledged_vote_survives_kill_9(ballots, panel, url):
    with subprocess.Popen([sys.executable, "-c", VOTER, url, panel], stdout=subprocess.PIPE, text=True) as voter:
        acknowledged = [voter.stdout.readline().strip() for _ in range(7)]
        voter.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in voter.stdout]
    stored = {vote.prompt for vote in Ballots(url).votes(panel)}
    assert set(acknowledged) <= stored
    assert len(stored) <= len(acknowledged) + 1
    assert vote_all(Ballots(url).booth(Seat(panel, "Ann"))) == 30 - len(stored)


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


@pytest.fixture
def postgres_panel(request, monkeypatch):
    """A panel in a database of its own, the database's name, and the URL of its server."""
    monkeypatch.setattr("rpo.voting.ballots.BUSY", 200)
    server = request.getfixturevalue("postgres")
    name = f"trouble_{abs(hash(request.node.name))}"
    ask(server, f"create database {name}")
    ballots = Ballots(f"{server.rsplit('/', 1)[0]}/{name}")
    return ballots, ballots.make_panel("p", comparisons(3)), name, server


@pytest.mark.postgres
def test_a_locked_postgres_is_told_and_goes_on_when_free(postgres_panel):
    ballots, panel, _, _ = postgres_panel
    ballot = ballots.next_ballot(panel, "Ann")
    with ballots.database.engine.connect() as other:
        other.execute(text("LOCK TABLE events IN EXCLUSIVE MODE"))
        with pytest.raises(RpoError, match="lock timeout.*nothing was stored, try again"):
            ballots.cast(ballot, Choice.LEFT)
    ballots.cast(ballot, Choice.LEFT)
    assert len(ballots.votes(panel)) == 1


@pytest.mark.postgres
def test_a_postgres_that_is_down_is_told_and_goes_on_when_back(postgres_panel):
    ballots, panel, name, server = postgres_panel
    ballots.cast(ballots.next_ballot(panel, "Ann"), Choice.LEFT)
    ballot = ballots.next_ballot(panel, "Ann")
    close = f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
    ask(server, f"alter database {name} allow_connections false", close)
    for act in (lambda: ballots.cast(ballot, Choice.LEFT), lambda: ballots.votes(panel), ballots.panels):
        with pytest.raises(RpoError, match="the votes database did not answer"):
            act()
    ask(server, f"alter database {name} allow_connections true")
    assert ballots.next_ballot(panel, "Ann") == ballot
    ballots.cast(ballot, Choice.LEFT)
    assert len(ballots.votes(panel)) == 2


@pytest.mark.postgres
def test_a_line_that_breaks_in_the_middle_is_not_called_unstored(postgres_panel):
    ballots, panel, name, server = postgres_panel
    close = f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"

    def write():
        with ballots.database.writing() as connection:
            ask(server, close)
            connection.execute(text("select 1"))

    with pytest.raises(RpoError, match="whether it was stored is not known.*try again"):
        write()
    assert ballots.next_ballot(panel, "Ann") is not None


@pytest.mark.postgres
def test_processes_that_start_at_once_make_the_tables_once(request):
    server = request.getfixturevalue("postgres")
    name = "started_at_once"
    ask(server, f"create database {name}")
    url = f"{server.rsplit('/', 1)[0]}/{name}"
    code = "import sys; from rpo.voting import Ballots; Ballots(sys.argv[1])"
    started = [subprocess.Popen([sys.executable, "-c", code, url], stderr=subprocess.PIPE) for _ in range(4)]
    assert [(process.communicate()[1], process.returncode) for process in started] == [(b"", 0)] * 4
