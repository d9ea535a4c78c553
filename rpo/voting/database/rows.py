"""Rows that somebody edited by hand so that they make no sense: named with table, rule, value and the next step.

The database looks for them (SQLite takes any value in any column), before what it holds becomes objects. Not damage of the file:
see `trouble`.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from textwrap import shorten
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Float, Integer, Table, text
from sqlalchemy.exc import NoResultFound

from rpo.errors import RpoError
from rpo.preferences import View
from rpo.voting.database.schema import (
    COMPARISONS,
    EVENTS,
    INVITATIONS,
    JUDGES,
    PANELS,
    PRACTICE,
    QUESTION_EVENTS,
    QUESTIONS,
    QUESTIONS_SHOWN,
    SHOWN,
)
from rpo.voting.questions.types import Nearness
from rpo.voting.types import Act, Choice, NoRaterVerdict, Strength

ABOUT_QUESTIONS = (QUESTIONS, QUESTIONS_SHOWN, QUESTION_EVENTS)
CHECKED_TABLES = (PANELS, COMPARISONS, PRACTICE, SHOWN, EVENTS, *ABOUT_QUESTIONS, INVITATIONS)

LISTS = {
    "sqlite": "CASE WHEN NOT json_valid({0}) THEN true WHEN json_type({0}) <> 'array' THEN true "
    "ELSE EXISTS (SELECT 1 FROM json_each({0}) AS part WHERE part.type <> 'text') END",
    "postgresql": "CASE WHEN json_typeof({0}) <> 'array' THEN true "
    "ELSE EXISTS (SELECT 1 FROM json_array_elements({0}) AS part WHERE json_typeof(part) <> 'string') END",
}


class EditedError(RpoError):
    """A row that breaks a rule: it names the pair, so it is for the owner's eyes."""


OBJECT = {
    "sqlite": "CASE WHEN NOT json_valid({0}) THEN true ELSE json_type({0}) <> 'object' END",
    "postgresql": "json_typeof({0}) <> 'object'",
}


@dataclass(frozen=True)
class RowRule:
    """What holds of a column in every row; `broken` is the SQL that finds a row where it does not."""

    table: Table
    column: str
    must: str
    broken: str


def _one_of(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


_SEEN = (
    "SELECT 1 FROM shown WHERE shown.panel = events.panel AND shown.rater = events.rater AND shown.comparison = events.comparison"
)
_UNDO = (
    "SELECT 1 FROM events AS later WHERE later.panel = events.panel AND later.rater = events.rater AND "
    "later.comparison = events.comparison AND later.revision > events.revision AND later.act = 'undo'"
)
_PAIR = "SELECT 1 FROM comparisons WHERE comparisons.panel = shown.panel AND comparisons.id = shown.pair"
_QUESTION = "SELECT 1 FROM questions WHERE questions.panel = questions_shown.panel AND questions.id = questions_shown.question"
_PANEL = "SELECT 1 FROM panels WHERE panels.id = comparisons.panel"
_TWINS = "SELECT panel, rater, showing FROM shown WHERE {scope} GROUP BY panel, rater, showing HAVING count(*) > 1"
ROW_RULES = (
    RowRule(
        COMPARISONS,
        "verdict",
        f"be empty or one of {', '.join(NoRaterVerdict)}",
        f"verdict NOT IN ('', {_one_of(NoRaterVerdict)})",
    ),
    RowRule(COMPARISONS, "panel", "be of a panel that is there", f"NOT EXISTS ({_PANEL})"),
    RowRule(SHOWN, "pair", "be a pair that is there", f"NOT EXISTS ({_PAIR})"),
    RowRule(SHOWN, "showing", "be a name that no other showing has", f"(panel, rater, showing) IN ({_TWINS})"),
    RowRule(EVENTS, "act", f"be one of {', '.join(Act)}", f"act NOT IN ({_one_of(Act)})"),
    RowRule(EVENTS, "choice", f"be one of {', '.join(Choice)}", f"choice NOT IN ({_one_of(Choice)})"),
    RowRule(EVENTS, "choice", "be there for a vote, and for nothing else", "(act = 'vote') <> (choice IS NOT NULL)"),
    RowRule(EVENTS, "second", f"be one of {', '.join(Choice)}", f"second NOT IN ({_one_of(Choice)})"),
    RowRule(EVENTS, "strength", f"be one of {', '.join(Strength)}", f"strength NOT IN ({_one_of(Strength)})"),
    RowRule(QUESTIONS, "nearness", f"be one of {', '.join(Nearness)}", f"nearness NOT IN ({_one_of(Nearness)})"),
    RowRule(QUESTIONS, "reads", f"be one of {', '.join(View)}", f"reads NOT IN ({_one_of(View)})"),
    RowRule(QUESTIONS_SHOWN, "question", "be a question that is there", f"NOT EXISTS ({_QUESTION})"),
    RowRule(QUESTION_EVENTS, "act", f"be one of {', '.join(Act)}", f"act NOT IN ({_one_of(Act)})"),
    RowRule(QUESTION_EVENTS, "choice", f"be one of {', '.join(Choice)}", f"choice NOT IN ({_one_of(Choice)})"),
    RowRule(QUESTION_EVENTS, "choice", "be there for an answer, and for nothing else", "(act = 'vote') <> (choice IS NOT NULL)"),
    RowRule(PRACTICE, "choice", f"be one of {', '.join(Choice)}", f"choice NOT IN ({_one_of(Choice)})"),
    RowRule(EVENTS, "comparison", "be a showing of its rater", f"act = 'vote' AND NOT EXISTS ({_SEEN}) AND NOT EXISTS ({_UNDO})"),
)


def check_rows(
    connection: Connection, tables: Iterable[Table] = CHECKED_TABLES, panel: str | None = None, rater: str | None = None
) -> None:
    """Refuse the first row of these tables that breaks a rule; of one panel or rater alone where they are given."""
    for table in tables:
        if not _rules(table, connection.dialect.name):
            continue
        scope = {"panel": panel, "rater": rater if "rater" in table.columns else None}
        names = {name: value for name, value in scope.items() if value is not None}
        found = connection.execute(text(_query(table, connection.dialect.name, *names)), names).mappings().first()
        if found is not None:
            raise _refusal(connection, table, dict(found))


@contextmanager
def row_fault(connection: Connection) -> Generator[None]:
    """Around what reads rows: where it stumbles over a value and a row breaks a rule, that row is named."""
    try:
        yield
    except RpoError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, NoResultFound):
        check_rows(connection)  # where every row is sound, what was raised is a bug and goes on as it is
        raise


