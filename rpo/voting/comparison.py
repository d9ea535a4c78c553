"""Two answers to one prompt, and a vote between them.

Humans and judges cast the same `Vote`. Not a store (that is `ballots`) and not a score (that is `standings`).
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

import orjson

from rpo.errors import RpoError
from rpo.home import digest
from rpo.voting.showing import quoted

SHOWN = 3  # broken lines named in one error


class Choice(StrEnum):
    """What a rater chose, by the sides as shown."""

    LEFT = "left"
    RIGHT = "right"
    TIE = "tie"


@dataclass(frozen=True)
class Answer:
    """A text and who wrote it; an empty answer is an answer."""

    text: str
    author: str

    def __post_init__(self) -> None:
        storable("answer", self.text)
        named("author", self.author, 120)


@dataclass(frozen=True)
class Comparison:
    """Two answers to one prompt, by different authors whom no rater sees."""

    prompt: str
    first: Answer
    second: Answer
    slice: str = ""

    def __post_init__(self) -> None:
        if not storable("prompt", self.prompt).strip():
            raise RpoError("prompt must not be empty; give the text that both answers reply to")
        storable("slice", self.slice)
        if self.first.author == self.second.author:
            raise RpoError(f"a comparison needs two authors, got {quoted(self.first.author)} twice; name them apart")

    @property
    def id(self) -> str:
        """A name for its texts, the same under `swap`. Authors are left out: a rater must not be able to guess them from it."""
        return digest(self.prompt, *sorted((self.first.text, self.second.text)))

    @property
    def same(self) -> bool:
        """Whether nobody needs to be asked: the answers are equal, which is a tie."""
        return self.first.text.strip() == self.second.text.strip()

    def swap(self) -> Self:
        """The same comparison the other way round."""
        return replace(self, first=self.second, second=self.first)

    def by(self, author: str) -> Answer:
        """The answer that `author` wrote."""
        for answer in (self.first, self.second):
            if answer.author == author:
                return answer
        raise RpoError(f"a comparison knows its two authors, not {quoted(author)}; ask for one of them")


@dataclass(frozen=True)
class Vote:
    """One rater's judgement as it was given: the sides as shown, the revision it replaces, Unix time."""

    comparison: str
    rater: str
    choice: Choice
    left_author: str
    right_author: str
    both_bad: bool = False
    revision: int = 1
    time: float = 0.0

    @property
    def winner(self) -> str | None:
        """The preferred author, None for a tie."""
        return {Choice.LEFT: self.left_author, Choice.RIGHT: self.right_author, Choice.TIE: None}[self.choice]

    def outcome(self, author: str) -> float:
        """1 if `author` won, 0.5 for a tie, 0 if the other won."""
        if author not in (self.left_author, self.right_author):
            raise RpoError(f"a vote is between its two authors, not {quoted(author)}; ask for one of them")
        return 0.5 if self.winner is None else float(self.winner == author)


def comparisons_from_jsonl(data: bytes, baseline: str = "baseline", candidate: str = "candidate") -> tuple[Comparison, ...]:
    """Read a JSONL file of {prompt, baseline, candidate, slice (optional)}; errors name the line and the rule."""
    lines = data.removeprefix(b"\xef\xbb\xbf").splitlines()
    return _read(((number, line) for number, line in enumerate(lines, 1) if line.strip()), baseline, candidate)


def comparisons_from_rows(
    rows: Iterable[Mapping[str, Any]], baseline: str = "baseline", candidate: str = "candidate"
) -> tuple[Comparison, ...]:
    """Comparisons of rows with prompt, baseline, candidate and, if you like, slice; `first` is the baseline's answer.

    All rows must be usable and different, else `RpoError` names the first broken ones by line (from 1) and rule.
    """
    return _read(enumerate(rows, 1), baseline, candidate)


def named(what: str, value: str, limit: int) -> str:
    """A short name a person gave, stripped and normalised: 1 to `limit` characters, none of them invisible."""
    name = unicodedata.normalize("NFC", value).strip()
    if not 1 <= len(name) <= limit:
        raise RpoError(f"{what} must have 1 to {limit} characters, got {len(name)}; type a {'shorter' if name else 'longer'} one")
    if any(unicodedata.category(letter).startswith("C") for letter in name):
        raise RpoError(f"{what} must have visible characters only, got {quoted(name)}; type it anew")
    return name


def storable(what: str, text: Any) -> str:
    """Text that every database takes: no NUL, no lone surrogates."""
    if not isinstance(text, str):
        raise RpoError(f"{what} must be text, got {type(text).__name__}")
    if text != _clean(text):
        raise RpoError(f"{what} must be plain Unicode, got a NUL or half a character; replace it")
    return text


def _read(numbered: Iterable[tuple[int, Any]], baseline: str, candidate: str) -> tuple[Comparison, ...]:
    found: dict[str, tuple[int, Comparison]] = {}
    broken: list[str] = []
    for line, raw in numbered:
        try:
            made = _comparison(raw, named("baseline's name", baseline, 120), named("candidate's name", candidate, 120))
            if made.id in found:
                raise RpoError(f"it repeats line {found[made.id][0]}")
            found[made.id] = (line, made)
        except RpoError as error:
            broken.append(f"line {line}: {error}")
    if broken:
        more = f" (and {len(broken) - SHOWN} more lines)" if len(broken) > SHOWN else ""
        raise RpoError("every line must be a pair to judge; " + "; ".join(broken[:SHOWN]) + more)
    if not found:
        raise RpoError("a file of pairs must hold at least one line with prompt, baseline and candidate; got none")
    return tuple(made for _, made in found.values())


def _comparison(raw: Any, baseline: str, candidate: str) -> Comparison:
    try:
        row = orjson.loads(raw) if isinstance(raw, bytes) else raw
    except orjson.JSONDecodeError as error:
        raise RpoError(f"it must be JSON, {error.msg}") from error
    if not isinstance(row, Mapping):
        raise RpoError(f"it must be an object with columns, got {type(row).__name__}")
    texts = {}
    for column in ("prompt", "baseline", "candidate"):
        if not isinstance(row.get(column), str):
            raise RpoError(f"column {column} must be text, got {type(row[column]).__name__ if column in row else 'no such column'}")
        texts[column] = _clean(row[column])
    label = "" if row.get("slice") is None else _clean(str(row["slice"]))
    return Comparison(texts["prompt"], Answer(texts["baseline"], baseline), Answer(texts["candidate"], candidate), label)


def _clean(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
