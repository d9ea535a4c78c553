"""A database made by any earlier version, with votes in it, opens here with all of them; all ways to this version agree.

A version is a file in `versions`, as that version made it: the next one is one file more.
"""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from rpo import storage
from rpo.preferences.holdout import reserve
from rpo.voting import Ballots, Choice, NoRaterVerdict, Seat
from rpo.voting.database.migrations import CURRENT
from tests.voting.conftest import comparisons

VERSIONS = {int(path.stem): path for path in (Path(__file__).parent / "versions").glob("*.sql")}


def made_by(version, url):
    """Have this version make a database with votes."""
    engine = create_engine(url)
    number = "SERIAL NOT NULL" if engine.dialect.name == "postgresql" else "INTEGER NOT NULL"
    with engine.begin() as connection:
        for statement in VERSIONS[version].read_text().replace("{number}", number).split(";"):
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(params=sorted(VERSIONS))
def version(request):
    return request.param


@pytest.fixture
def old(url, version):
    made_by(version, url)
    return url


def test_every_version_before_this_one_is_here():
    assert sorted(VERSIONS) == list(range(1, CURRENT))


def test_an_old_version_with_votes_is_brought_up_with_all_of_them(old):
    ballots = Ballots(old)
    (about,) = ballots.panels()
    assert (about.name, about.comparisons, about.same, about.empty, about.pool) == ("old panel", 5, 2, 0, 5)
    assert (about.sealed, about.repeats, about.overlap, about.raters) == (False, 0, None, ())
    votes = ballots.votes("p")
    assert [(v.comparison, v.choice, v.left, v.revision, v.time) for v in votes] == [
        ("c2", Choice.LEFT, "tuned", 0, 2.0),
        ("c1", Choice.RIGHT, "tuned", 2, 5.0),
    ]
    assert {(vote.seconds, vote.repeat, vote.reason, vote.tags) for vote in votes} == {(None, 0, "", ())}
    assert [one.verdict for one in ballots.unrated("p")] == [NoRaterVerdict.IDENTICAL, NoRaterVerdict.BOTH_EMPTY]


def test_its_rater_goes_on_where_they_stood(old):
    ballots = Ballots(old)
    ballot = ballots.next_ballot("p", "Ann")
    assert (ballot.prompt, ballot.left, ballot.number, ballot.total, ballot.revision) == ("zero?", "before", 3, 3, 0)
    ballots.cast(ballot, Choice.TIE, reason="equal")
    assert ballots.undo("p", "Ann").prompt == "zero?"
    assert ballots.undo("p", "Ann").prompt == "one?"
    assert ballots.progress("p", "Bob").total == 3
    assert Ballots(old).progress("p", "Ann").done == 1


def test_both_ways_to_this_version_end_in_the_same_tables(old, tmp_path):
    def shape(url):
        seen = inspect(Ballots(url).database.engine)
        return {
            table: (
                {(column["name"], column["nullable"]) for column in seen.get_columns(table)},
                sorted(seen.get_pk_constraint(table)["constrained_columns"]),
            )
            for table in seen.get_table_names()
        }

    assert shape(old) == shape(f"sqlite:///{tmp_path / 'new.db'}")


def test_a_migrated_database_takes_new_panels_and_is_migrated_once(old, version):
    Ballots(old).make_panel("new", comparisons(2))
    ballots = Ballots(old)
    assert [one.name for one in ballots.panels()] == ["new", "old panel"]
    with ballots.database.engine.connect() as connection:
        assert connection.exec_driver_sql("select version from schema_version order by version").scalars().all() == [
            version,
            CURRENT,
        ]


def test_every_old_showing_has_a_random_name_of_its_own(old):
    with Ballots(old).database.reading() as connection:
        names = connection.exec_driver_sql("select showing from shown").scalars().all()
        secret = connection.exec_driver_sql("select secret from panels").scalar()
    assert len(set(names)) == 3
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in (*names, secret))


def test_an_old_invitation_still_opens_its_seat(url):
    made_by(2, url)
    ballots = Ballots(url)
    assert ballots.invitations.admit("old token") == Seat("p", "Ann")
    (one,) = ballots.invitations.of("p")
    assert (one.open, one.expires, one.single) == (True, None, False)
    assert ballots.invitations.enter("old token").name


@pytest.mark.weights
@pytest.mark.parametrize(
    ("inside", "held", "released"),
    [(True, True, None), (True, False, 1.5), (False, True, None), (False, False, None)],
    ids=["held out in this home", "released in this home", "elsewhere, held out", "elsewhere"],
)
@pytest.mark.parametrize("version", [number for number in sorted(VERSIONS) if number < 4])  # since then a panel says so itself
def test_what_this_home_had_released_stays_released(version, tmp_path, inside, held, released):
    file = (storage.folder("votes") if inside else tmp_path) / "votes.db"
    made_by(version, f"sqlite:///{file}")
    if held:
        reserve(["zero?"], "p")
    assert Ballots(f"sqlite:///{file}").panel("p").released == released


@pytest.mark.weights
def test_a_file_is_copied_before_its_tables_are_changed(version, tmp_path):
    made_by(version, f"sqlite:///{tmp_path / 'votes.db'}")
    Ballots(f"sqlite:///{tmp_path / 'votes.db'}")
    (copy,) = (tmp_path / "copies").iterdir()
    engine = create_engine(f"sqlite:///{copy}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select version from schema_version").scalars().all() == [version]
        assert connection.exec_driver_sql("select count(*) from events").scalar() == 4
    engine.dispose()
    assert "-upgrade-" in copy.name
    assert len(Ballots(f"sqlite:///{copy}").votes("p")) == 2
