"""A database made by the first version, with votes in it, opens here with all of them; both ways to this version agree."""

import pytest
from sqlalchemy import create_engine, inspect

from rpo.voting import Ballots, Choice, Verdict
from rpo.voting.migrations import CURRENT
from tests.voting.conftest import comparisons

FIRST = """
CREATE TABLE comparisons (
    panel VARCHAR(32) NOT NULL, id VARCHAR(32) NOT NULL, position INTEGER NOT NULL, prompt TEXT NOT NULL, slice TEXT NOT NULL,
    baseline TEXT NOT NULL, candidate TEXT NOT NULL, same BOOLEAN NOT NULL, PRIMARY KEY (panel, id)
);
CREATE TABLE events (
    number {number}, panel VARCHAR(32) NOT NULL, rater VARCHAR(64) NOT NULL, comparison VARCHAR(32) NOT NULL,
    revision INTEGER NOT NULL, choice VARCHAR(8), both_bad BOOLEAN NOT NULL, time FLOAT NOT NULL, PRIMARY KEY (number),
    UNIQUE (panel, rater, comparison, revision)
);
CREATE INDEX ix_events_panel ON events (panel);
CREATE TABLE panels (
    id VARCHAR(32) NOT NULL, name TEXT NOT NULL, baseline TEXT NOT NULL, candidate TEXT NOT NULL, rubric TEXT NOT NULL,
    created FLOAT NOT NULL, PRIMARY KEY (id)
);
CREATE TABLE schema_version (version INTEGER NOT NULL, PRIMARY KEY (version));
CREATE TABLE shown (
    panel VARCHAR(32) NOT NULL, rater VARCHAR(64) NOT NULL, comparison VARCHAR(32) NOT NULL, place INTEGER NOT NULL,
    candidate_left BOOLEAN NOT NULL, PRIMARY KEY (panel, rater, comparison)
);
INSERT INTO schema_version VALUES (1);
INSERT INTO panels VALUES ('p', 'old panel', 'base', 'tuned', 'Which?', 1.5);
INSERT INTO comparisons VALUES
    ('p', 'c0', 0, 'zero?', 'a', 'before', 'after', false), ('p', 'c1', 1, 'one?', 'b', 'before', '', false),
    ('p', 'c2', 2, 'two?', '', 'before', 'after', false), ('p', 'c3', 3, 'three?', '', 'x', 'x ', true),
    ('p', 'c4', 4, 'four?', '', ' ', '', true);
INSERT INTO shown VALUES ('p', 'Ann', 'c2', 0, true), ('p', 'Ann', 'c0', 3, false), ('p', 'Ann', 'c1', 2, true);
INSERT INTO events (panel, rater, comparison, revision, choice, both_bad, time) VALUES
    ('p', 'Ann', 'c2', 0, 'left', false, 2.0), ('p', 'Ann', 'c1', 0, 'tie', true, 3.0), ('p', 'Ann', 'c1', 1, NULL, false, 4.0),
    ('p', 'Ann', 'c1', 2, 'right', false, 5.0)
"""


@pytest.fixture
def old(url):
    engine = create_engine(url)
    number = "SERIAL NOT NULL" if engine.dialect.name == "postgresql" else "INTEGER NOT NULL"
    with engine.begin() as connection:
        for statement in FIRST.format(number=number).split(";"):
            connection.exec_driver_sql(statement)
    engine.dispose()
    return url


def test_a_first_version_with_votes_is_brought_up_with_all_of_them(old):
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
    assert [one.verdict for one in ballots.unrated("p")] == [Verdict.IDENTICAL, Verdict.BOTH_EMPTY]


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


def test_a_migrated_database_takes_new_panels_and_is_migrated_once(old):
    Ballots(old).make_panel("new", comparisons(2))
    ballots = Ballots(old)
    assert [one.name for one in ballots.panels()] == ["new", "old panel"]
    with ballots.database.engine.connect() as connection:
        assert connection.exec_driver_sql("select version from schema_version order by version").scalars().all() == [1, CURRENT]
