"""The database's tables as they are now. Not how they came to be, see `migrations`, and no rules of what may be written when.

Events are append-only: nothing in this room updates or deletes one.
"""

from typing import Any

from sqlalchemy import JSON, Boolean, Column, Float, Integer, MetaData, String, Table, Text, TypeDecorator, UniqueConstraint

from rpo.preferences.blind import as_stored

METADATA = MetaData()


class Words(TypeDecorator[str]):
    """Text that either database can hold: what UTF-8 or PostgreSQL refuses is replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """NUL and lone surrogates become replacement characters."""
        return value and as_stored(value)


SCHEMA_VERSION = Table("schema_version", METADATA, Column("version", Integer, primary_key=True))

PANELS = Table(
    "panels",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", Words, nullable=False),
    Column("baseline", Words, nullable=False),
    Column("candidate", Words, nullable=False),
    Column("rubric", Words, nullable=False),
    Column("created", Float, nullable=False),
    Column("pool", Integer, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("raters", JSON, nullable=False),
    Column("overlap", Integer, nullable=True),
    Column("sealed", Boolean, nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("title", Words, nullable=False),  # what raters see; empty where an older version's name may give a run away
    Column("secret", String(64), nullable=False),  # orders and sides are drawn from it
    Column("released", Float, nullable=True),  # when its prompts were given free for training
    Column("margin", Float, nullable=True),  # by how much of the score the candidate may be worse, agreed on with the panel
    Column("example", Boolean, nullable=False),  # it came with the package, and rules cast the votes that it came with
    Column("guideline", Words, nullable=False),  # markdown
    Column("second_rubric", Words, nullable=False),  # a second question about each pair; empty: none is asked
    Column("strength", Boolean, nullable=False),  # raters say how much better the better answer is
    Column("differences", Boolean, nullable=False),  # raters may have the words marked that differ
)

COMPARISONS = Table(
    "comparisons",
    METADATA,
    Column("panel", String(32), primary_key=True),
    Column("id", String(32), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("prompt", Words, nullable=False),
    Column("slice", Words, nullable=False),
    Column("baseline", Words, nullable=False),
    Column("candidate", Words, nullable=False),
    Column("verdict", String(16), nullable=False),  # empty: raters decide
    Column("baseline_cut", Boolean, nullable=False),  # a limit of tokens ended that answer
    Column("candidate_cut", Boolean, nullable=False),
)

PRACTICE = Table(
    "practice",
    METADATA,
    Column("panel", String(32), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("prompt", Words, nullable=False),
    Column("left_answer", Words, nullable=False),
    Column("right_answer", Words, nullable=False),
    Column("choice", String(8), nullable=False),  # the organiser's
    Column("both_bad", Boolean, nullable=False),
    Column("reason", Words, nullable=False),
)

SHOWN = Table(
    "shown",
    METADATA,
    Column("panel", String(32), primary_key=True),
    Column("rater", String(64), primary_key=True),
    Column("comparison", String(32), primary_key=True),  # the pair's id at its first showing, another name at its second
    Column("showing", String(32), nullable=False),  # random; the one name of it that leaves the server
    Column("place", Integer, nullable=False),
    Column("candidate_left", Boolean, nullable=False),
    Column("pair", String(32), nullable=False),
    Column("repeat", Integer, nullable=False),
    Column("shown_at", Float, nullable=True),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("panel", String(32), nullable=False, index=True),
    Column("rater", String(64), nullable=False),
    Column("comparison", String(32), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("choice", String(8), nullable=True),  # null: no vote, but what `act` says
    Column("both_bad", Boolean, nullable=False),
    Column("time", Float, nullable=False),
    Column("act", String(8), nullable=False),
    Column("reason", Words, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("marked", Boolean, nullable=False),  # the words that differ were marked before this was said
    Column("strength", String(8), nullable=True),
    Column("second", String(8), nullable=True),  # the choice on the panel's second question
    UniqueConstraint("panel", "rater", "comparison", "revision"),
)

QUESTIONS = Table(
    "questions",
    METADATA,
    Column("panel", String(32), primary_key=True),
    Column("id", String(32), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("chosen_prompt", Words, nullable=False),
    Column("chosen", Words, nullable=False),
    Column("rejected_prompt", Words, nullable=False),
    Column("rejected", Words, nullable=False),
    Column("cosine", Float, nullable=False),  # of the two prompts
    Column("nearness", String(16), nullable=False),
    Column("data", Words, nullable=False),
    Column("encoder", Words, nullable=False),
    Column("reads", Words, nullable=False),  # what of a prompt the encoder reads
)

QUESTIONS_SHOWN = Table(
    "questions_shown",
    METADATA,
    Column("panel", String(32), primary_key=True),
    Column("rater", String(64), primary_key=True),
    Column("question", String(32), primary_key=True),
    Column("showing", String(32), nullable=False),  # random; the one name of it that leaves the server
    Column("place", Integer, nullable=False),
    Column("chosen_left", Boolean, nullable=False),
    Column("shown_at", Float, nullable=True),
)

QUESTION_EVENTS = Table(
    "question_events",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("panel", String(32), nullable=False, index=True),
    Column("rater", String(64), nullable=False),
    Column("question", String(32), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("act", String(8), nullable=False),
    Column("choice", String(8), nullable=True),  # null: no answer, but what `act` says
    Column("both_bad", Boolean, nullable=False),
    Column("reason", Words, nullable=False),
    Column("time", Float, nullable=False),
    UniqueConstraint("panel", "rater", "question", "revision"),
)

INVITATIONS = Table(
    "invitations",
    METADATA,
    Column("token", String(64), primary_key=True),  # its SHA-256
    Column("panel", String(32), nullable=False),
    Column("rater", String(64), nullable=False),
    Column("created", Float, nullable=False),
    Column("revoked", Float, nullable=True),
    Column("expires", Float, nullable=True),
    Column("seat", String(32), nullable=False, index=True),  # names the seat in an address; opens nothing
    Column("single", Boolean, nullable=False),  # only the first browser that opens the link may use it
    Column("browser", String(64), nullable=True),  # SHA-256 of what that browser's cookie holds
)

OWNER = Table(
    "owner",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1: there is one
    Column("salt", String(64), nullable=False),
    Column("hash", String(128), nullable=False),
)

SIGNED_IN = Table(
    "signed_in",
    METADATA,
    Column("token", String(64), primary_key=True),  # SHA-256 of a cookie of the owner's
    Column("created", Float, nullable=False),
)

JUDGES = Table(
    "judges",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("record", JSON, nullable=False),
    Column("created", Float, nullable=False),
)

OPINIONS = Table(
    "opinions",
    METADATA,
    Column("judge", String(32), primary_key=True),
    Column("question", String(32), primary_key=True),  # a digest of the prompt and both answers, in their order
    Column("outcome", String(16), nullable=False),
    Column("reply", Words, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("time", Float, nullable=False),
    Column("preference", Float, nullable=True),  # from 1 to 2 where the judge gave a number of its own
)

CALLS = Table(
    "calls",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("job", String(64), nullable=False),
    Column("judge", String(32), nullable=False),
    Column("question", String(32), nullable=False),
    Column("reserved", Float, nullable=False),  # dollars that it can cost at the most
    Column("paid", Float, nullable=True),  # null: nobody knows how it ended
    Column("began", Float, nullable=False),
)
