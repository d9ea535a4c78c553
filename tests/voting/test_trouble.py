"""The database under many hands and in trouble: nothing acknowledged is lost, and what went wrong is said in words."""

import multiprocessing
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text

from rpo.errors import RpoError
from rpo.voting import Ballots, Choice, Options, Seat
from tests.voting.conftest import ask, comparisons, vote_all


def _rater(url, panel, rater, results):
    results.put(vote_all(Ballots(url).rater_session(Seat(panel, rater))))


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


@pytest.mark.weights
def test_an_acknowledged_vote_survives_kill_9(ballots, panel, url):
    with subprocess.Popen([sys.executable, "-c", VOTER, url, panel], stdout=subprocess.PIPE, text=True) as voter:
        acknowledged = [voter.stdout.readline().strip() for _ in range(7)]
        voter.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in voter.stdout]
    stored = {vote.prompt for vote in Ballots(url).votes(panel)}
    assert set(acknowledged) <= stored
    assert len(stored) <= len(acknowledged) + 1
    assert vote_all(Ballots(url).rater_session(Seat(panel, "Ann"))) == 30 - len(stored)


@pytest.mark.parametrize(
    "url",
    ["nonsense", "mysql://me:secret@host/votes", "postgresql://me:secret@host:port/votes", "postgresql+nodriver://me:secret@h/v"],
)
def test_a_url_that_names_no_database_is_refused_without_its_password(url):
    with pytest.raises(RpoError, match="SQLite.*PostgreSQL") as refused:
        Ballots(url)
    assert "secret" not in str(refused.value)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RpoError, match="folder.*nowhere"):
        Ballots(f"sqlite:///{tmp_path / 'nowhere' / 'v.db'}")


READ_ONLY = {"a file": 0o400, "a folder": 0o500}


@pytest.mark.weights
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize("what", READ_ONLY)
def test_what_is_not_ours_to_write_is_said_as_that(tmp_path, what):
    """In a process of another user where this one is root, whom no mode stops."""
    with tempfile.TemporaryDirectory() as place:
        votes = Path(place) / "v.db"
        Ballots(f"sqlite:///{votes}").database.engine.dispose()
        for path in (Path(place), *Path(place).iterdir()):
            if os.getuid() == 0:
                shutil.chown(path, "nobody")
            path.chmod(0o700 if path.is_dir() else 0o600)
        (votes if what == "a file" else Path(place)).chmod(READ_ONLY[what])
        before = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups") if os.getuid() == 0 else ()
        code = "import sys; from rpo.voting import Ballots; Ballots(sys.argv[1]).owner.claim('a long secret')"
        done = subprocess.run(
            [*before, sys.executable, "-c", code, f"sqlite:///{votes}"], capture_output=True, text=True, check=False
        )
    assert re.search("RpoError.*write", done.stderr.splitlines()[-1])


def test_a_locked_database_loses_nothing(tmp_path):
    ballots = Ballots(f"sqlite:///{tmp_path / 'v.db'}", patience=50)
    panel = ballots.make_panel("p", comparisons(2))
    ballot = ballots.next_ballot(panel, "Ann")
    other = sqlite3.connect(tmp_path / "v.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RpoError, match="locked"):
        ballots.cast(ballot, Choice.LEFT)
    other.execute("ROLLBACK")
    other.close()
    ballots.cast(ballot, Choice.LEFT)
    assert len(ballots.votes(panel)) == 1


@pytest.fixture
def postgres_panel(request):
    """A panel in a database of its own, the database's name, and the URL of its server."""
    server = request.getfixturevalue("postgres")
    name = f"trouble_{abs(hash(request.node.name))}"
    ask(server, f"create database {name}")
    ballots = Ballots(f"{server.rsplit('/', 1)[0]}/{name}", patience=200)
    return ballots, ballots.make_panel("p", comparisons(3)), name, server


@pytest.mark.postgres
def test_a_locked_postgres_is_named_and_goes_on_when_free(postgres_panel):
    ballots, panel, _, _ = postgres_panel
    ballot = ballots.next_ballot(panel, "Ann")
    with ballots.database.engine.connect() as other:
        other.execute(text("LOCK TABLE events IN EXCLUSIVE MODE"))
        with pytest.raises(RpoError, match="lock timeout"):
            ballots.cast(ballot, Choice.LEFT)
    ballots.cast(ballot, Choice.LEFT)
    assert len(ballots.votes(panel)) == 1


@pytest.mark.postgres
def test_a_postgres_that_is_down_is_named_and_goes_on_when_back(postgres_panel):
    ballots, panel, name, server = postgres_panel
    ballots.cast(ballots.next_ballot(panel, "Ann"), Choice.LEFT)
    ballot = ballots.next_ballot(panel, "Ann")
    close = f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
    ask(server, f"alter database {name} allow_connections false", close)
    for act in (lambda: ballots.cast(ballot, Choice.LEFT), lambda: ballots.votes(panel), ballots.panels):
        with pytest.raises(RpoError, match="votes database.*answer"):
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

    with pytest.raises(RpoError, match="not known"):
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
