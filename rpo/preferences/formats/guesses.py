"""Which column of a file is probably which field, by the names that people give to columns: a proposal that a person corrects.

Not a reader: nothing is read by a guess alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from rpo.preferences.formats.mapping import WAY_COLUMNS
from rpo.preferences.formats.splits import MEASURE, split_named


class Way(StrEnum):
    """How a row says what people preferred, in the words of a form."""

    PREFERRED = "two answers, one of them preferred"
    BETTER = "two answers, and a column that says which is better"
    SCORED = "two answers with a score each"
    LIKED = "one answer, liked or not"

    @property
    def columns(self) -> tuple[str, ...]:
        """The fields that must have a column, the prompt first."""
        return tuple(field for field in self.fields if not field.endswith("_if"))

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that must be said, values of columns too."""
        return WAY_COLUMNS[KNOWN_BY[self]]


KNOWN_BY = {Way.PREFERRED: "chosen", Way.BETTER: "better", Way.SCORED: "first_score", Way.LIKED: "liked"}
RARE_FIELDS = ("system", "history")  # fields that few files have: their column is proposed by its whole name alone
FIRST_SIDE, SECOND_SIDE = ("a", "0", "1", "left"), ("b", "1", "2", "right")  # in this order: 0 and 1, or 1 and 2
ANSWER_NAMES = ("answer", "response", "completion", "output", "reply", "text", "summary", "conversation")
SCORE_NAMES = ("score", "rating", "reward", "overallscore")
SIDE_WORDS = (*zip(FIRST_SIDE, SECOND_SIDE, strict=True), ("first", "second"), ("chosen", "rejected"))
NAME_ENDS = ("", "model", *ANSWER_NAMES)  # as a verdict names an answer
BETTER = tuple((f"{end}{first}", f"{end}{second}") for first, second in SIDE_WORDS for end in NAME_ENDS)
SIGNED = re.compile(r"-\d+(\.\d+)?")
FIELD_GUESSES = {  # as a person may write them, without what is not a letter or a digit; the likeliest first
    "prompt": ("prompt", "question", "instruction", "query", "input", "context", "post", "problem", "task", "request"),
    "chosen": ("chosen", "preferred", "good", "better", "winner", "accepted", "positive", "best", "win"),
    "rejected": ("rejected", "dispreferred", "bad", "worse", "loser", "negative", "worst", "lose"),
    "first": tuple(f"{answer}{side}" for side in FIRST_SIDE for answer in ANSWER_NAMES),
    "second": tuple(f"{answer}{side}" for side in SECOND_SIDE for answer in ANSWER_NAMES),
    "better": ("better", "preference", "winner", "label", "choice", "preferred", "verdict", "vote", "overallpreference"),
    "first_score": tuple(name for side in FIRST_SIDE for score in SCORE_NAMES for name in (f"{score}{side}", f"{side}{score}")),
    "second_score": tuple(name for side in SECOND_SIDE for score in SCORE_NAMES for name in (f"{score}{side}", f"{side}{score}")),
    "answer": ("answer", "response", "completion", "output", "reply", "text", "generation", "summary"),
    "liked": ("liked", "label", "rating", "score", "stars", "thumb", "feedback", "verdict", "reward", "vote"),
    "system": ("system", "systemprompt", "systemmessage"),
    "history": ("history", "conversation", "messages", "dialogue", "turns"),
}


def way_of(columns: Sequence[str]) -> Way | None:
    """The first way all of whose columns seem to be there."""
    return next((way for way in Way if None not in guess(way.columns, columns).values()), None)


def guess(fields: Iterable[str], columns: Sequence[str]) -> Mapping[str, str | None]:
    """A column for each field, None where no name fits; no column is taken twice."""
    found: dict[str, str | None] = {}
    for field in fields:
        free = [column for column in columns if column not in found.values()]
        found[field] = next(_fitting(field, free), None)
    return found


def guess_better(values: Sequence[str]) -> tuple[str | None, str | None]:
    """The values by which a column probably says that the first answer is better, and that the second is."""
    if any(SIGNED.fullmatch(value) for value in values):
        return "<0", ">0"
    bare = {re.sub(r"[\W_]", "", value.lower()): value for value in values}
    pairs = ((bare.get(first), bare.get(second)) for first, second in BETTER)
    return next((pair for pair in pairs if None not in pair), (None, None))


def guess_held_out(values: Sequence[str]) -> list[str]:
    """The values of a split column whose rows are probably held out."""
    return [value for value in values if split_named(value) == MEASURE]


def _fitting(field: str, columns: Sequence[str]) -> Iterator[str]:
    """Columns whose name is one of the field's, then those whose name begins or ends with one, where the field is common."""
    bare = {column: re.sub(r"[\W_]", "", column.lower()) for column in columns}
    names = (field.replace("_", ""), *FIELD_GUESSES[field])
    yield from (column for name in names for column, written in bare.items() if written == name)
    ends = (
        {column: (written.startswith, written.endswith) for column, written in bare.items()} if field not in RARE_FIELDS else {}
    )
    whole = [name for name in names if len(name) > 3]
    yield from (column for name in whole for column, tests in ends.items() if any(test(name) for test in tests))
