"""The tables of the votes database and the numbered steps that lead to them, in SQL that SQLite and PostgreSQL both read.

A step that was released never changes: a new wish is a new step at the end. `votes` is append-only: a changed mind, an undo and a
skip are rows of their own, and a rater's highest revision of a pair is the one that counts.
"""

from sqlalchemy import Boolean, Column, Double, Integer, MetaData, String, Table

TABLES = MetaData()

panels = Table(
    "panels",
    TABLES,
    Column("id", String, primary_key=True),
    Column("name", String),
    Column("baseline", String),
    Column("candidate", String),
    Column("rubric", String),
    Column("seed", String),
    Column("created", Double),
)
comparisons = Table(
    "comparisons",
    TABLES,
    Column("panel", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("position", Integer),
    Column("prompt", String),
    Column("slice", String),
    Column("first_text", String),
    Column("first_author", String),
    Column("second_text", String),
    Column("second_author", String),
    Column("identical", Boolean),
)
raters = Table(
    "raters",
    TABLES,
    Column("panel", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("joined", Double),
)
shown = Table(
    "shown",
    TABLES,
    Column("panel", String, primary_key=True),
    Column("rater", String, primary_key=True),
    Column("comparison", String, primary_key=True),
    Column("place", Integer),
    Column("swapped", Boolean),
)
votes = Table(
    "votes",
    TABLES,
    Column("panel", String, primary_key=True),
    Column("rater", String, primary_key=True),
    Column("comparison", String, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("number", Integer),
    Column("event", String),
    Column("choice", String),
    Column("both_bad", Boolean),
    Column("left_author", String),
    Column("right_author", String),
    Column("time", Double),
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE panels (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, baseline TEXT NOT NULL, candidate TEXT NOT NULL,
            rubric TEXT NOT NULL, seed TEXT NOT NULL, created DOUBLE PRECISION NOT NULL)""",
        """CREATE TABLE comparisons (
            panel TEXT NOT NULL REFERENCES panels (id), id TEXT NOT NULL, position INTEGER NOT NULL, prompt TEXT NOT NULL,
            slice TEXT NOT NULL, first_text TEXT NOT NULL, first_author TEXT NOT NULL, second_text TEXT NOT NULL,
            second_author TEXT NOT NULL, identical BOOLEAN NOT NULL, PRIMARY KEY (panel, id), UNIQUE (panel, position))""",
        """CREATE TABLE raters (
            panel TEXT NOT NULL REFERENCES panels (id), name TEXT NOT NULL, joined DOUBLE PRECISION NOT NULL,
            PRIMARY KEY (panel, name))""",
        """CREATE TABLE shown (
            panel TEXT NOT NULL, rater TEXT NOT NULL, comparison TEXT NOT NULL, place INTEGER NOT NULL,
            swapped BOOLEAN NOT NULL, PRIMARY KEY (panel, rater, comparison), UNIQUE (panel, rater, place),
            FOREIGN KEY (panel, rater) REFERENCES raters (panel, name),
            FOREIGN KEY (panel, comparison) REFERENCES comparisons (panel, id))""",
        """CREATE TABLE votes (
            panel TEXT NOT NULL, rater TEXT NOT NULL, comparison TEXT NOT NULL, revision INTEGER NOT NULL,
            number INTEGER NOT NULL, event TEXT NOT NULL CHECK (event IN ('vote', 'undo', 'skip')),
            choice TEXT CHECK (choice IN ('left', 'right', 'tie')), both_bad BOOLEAN NOT NULL,
            left_author TEXT NOT NULL, right_author TEXT NOT NULL, time DOUBLE PRECISION NOT NULL,
            CHECK ((event = 'vote') = (choice IS NOT NULL)),
            PRIMARY KEY (panel, rater, comparison, revision),
            FOREIGN KEY (panel, rater, comparison) REFERENCES shown (panel, rater, comparison))""",
    ),
    ("CREATE UNIQUE INDEX votes_in_order ON votes (panel, rater, number)",),
)
