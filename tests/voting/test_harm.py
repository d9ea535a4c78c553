"""A file that is damaged, lost or full is said to be that, with the copy that brings the votes back."""

import os
import random
import re
import sqlite3
from contextlib import closing

import pytest

from rpo.voting import Ballots, Choice
from rpo.voting.database import backup
from tests.voting.conftest import comparisons, file, raters, refused


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
    "empty": lambda: cut(0),
    "missing": lambda: file().unlink(),
    "no tables": lambda: (file().unlink(), do("VACUUM", "PRAGMA user_version = 1")),
}


HARM = {**{name: ("damaged", harm) for name, harm in DAMAGED.items()}, **{name: (name, harm) for name, harm in LOST.items()}}


@pytest.mark.weights
@pytest.mark.parametrize(("sign", "harm"), HARM.values(), ids=HARM)
def test_what_was_harmed_is_said_and_a_copy_brings_the_votes_back(kept, sign, harm):
    harm()
    harmed = file().read_bytes()[100:] if file().exists() else None
    said = refused()
    (copy,) = backup.known_copies()
    assert re.search(rf"votes\.db.*\b{sign}\b", said)
    assert re.search(f"`rpo restore latest`.*{copy.made:%Y-%m-%d %H:%M} UTC", said)
    _, moved = backup.restore("latest")
    assert raters(kept) == ["Ann"] * 30
    assert (moved.read_bytes()[100:] if moved else None) == harmed  # the header counts openings
    assert Ballots().next_ballot(kept, "Bob") is not None


@pytest.mark.parametrize("seed", range(8))
def test_a_cut_anywhere_is_noticed_and_loses_nothing_before_the_copy(kept, seed):
    """What was acknowledged after the copy is in the file that is kept aside, not lost to whoever can read it."""
    cut(random.Random(seed).randrange(1, size()))
    assert re.search(r"votes\.db.*damaged", refused())
    backup.restore("latest")
    assert raters(kept) == ["Ann"] * 30


LATER = {
    "damaged": lambda: file().write_bytes(file().read_bytes()[:4096] + random.Random(1).randbytes(size() - 4096)),
    "missing": lambda: file().unlink(),
}


@pytest.mark.parametrize(("sign", "harm"), LATER.items(), ids=LATER)
def test_harm_while_the_app_runs_is_said_too_and_it_goes_on_after_a_restore(kept, sign, harm):
    ballots = Ballots()
    assert len(ballots.votes(kept)) == 33
    do("PRAGMA wal_checkpoint(TRUNCATE)")
    harm()
    ballots.database.engine.dispose()  # what this process has in memory is still right
    for act in (lambda: ballots.votes(kept), lambda: ballots.next_ballot(kept, "Ann"), ballots.panels):
        assert sign in refused(act)
    backup.restore("latest")
    assert len(ballots.votes(kept)) == 30
    ballots.cast(ballots.next_ballot(kept, "Bob"), Choice.LEFT)
    assert raters(kept) == [*["Ann"] * 30, "Bob"]


def test_no_vote_goes_to_a_file_that_was_taken_away(kept):
    ballots = Ballots()
    ballot = ballots.next_ballot(kept, "Bob")
    file().rename(file().with_name("elsewhere.db"))
    assert "missing" in refused(lambda: ballots.cast(ballot, Choice.LEFT))
    file().with_name("elsewhere.db").rename(file())
    ballots.cast(ballot, Choice.LEFT)
    assert raters(kept).count("Bob") == 4


def test_a_full_disk_is_said_as_that(kept):
    ballots = Ballots()
    with ballots.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite's own limit: it answers as for a full disk
    said = refused(lambda: ballots.make_panel("q", comparisons(200)))
    assert re.search(r"votes\.db.*disk is full", said)
    assert [one.name for one in ballots.panels()] == ["p"]
