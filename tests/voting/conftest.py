"""The two databases of the votes: SQLite in the test's home, PostgreSQL in a cluster of its own that is thrown away."""

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from rpo import storage
from rpo.errors import RpoError
from rpo.voting import Answer, Ballots, Choice, Comparison, Options, Seat
from rpo.voting.database import backup


def comparisons(count, same=0):
    pairs = [(f"before {n}", f"after {n}") for n in range(count)] + [(f"equal {n}", f"equal {n} ") for n in range(same)]
    return [
        Comparison(f"Question {n}?", Answer(before, "base"), Answer(after, "tuned"), "ab"[n % 2])
        for n, (before, after) in enumerate(pairs)
    ]


RUNNING, EMPTIED = pytest.StashKey[str](), pytest.StashKey[str]()
ALONE = """select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()"""


@pytest.fixture(scope="session")
def postgres(request):
    """A URL of a running PostgreSQL: $RPO_TEST_POSTGRES, or a fresh cluster from the local installation.

    Several directories take this fixture over; the cluster of the first one serves them all.
    """
    if url := os.environ.get("RPO_TEST_POSTGRES") or request.session.stash.get(RUNNING, None):
        yield url
        return
    with cluster() as server:
        if server is None:
            pytest.skip("no PostgreSQL here: install it, or set RPO_TEST_POSTGRES to a URL")
        request.session.stash[RUNNING] = server
        yield server


@contextmanager
def cluster():
    """The URL of a fresh cluster from the local installation, None where there is none."""
    found = shutil.which("initdb") or next(map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)
    if found is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="rpo-postgres-", ignore_cleanup_errors=True) as folder:
        yield from _serve(Path(found).parent, Path(folder))


def _serve(tools, folder):
    """PostgreSQL refuses to run as root: there it runs as `nobody`, who must own the folder."""
    as_owner = ()
    if os.getuid() == 0:
        shutil.chown(folder, "nobody")
        as_owner = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    control = [*as_owner, str(tools / "pg_ctl"), "-D", str(folder / "data")]
    settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"  # no power is cut here
    _quiet([*as_owner, str(tools / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "rpo", "--no-sync"])
    _quiet([*control, "-o", settings, "-l", str(folder / "log"), "-w", "start"])
    try:
        yield f"postgresql+psycopg://rpo@127.0.0.1:{port}/postgres"
    finally:
        _quiet([*control, "-m", "immediate", "stop"])


def _quiet(command):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout} {done.stderr}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request, tmp_path):
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'votes.db'}"
    return _emptied(request.getfixturevalue("postgres"), request.session.stash)


def _emptied(server, stash):
    """The database of this process, with nothing in it: a new one for each test takes ten times as long."""
    name = stash.get(EMPTIED, None)
    if name is None:
        name = stash[EMPTIED] = f"t{os.getpid()}"
        ask(server, f"create database {name}")
    else:
        ask(_beside(server, name), ALONE, "drop schema public cascade", "create schema public")
    return _beside(server, name)


def ask(url, *statements):
    """Have PostgreSQL do this, from outside."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture(scope="session")
def filled_once(request, tmp_path_factory):
    """`filled_once(url, fill)`: this empty database as `fill(ballots)` leaves one; returns the URL and what `fill` returned.

    For each kind of database it fills one once, and copies that from then on.
    """
    models = {}

    def filled(url, fill):
        sqlite = url.startswith("sqlite:///")
        if (fill, sqlite) not in models:
            model = f"t{os.getpid()}_model_{len(models)}"
            if sqlite:
                model = f"sqlite:///{tmp_path_factory.mktemp('model') / 'votes.db'}"
            else:
                ask(request.getfixturevalue("postgres"), f"create database {model}")
            ballots = Ballots(model if sqlite else _beside(url, model))
            models[fill, sqlite] = model, fill(ballots)
            ballots.database.engine.dispose()
        model, returned = models[fill, sqlite]
        if sqlite:
            shutil.copyfile(model.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
        else:
            name = url.rsplit("/", 1)[1]
            ask(_beside(url, "postgres"), f"drop database {name} with (force)", f"create database {name} template {model}")
        return url, returned

    return filled


def _beside(url, name):
    return f"{url.rsplit('/', 1)[0]}/{name}"


@pytest.fixture
def ballots(url):
    return Ballots(url)


@pytest.fixture
def panel(ballots):
    """A panel of 30 pairs, none shown twice."""
    return ballots.make_panel("a panel", comparisons(30), "Which is better?", Options(repeats=0))


def vote_all(rater_session, choice="left", **word):
    """Vote the same on all that is left; returns how many that were."""
    count = 0
    while (ballot := rater_session.next()) is not None:
        rater_session.cast(ballot, choice, **word)
        count += 1
    return count


def file():
    return storage.folder("votes") / "votes.db"


@pytest.fixture(scope="session")
def kept_home(tmp_path_factory):
    """A home with the votes of `kept`, of which each test gets a copy, and the panel's name."""
    home = tmp_path_factory.mktemp("kept") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPO_HOME", str(home))
        ballots = Ballots()
        panel = ballots.make_panel("p", comparisons(30), options=Options(repeats=0))
        vote_all(ballots.rater_session(Seat(panel, "Ann")))
        backup.save_copy()
        for _ in range(3):
            ballots.cast(ballots.next_ballot(panel, "Bob"), Choice.TIE)
        ballots.database.engine.dispose()
    return home, panel


@pytest.fixture
def kept(rpo_home, kept_home):
    """A panel in this home with 30 votes of Ann's, a copy, then three votes of Bob's; all connections are closed."""
    home, panel = kept_home
    shutil.copytree(home, rpo_home)
    return panel


def raters(panel):
    return [vote.rater for vote in Ballots().votes(panel)]


def refused(act=Ballots):
    with pytest.raises(RpoError) as refusal:
        act()
    return str(refusal.value)
