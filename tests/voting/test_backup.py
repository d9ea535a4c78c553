"""Votes are kept: a file that is damaged or lost is said to be, copies bring back what was acknowledged before them."""

import os
import random
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rpo import home
from rpo.errors import RpoError
from rpo.voting import Ballots, Choice, Options, Seat, backup, copies, to_shelf
from rpo.voting.copies import Reason
from tests.voting.conftest import comparisons, vote_all


def file():
    return home.folder("votes") / "votes.db"


@pytest.fixture
def panel():
    """A panel in this home with 30 votes of Ann's, a copy, then three votes of Bob's; all connections are closed."""
    ballots = Ballots()
    panel = ballots.make_panel("p", comparisons(30), options=Options(repeats=0))
    vote_all(ballots.booth(Seat(panel, "Ann")))
    backup.save()
    for _ in range(3):
        ballots.cast(ballots.next_ballot(panel, "Bob"), Choice.TIE)
    ballots.database.engine.dispose()
    return panel


def raters(panel):
    return [vote.rater for vote in Ballots().votes(panel)]


def cut(keep):
    os.truncate(file(), keep)


def zero(start, pages):
    with file().open("rb+") as out:
        out.seek(start * 4096)
        out.write(bytes(pages * 4096))


def do(*statements):
    with closing(sqlite3.connect(file(), isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def size():
    return file().stat().st_size


DAMAGED = {
    "cut to half": lambda: cut(size() // 2),
    "cut amid a page": lambda: cut(size() // 2 + 100),
    "a page short": lambda: cut(size() - 4096),
    "a byte short": lambda: cut(size() - 1),
    "cut to 100 bytes": lambda: cut(100),
    "zeroed pages": lambda: zero(3, 4),
    "a zeroed first page": lambda: zero(0, 1),
    "all zeroes": lambda: zero(0, size() // 4096),
    "a garbage header": lambda: file().write_bytes(random.Random(0).randbytes(100) + file().read_bytes()[100:]),
    "a text file": lambda: file().write_text("not a database, only a file of that name\n" * 20),
    "a missing table": lambda: do("DROP TABLE events"),
    "a missing table that few need": lambda: do("DROP TABLE signed_in"),
    "a missing column": lambda: do("ALTER TABLE panels DROP COLUMN rubric"),
    "no version": lambda: do("DROP TABLE schema_version"),
    "an empty version": lambda: do("DELETE FROM schema_version"),
    "a version that is text": lambda: do(
        "DROP TABLE schema_version", "CREATE TABLE schema_version (version)", "INSERT INTO schema_version VALUES ('four')"
    ),
}
LOST = {
    "is empty (0 bytes)": lambda: cut(0),
    "is missing": lambda: file().unlink(),
    "has no tables": lambda: (file().unlink(), do("VACUUM", "PRAGMA user_version = 1")),
}


def refused(act=Ballots):
    with pytest.raises(RpoError) as refusal:
        act()
    return str(refusal.value)


HARM = {**{name: ("is damaged (", harm) for name, harm in DAMAGED.items()}, **{name: (name, harm) for name, harm in LOST.items()}}


@pytest.mark.parametrize(("sign", "harm"), HARM.values(), ids=HARM)
def test_what_was_harmed_is_said_and_a_copy_brings_the_votes_back(panel, sign, harm):
    harm()
    harmed = file().read_bytes()[100:] if file().exists() else None
    said = refused()
    (copy,) = backup.known()
    assert said.startswith("votes.db must ")
    assert sign in said
    assert "try again" not in said
    assert f"`rpo restore latest` brings back the copy of {copy.made:%Y-%m-%d %H:%M} UTC" in said
    _, kept = backup.restore("latest")
    assert raters(panel) == ["Ann"] * 30
    assert (kept.read_bytes()[100:] if kept else None) == harmed  # the header counts openings
    assert Ballots().next_ballot(panel, "Bob") is not None


@pytest.mark.parametrize("seed", range(8))
def test_a_cut_anywhere_is_noticed_and_loses_nothing_before_the_copy(panel, seed):
    """What was acknowledged after the copy is in the file that is kept aside, not lost to whoever can read it."""
    cut(random.Random(seed).randrange(1, size()))
    assert "votes.db must be a whole SQLite database, but it is damaged" in refused()
    backup.restore("latest")
    assert raters(panel) == ["Ann"] * 30


def test_a_new_home_asks_nothing_and_an_empty_beginning_is_a_choice(panel):
    file().unlink()
    refused()
    assert backup.begin_anew() is None
    ballots = Ballots()
    assert ballots.panels() == ()
    ballots.make_panel("new", comparisons(2))
    ballots.database.engine.dispose()
    kept = backup.begin_anew()
    assert [one.name for one in Ballots(f"sqlite:///{kept}").panels()] == ["new"]
    assert backup.restore("latest")[1] is not None
    assert raters(panel) == ["Ann"] * 30


def test_without_a_copy_the_words_name_none(tmp_path):
    Ballots(f"sqlite:///{tmp_path / 'v.db'}").database.engine.dispose()
    (tmp_path / "v.db").unlink()
    said = refused(lambda: Ballots(f"sqlite:///{tmp_path / 'v.db'}"))
    assert "there is no copy of it" in said
    assert "latest" not in said


LATER = {
    "is damaged (": lambda: file().write_bytes(file().read_bytes()[:4096] + random.Random(1).randbytes(size() - 4096)),
    "is missing": lambda: file().unlink(),
}


@pytest.mark.parametrize(("sign", "harm"), LATER.items(), ids=LATER)
def test_harm_while_the_app_runs_is_said_too_and_it_goes_on_after_a_restore(panel, sign, harm):
    ballots = Ballots()
    assert len(ballots.votes(panel)) == 33
    do("PRAGMA wal_checkpoint(TRUNCATE)")
    harm()
    ballots.database.engine.dispose()  # what this process has in memory is still right
    for act in (lambda: ballots.votes(panel), lambda: ballots.next_ballot(panel, "Ann"), ballots.panels):
        assert sign in refused(act)
    backup.restore("latest")
    assert len(ballots.votes(panel)) == 30
    ballots.cast(ballots.next_ballot(panel, "Bob"), Choice.LEFT)
    assert raters(panel) == [*["Ann"] * 30, "Bob"]


def test_no_vote_goes_to_a_file_that_was_taken_away(panel):
    ballots = Ballots()
    ballot = ballots.next_ballot(panel, "Bob")
    file().rename(file().with_name("elsewhere.db"))
    assert "is missing" in refused(lambda: ballots.cast(ballot, Choice.LEFT))
    file().with_name("elsewhere.db").rename(file())
    ballots.cast(ballot, Choice.LEFT)
    assert raters(panel).count("Bob") == 4


def newer(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO schema_version VALUES (99)")


def halved(path):
    os.truncate(path, path.stat().st_size // 2)


UNFIT = {
    "damaged": (halved, "must be a whole votes database"),
    "of a newer version": (newer, "got 99; update rpo"),
    "empty": (lambda path: os.truncate(path, 0), "it holds no votes database"),
    "text": (lambda path: path.write_text("x" * 5000), "not a database"),
    "not there": (Path.unlink, "a copy must be a file"),
}


@pytest.mark.parametrize(("spoil", "words"), UNFIT.values(), ids=UNFIT)
def test_a_copy_that_is_not_fit_is_refused_and_changes_nothing(panel, spoil, words):
    (copy,) = backup.known()
    spoil(copy.path)
    before = sorted(path.name for path in file().parent.iterdir())
    assert words in refused(lambda: backup.restore(str(copy.path)))
    assert sorted(path.name for path in file().parent.iterdir()) == before
    assert raters(panel).count("Bob") == 3


def test_a_copy_is_not_brought_back_under_a_running_app(panel):
    ballots = Ballots()
    ballots.panels()
    for act in (lambda: backup.restore("latest"), backup.begin_anew):
        assert "must not be in use" in refused(act)
    ballots.cast(ballots.next_ballot(panel, "Bob"), Choice.LEFT)
    ballots.database.engine.dispose()
    backup.restore("latest")
    assert raters(panel) == ["Ann"] * 30


def test_a_copy_made_while_raters_vote_is_whole_and_has_all_before_it(panel, tmp_path):
    ballots, counts, stop = Ballots(), [], threading.Event()

    def vote():
        while not stop.is_set() and (ballot := ballots.next_ballot(panel, "Cleo")):
            ballots.cast(ballot, Choice.RIGHT)
            counts.append(1)

    voter = threading.Thread(target=vote)
    voter.start()
    made = []
    for number in range(4):
        before = len(counts)
        made.append((backup.save(tmp_path / f"{number}.db"), before, len(counts)))
    stop.set()
    voter.join()
    for copy, before, after in made:
        assert copies.fault(copy, thorough=True) == ""
        there = sum(vote.rater == "Cleo" for vote in Ballots(f"sqlite:///{copy}").votes(panel))
        assert before <= there <= after + 1
    assert "must be a new file" in refused(lambda: backup.save(tmp_path / "0.db"))
    assert "must go to a folder" in refused(lambda: backup.save(tmp_path / "nowhere" / "0.db"))


@pytest.fixture
def each_visit(monkeypatch):
    monkeypatch.setattr("rpo.voting.backup.LOOK", 0)


def visit(ballots):
    if (copying := backup.daily(ballots.database)) is not None:
        copying.join()


def aged(days):
    """Make every copy older."""
    for copy in reversed(backup.known()):
        made = copy.made - timedelta(days=days)
        copy.path.rename(copy.path.with_name(copy.path.name.replace(f"{copy.made:%Y%m%dT%H%M%SZ}", f"{made:%Y%m%dT%H%M%SZ}")))


def test_a_copy_is_made_once_a_day_and_seven_are_kept(panel, each_visit):
    ballots = Ballots()
    for _ in range(9):
        visit(ballots)
        visit(ballots)
        aged(days=1)
    daily = [copy for copy in backup.known() if copy.reason is Reason.DAILY]
    assert len(daily) == 7
    assert {len(Ballots(f"sqlite:///{copy.path}").votes(panel)) for copy in daily} == {33}
    assert [copy.reason for copy in backup.known()].count(Reason.ASKED) == 1
    assert [path.name for path in file().parent.glob("copies/.*")] == []


def test_an_empty_database_is_not_copied(rpo_home, each_visit):
    visit(Ballots())
    assert backup.known() == []


def test_what_hinders_a_daily_copy_is_logged_and_hinders_nothing(panel, each_visit, caplog):
    ballots = Ballots()
    (copy,) = backup.known()
    copy.path.unlink()
    copy.path.parent.rmdir()
    copy.path.parent.touch()  # no folder can be made there
    visit(ballots)
    assert "no daily copy of the votes was made" in caplog.text
    assert len(ballots.votes(panel)) == 33


def test_the_app_makes_the_daily_copy(panel):
    Ballots.here()
    for thread in threading.enumerate():
        if thread.name == "rpo-daily-copy":
            thread.join()
    assert Reason.DAILY in [copy.reason for copy in backup.known()]
    assert abs(backup.known()[0].made - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_full_disk_is_said_as_that(panel):
    ballots = Ballots()
    with ballots.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite's own limit: it answers as for a full disk
    said = refused(lambda: ballots.make_panel("q", comparisons(200)))
    assert "votes.db must fit on the disk, but the disk is full (database or disk is full); nothing was stored, make room" in said
    assert [one.name for one in ballots.panels()] == ["p"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_can_read_the_votes(panel):
    for path in (file(), *backup.known()[0].path.parent.iterdir()):
        path.chmod(0o644)
    file().parent.chmod(0o755)
    ballots = Ballots()
    ballots.cast(ballots.next_ballot(panel, "Bob"), Choice.LEFT)
    backup.save()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (file().parent, *file().parent.rglob("*"))}
    assert {name.split(".db")[-1] for name in modes} >= {"-wal", "-shm", ".made"}
    assert {mode for name, mode in modes.items() if mode & 0o077} == set(), modes


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_database_elsewhere_leaves_its_folder_open(tmp_path):
    tmp_path.chmod(0o755)
    Ballots(f"sqlite:///{tmp_path / 'team.db'}")
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "team.db").stat().st_mode & 0o777 == 0o600


def test_postgres_is_copied_by_its_own_tools(monkeypatch):
    monkeypatch.setenv("RPO_VOTES_URL", "postgresql+psycopg://rpo:secret word@db.team:5433/votes?sslmode=require&password=again")
    for act in (backup.save, backup.known, lambda: backup.restore("latest"), backup.begin_anew):
        said = refused(act)
        assert "pg_dump --format=custom --file=votes.dump 'postgresql://rpo@db.team:5433/votes?sslmode=require'" in said
        assert not {"secret", "again"} & set(said.replace(":", " ").split())


def test_votes_on_the_shelf_are_closed_to_others(panel):
    to_shelf(Ballots(), panel, "votes.jsonl")
    home.folder("data").chmod(0o755)
    assert {path.stat().st_mode & 0o077 for path in home.folder("data").iterdir()} == {0}
    assert home.home().stat().st_mode & 0o077 == 0
