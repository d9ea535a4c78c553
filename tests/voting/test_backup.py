"""Copies of the votes: made by hand and by day, brought back, and closed to others."""

import os
import re
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rpo import storage
from rpo.voting import Ballots, Choice, to_shelf
from rpo.voting.database import backup, copies
from rpo.voting.database.copies import Reason
from tests.voting.conftest import comparisons, file, raters, refused


def test_a_new_home_asks_nothing_and_an_empty_beginning_is_a_choice(kept):
    file().unlink()
    refused()
    assert backup.begin_anew() is None
    ballots = Ballots()
    assert ballots.panels() == ()
    ballots.make_panel("new", comparisons(2))
    ballots.database.engine.dispose()
    moved = backup.begin_anew()
    assert [one.name for one in Ballots(f"sqlite:///{moved}").panels()] == ["new"]
    assert backup.restore("latest")[1] is not None
    assert raters(kept) == ["Ann"] * 30


def test_without_a_copy_the_words_name_none(tmp_path):
    Ballots(f"sqlite:///{tmp_path / 'v.db'}").database.engine.dispose()
    (tmp_path / "v.db").unlink()
    said = refused(lambda: Ballots(f"sqlite:///{tmp_path / 'v.db'}"))
    assert "v.db" in said
    assert "latest" not in said


def newer(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO schema_version VALUES (99)")


def halved(path):
    os.truncate(path, path.stat().st_size // 2)


UNFIT = {
    "damaged": (halved, "damaged|malformed|whole"),
    "of a newer version": (newer, r"\b99\b"),
    "empty": (lambda path: os.truncate(path, 0), "holds no"),
    "text": (lambda path: path.write_text("x" * 5000), "not a database"),
    "not there": (Path.unlink, "must be a file"),
}


@pytest.mark.parametrize(("spoil", "why"), UNFIT.values(), ids=UNFIT)
def test_a_copy_that_is_not_fit_is_refused_and_changes_nothing(kept, spoil, why):
    (copy,) = backup.known_copies()
    spoil(copy.path)
    before = sorted(path.name for path in file().parent.iterdir())
    assert re.search(why, refused(lambda: backup.restore(str(copy.path))))
    assert sorted(path.name for path in file().parent.iterdir()) == before
    assert raters(kept).count("Bob") == 3


def test_a_copy_is_not_brought_back_under_a_running_app(kept):
    ballots = Ballots()
    ballots.panels()
    for act in (lambda: backup.restore("latest"), backup.begin_anew):
        assert "in use" in refused(act)
    ballots.cast(ballots.next_ballot(kept, "Bob"), Choice.LEFT)
    ballots.database.engine.dispose()
    backup.restore("latest")
    assert raters(kept) == ["Ann"] * 30


def test_a_copy_made_while_raters_vote_is_whole_and_has_all_before_it(kept, tmp_path):
    ballots, counts, stop = Ballots(), [], threading.Event()

    def vote():
        while not stop.is_set() and (ballot := ballots.next_ballot(kept, "Cleo")):
            ballots.cast(ballot, Choice.RIGHT)
            counts.append(1)

    voter = threading.Thread(target=vote)
    voter.start()
    made = []
    for number in range(4):
        before = len(counts)
        made.append((backup.save_copy(tmp_path / f"{number}.db"), before, len(counts)))
    stop.set()
    voter.join()
    for copy, before, after in made:
        assert copies.fault(copy, thorough=True) == ""
        there = sum(vote.rater == "Cleo" for vote in Ballots(f"sqlite:///{copy}").votes(kept))
        assert before <= there <= after + 1
    assert re.search(r"new.*0\.db", refused(lambda: backup.save_copy(tmp_path / "0.db")))
    assert re.search("folder.*nowhere", refused(lambda: backup.save_copy(tmp_path / "nowhere" / "0.db")))


def visit(ballots):
    if (copying := backup.daily(ballots.database, every=0)) is not None:
        copying.join()


def aged(days):
    """Make every copy older."""
    for copy in reversed(backup.known_copies()):
        made = copy.made - timedelta(days=days)
        copy.path.rename(copy.path.with_name(copy.path.name.replace(f"{copy.made:%Y%m%dT%H%M%SZ}", f"{made:%Y%m%dT%H%M%SZ}")))


def test_a_copy_is_made_once_a_day_and_seven_are_kept(kept):
    ballots = Ballots()
    for _ in range(9):
        visit(ballots)
        visit(ballots)
        aged(days=1)
    daily = [copy for copy in backup.known_copies() if copy.reason is Reason.DAILY]
    assert len(daily) == 7
    assert {len(Ballots(f"sqlite:///{copy.path}").votes(kept)) for copy in daily} == {33}
    assert [copy.reason for copy in backup.known_copies()].count(Reason.ASKED) == 1
    assert [path.name for path in file().parent.glob("copies/.*")] == []


def test_an_empty_database_is_not_copied(rpo_home):
    visit(Ballots())
    assert backup.known_copies() == []


def test_what_hinders_a_daily_copy_is_logged_and_hinders_nothing(kept, caplog):
    ballots = Ballots()
    (copy,) = backup.known_copies()
    copy.path.unlink()
    copy.path.parent.rmdir()
    copy.path.parent.touch()  # no folder can be made there
    visit(ballots)
    assert "copy" in caplog.text
    assert len(ballots.votes(kept)) == 33


def test_the_app_makes_the_daily_copy(kept):
    Ballots.here()
    for thread in threading.enumerate():
        if thread.name == "rpo-daily-copy":
            thread.join()
    assert Reason.DAILY in [copy.reason for copy in backup.known_copies()]
    assert abs(backup.known_copies()[0].made - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_can_read_the_votes(kept):
    for path in (file(), *backup.known_copies()[0].path.parent.iterdir()):
        path.chmod(0o644)
    file().parent.chmod(0o755)
    ballots = Ballots()
    ballots.cast(ballots.next_ballot(kept, "Bob"), Choice.LEFT)
    backup.save_copy()
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
    for act in (backup.save_copy, backup.known_copies, lambda: backup.restore("latest"), backup.begin_anew):
        said = refused(act)
        assert "pg_dump --format=custom --file=votes.dump 'postgresql://rpo@db.team:5433/votes?sslmode=require'" in said
        assert not {"secret", "again"} & set(said.replace(":", " ").split())


def test_what_was_there_is_never_overwritten(kept):
    """Three exchanges within a second keep three files."""
    moved = [backup.begin_anew(), *(backup.restore("latest")[1] for _ in range(2))]
    assert len({path for path in moved if path.exists()}) == 3


def test_votes_on_the_shelf_are_closed_to_others(kept):
    to_shelf(Ballots(), kept, "votes.jsonl")
    storage.folder("data").chmod(0o755)
    assert {path.stat().st_mode & 0o077 for path in storage.folder("data").iterdir()} == {0}
    assert storage.home().stat().st_mode & 0o077 == 0