@lru_cache
def _rules(table: Table, dialect: str) -> tuple[RowRule, ...]:
    shapes = (_shape(table, column, dialect) for column in table.columns)
    return (*(rule for rule in shapes if rule), *(rule for rule in ROW_RULES if rule.table is table))


def _shape(table: Table, column: Column[Any], dialect: str) -> RowRule | None:
    """What a column of this type may hold; PostgreSQL itself sees to it but for lists."""
    if column is JUDGES.c.record:
        return RowRule(table, column.name, "be an object in JSON", OBJECT[dialect].format(f"{table.name}.{column.name}"))
    if isinstance(column.type, JSON):
        return RowRule(table, column.name, "be a list of texts in JSON", LISTS[dialect].format(f"{table.name}.{column.name}"))
    if dialect != "sqlite":
        return None
    kind = next((kind for kind in COLUMN_KINDS if isinstance(column.type, kind)), None)
    must, allowed = COLUMN_KINDS[kind] if kind else ("be text", "'text'")
    if isinstance(column.type, Boolean):
        return RowRule(table, column.name, must, f"{column.name} NOT IN (0, 1)")
    free = ", 'null'" if column.nullable else ""
    return RowRule(table, column.name, must, f"typeof({table.name}.{column.name}) NOT IN ({allowed}{free})")


COLUMN_KINDS: dict[type, tuple[str, str]] = {
    Boolean: ("be 0 or 1", ""),
    Integer: ("be a whole number", "'integer'"),
    Float: ("be a number", "'real', 'integer'"),
}


@lru_cache
def _query(table: Table, dialect: str, *scoped: str) -> str:
    column = {"panel": "id" if table is PANELS else "panel", "rater": "rater"}
    scope = " AND ".join(f"{column[name]} = :{name}" for name in scoped) or "true"
    broken = [rule.broken.replace("{scope}", scope) for rule in _rules(table, dialect)]
    which = " ".join(f"WHEN {one} THEN {number}" for number, one in enumerate(broken))
    keys = ", ".join(f"{table.name}.{key.name}" for key in table.primary_key)
    checked = f"SELECT {keys}, CASE {which} END AS rule FROM {table.name} WHERE {scope}"
    return f"SELECT * FROM ({checked}) AS seen WHERE rule IS NOT NULL LIMIT 1"


def _refusal(connection: Connection, table: Table, found: dict[str, Any]) -> EditedError:
    rule = _rules(table, connection.dialect.name)[found.pop("rule")]
    row = " and ".join(f"{name} = {value!r}" for name, value in found.items())
    shown = "quote({})" if connection.dialect.name == "sqlite" else "quote_nullable({})"
    where = " AND ".join(f"{name} = :{name}" for name in found)
    value = connection.execute(text(f"SELECT {shown.format(rule.column)} FROM {table.name} WHERE {where}"), found).scalar()
    return EditedError(
        f"{rule.column} must {rule.must}, got {shorten(str(value), 60)} in the table {table.name} where {row}; "
        f"somebody edited the votes database by hand: restore a copy (`rpo restore`), or delete that row"
    )
