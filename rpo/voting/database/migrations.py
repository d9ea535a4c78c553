"""Numbered steps that bring a votes database of any earlier version up to this one, recorded in `schema_version`.

A step is plain SQL that both databases understand and is never edited once released; a new database is made from `tables` at
once. A newer one is refused. Not a way back: before the steps a SQLite file is copied, see `database`.
"""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, func, insert, inspect, select, text

from rpo import storage
from rpo.errors import RpoError
from rpo.voting.database.schema import METADATA, SCHEMA_VERSION
from rpo.voting.types import verdict_on


class Unknown(RpoError):  # noqa: N818 - a state of the database, not an error of ours
    """Tables of ours that do not say of which version they are."""


LOCK = 240_210_958  # any number that no other program in this PostgreSQL database locks

SECOND_STEP = """
ALTER TABLE panels ADD COLUMN pool INTEGER NOT NULL DEFAULT 0;
ALTER TABLE panels ADD COLUMN seed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE panels ADD COLUMN raters JSON NOT NULL DEFAULT '[]';
ALTER TABLE panels ADD COLUMN overlap INTEGER;
ALTER TABLE panels ADD COLUMN sealed BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE panels ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;
ALTER TABLE panels ADD COLUMN tags JSON NOT NULL DEFAULT '[]';
ALTER TABLE shown ADD COLUMN pair VARCHAR(32) NOT NULL DEFAULT '';
ALTER TABLE shown ADD COLUMN repeat INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shown ADD COLUMN shown_at FLOAT;
ALTER TABLE events ADD COLUMN act VARCHAR(8) NOT NULL DEFAULT 'vote';
ALTER TABLE events ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN tags JSON NOT NULL DEFAULT '[]';
ALTER TABLE comparisons ADD COLUMN verdict VARCHAR(16) NOT NULL DEFAULT '';
UPDATE panels SET pool = (SELECT count(*) FROM comparisons WHERE comparisons.panel = panels.id);
UPDATE shown SET pair = comparison;
UPDATE events SET act = 'undo' WHERE choice IS NULL;
CREATE TABLE invitations (
    token VARCHAR(64) NOT NULL PRIMARY KEY, panel VARCHAR(32) NOT NULL, rater VARCHAR(64) NOT NULL, created FLOAT NOT NULL,
    revoked FLOAT
);
CREATE TABLE owner (id INTEGER NOT NULL PRIMARY KEY, salt VARCHAR(64) NOT NULL, hash VARCHAR(128) NOT NULL)
"""


def _second(connection: Connection) -> None:
    """Panels get options, pairs a verdict where no rater is needed, showings a time and repeats, events their kind."""
    for statement in SECOND_STEP.split(";"):
        connection.execute(text(statement))
    unseen = connection.execute(text("SELECT panel, id, baseline, candidate FROM comparisons WHERE same"))
    for panel, name, baseline, candidate in list(unseen):
        values = {"verdict": str(verdict_on(baseline, candidate)), "panel": panel, "id": name}
        connection.execute(text("UPDATE comparisons SET verdict = :verdict WHERE panel = :panel AND id = :id"), values)
    connection.execute(text("ALTER TABLE comparisons DROP COLUMN same"))


THIRD = """
CREATE TABLE judges (id VARCHAR(32) NOT NULL PRIMARY KEY, record JSON NOT NULL, created FLOAT NOT NULL);
CREATE TABLE opinions (
    judge VARCHAR(32) NOT NULL, question VARCHAR(32) NOT NULL, outcome VARCHAR(16) NOT NULL, reply TEXT NOT NULL,
    tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, time FLOAT NOT NULL, PRIMARY KEY (judge, question)
);
CREATE TABLE calls (
    id VARCHAR(32) NOT NULL PRIMARY KEY, job VARCHAR(64) NOT NULL, judge VARCHAR(32) NOT NULL, question VARCHAR(32) NOT NULL,
    reserved FLOAT NOT NULL, paid FLOAT, began FLOAT NOT NULL
)
"""


def _third(connection: Connection) -> None:
    """Judges, what they said, and what it cost."""
    for statement in THIRD.split(";"):
        connection.execute(text(statement))


FOURTH = """
ALTER TABLE panels ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE panels ADD COLUMN secret VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE panels ADD COLUMN released FLOAT;
ALTER TABLE shown ADD COLUMN showing VARCHAR(32) NOT NULL DEFAULT '';
ALTER TABLE invitations ADD COLUMN expires FLOAT;
ALTER TABLE invitations ADD COLUMN seat VARCHAR(32) NOT NULL DEFAULT '';
ALTER TABLE invitations ADD COLUMN single BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE invitations ADD COLUMN browser VARCHAR(64);
CREATE INDEX ix_invitations_seat ON invitations (seat);
CREATE TABLE signed_in (token VARCHAR(64) NOT NULL PRIMARY KEY, created FLOAT NOT NULL);
UPDATE panels SET secret = {random};
UPDATE shown SET showing = {random};
UPDATE invitations SET seat = {random}
"""
RANDOM = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "replace(gen_random_uuid()::text, '-', '')"}


def _fourth(connection: Connection) -> None:
    """Secret seeds and random names of showings, sign-ins, invitations that end; panels released in this home stay so."""
    for statement in FOURTH.format(random=RANDOM[connection.dialect.name]).split(";"):
        connection.execute(text(statement))
    place = connection.engine.url.database or ""
    if connection.dialect.name == "sqlite" and Path(place).resolve().is_relative_to(storage.home()):
        held = {path.stem for path in storage.folder("fence").glob("*.json")}  # until now these said which prompts are held out
        for (panel,) in list(connection.execute(text("SELECT id FROM panels"))):
            if panel not in held:
                connection.execute(text("UPDATE panels SET released = created WHERE id = :panel"), {"panel": panel})


FIFTH = """
ALTER TABLE opinions ADD COLUMN preference FLOAT;
ALTER TABLE comparisons ADD COLUMN baseline_cut BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE comparisons ADD COLUMN candidate_cut BOOLEAN NOT NULL DEFAULT false
"""


def _fifth(connection: Connection) -> None:
    """What judges said as a number stays one, and answers know whether a limit cut them; of older ones nobody knows either."""
    for statement in FIFTH.split(";"):
        connection.execute(text(statement))


def _sixth(connection: Connection) -> None:
    """A panel says whether it is the example that comes with the package."""
    connection.execute(text("ALTER TABLE panels ADD COLUMN example BOOLEAN NOT NULL DEFAULT false"))


def _seventh(connection: Connection) -> None:
    """A panel holds the margin that was agreed on with it; for older ones there is none."""
    connection.execute(text("ALTER TABLE panels ADD COLUMN margin FLOAT"))


EIGHTH = """
ALTER TABLE panels ADD COLUMN guideline TEXT NOT NULL DEFAULT '';
ALTER TABLE panels ADD COLUMN second_rubric TEXT NOT NULL DEFAULT '';
ALTER TABLE panels ADD COLUMN strength BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE panels ADD COLUMN differences BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE events ADD COLUMN marked BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE events ADD COLUMN strength VARCHAR(8);
ALTER TABLE events ADD COLUMN second VARCHAR(8);
CREATE TABLE practice (
    panel VARCHAR(32) NOT NULL, place INTEGER NOT NULL, prompt TEXT NOT NULL, left_answer TEXT NOT NULL,
    right_answer TEXT NOT NULL, choice VARCHAR(8) NOT NULL, both_bad BOOLEAN NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (panel, place)
)
"""


def _eighth(connection: Connection) -> None:
    """Guideline, practice pairs, a second question, strength and marked differences; older panels have none of them."""
    for statement in EIGHTH.split(";"):
        connection.execute(text(statement))


QUESTION_TABLES = """
CREATE TABLE questions (
    panel VARCHAR(32) NOT NULL, id VARCHAR(32) NOT NULL, position INTEGER NOT NULL, chosen_prompt TEXT NOT NULL,
    chosen TEXT NOT NULL, rejected_prompt TEXT NOT NULL, rejected TEXT NOT NULL, cosine FLOAT NOT NULL,
    nearness VARCHAR(16) NOT NULL, data TEXT NOT NULL, encoder TEXT NOT NULL, reads TEXT NOT NULL, PRIMARY KEY (panel, id)
);
CREATE TABLE questions_shown (
    panel VARCHAR(32) NOT NULL, rater VARCHAR(64) NOT NULL, question VARCHAR(32) NOT NULL, showing VARCHAR(32) NOT NULL,
    place INTEGER NOT NULL, chosen_left BOOLEAN NOT NULL, shown_at FLOAT, PRIMARY KEY (panel, rater, question)
);
CREATE TABLE question_events (
    number {number}, panel VARCHAR(32) NOT NULL, rater VARCHAR(64) NOT NULL, question VARCHAR(32) NOT NULL,
    revision INTEGER NOT NULL, act VARCHAR(8) NOT NULL, choice VARCHAR(8), both_bad BOOLEAN NOT NULL, reason TEXT NOT NULL,
    time FLOAT NOT NULL, PRIMARY KEY (number), UNIQUE (panel, rater, question, revision)
);
CREATE INDEX ix_question_events_panel ON question_events (panel)
"""
COUNTED = {"sqlite": "INTEGER NOT NULL", "postgresql": "SERIAL NOT NULL"}


def _questions(connection: Connection) -> None:
    """Cross-prompt questions: which a panel asks, how they were shown, and what raters answered; older panels have none."""
    for statement in QUESTION_TABLES.format(number=COUNTED[connection.dialect.name]).split(";"):
        connection.execute(text(statement))


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (
    _second,
    _third,
    _fourth,
    _fifth,
    _sixth,
    _seventh,
    _eighth,
    _questions,
)
CURRENT = 1 + len(MIGRATIONS)


def version(connection: Connection) -> int:
    """The version of this database, 0 where it is empty; one that is too new, or does not say its version, is refused."""
    there = METADATA.tables.keys() & set(inspect(connection).get_table_names())
    if not there:
        return 0
    found = connection.execute(select(func.max(SCHEMA_VERSION.c.version))).scalar() if SCHEMA_VERSION.name in there else None
    if not isinstance(found, int):
        raise Unknown(
            f"a votes database must say its version in the table {SCHEMA_VERSION.name}, got {found!r} beside "
            f"{', '.join(sorted(there))}"
        )
    if found > CURRENT:
        raise RpoError(f"the votes database must be of version {CURRENT} or older, got {found}; update rpo")
    return found


def lacking(connection: Connection) -> str:
    """Which table or column of this version is not there, "" if all are."""
    seen = inspect(connection).get_multi_columns()
    there = {name: {column["name"] for column in columns} for (_, name), columns in seen.items()}
    for name, table in METADATA.tables.items():
        if name not in there:
            return f"no table {name}"
        if missing := {*table.columns.keys()} - there[name]:
            return f"no column {min(missing)} in the table {name}"
    return ""


def migrate(connection: Connection) -> None:
    """Make the tables, or take the steps that are missing; of several processes that start at once one does it."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    found = version(connection)
    if found == CURRENT:
        return
    for step in MIGRATIONS[found - 1 :] if found else ():
        step(connection)
    METADATA.create_all(connection)
    connection.execute(insert(SCHEMA_VERSION).values(version=CURRENT))
