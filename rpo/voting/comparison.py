"""Two answers to one prompt, their authors hidden, and what a rater said of them. Not storage: see `ballots`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from rpo.errors import RpoError
from rpo.home import digest


@dataclass(frozen=True)
class Answer:
    """A text and who wrote it; the author never reaches a rater."""

    text: str
    author: str


@dataclass(frozen=True)
class Comparison:
    """Two answers to one prompt. Swapping the sides makes an equal question, so the id stays."""

    prompt: str
    first: Answer
    second: Answer
    slice: str = ""

    def __post_init__(self) -> None:
        if not self.prompt.strip():
            raise RpoError("a comparison must have a prompt, got an empty one; leave it out")
        if self.first.author == self.second.author:
            raise RpoError(f"a comparison needs two authors, got {self.first.author!r} twice; name them apart")

    @property
    def id(self) -> str:
        """A name for its content, whichever answer is first."""
        sides = sorted((answer.author, answer.text) for answer in (self.first, self.second))
        return digest(self.prompt, *(part for side in sides for part in side))

    @property
    def same(self) -> bool:
        """Identical answers, or both empty: a tie that needs no rater."""
        return self.first.text.strip() == self.second.text.strip()

    def swap(self) -> "Comparison":
        """The same question with its sides exchanged."""
        return Comparison(self.prompt, self.second, self.first, self.slice)


class Choice(StrEnum):
    """What a rater can say of two answers."""

    LEFT = "left"
    RIGHT = "right"
    TIE = "tie"


@dataclass(frozen=True)
class Vote:
    """One rater's current word on one comparison, with the sides as they were shown. `time` in Unix seconds."""

    comparison: str
    prompt: str
    slice: str
    rater: str
    choice: Choice
    both_bad: bool
    left: str
    right: str
    revision: int
    time: float

    def outcome(self, author: str) -> float:
        """1 if that author's answer won, 0.5 for a tie, 0 if it lost."""
        if author not in (self.left, self.right):
            raise RpoError(f"the author must be {self.left!r} or {self.right!r}, got {author!r}")
        if self.choice is Choice.TIE:
            return 0.5
        return float((self.choice is Choice.LEFT) == (author == self.left))


BASELINE, CANDIDATE = "baseline", "candidate"


def comparisons_from_file(name: str, content: bytes) -> list[Comparison]:
    """Comparisons from JSONL, a line each; the first line that cannot be read is named."""
    rows = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            rows += [orjson.loads(line)] if line.strip() else []
        except orjson.JSONDecodeError as error:
            raise RpoError(
                f"{name} must be JSONL in UTF-8, line {number} is not: {error.msg}; mend it and add it again"
            ) from error
    if not rows:
        raise RpoError(f"{name} must hold rows with prompt, baseline and candidate, it is empty; add another file")
    return comparisons_from_rows(rows)


def comparisons_from_rows(
    rows: Iterable[Mapping[str, Any]], baseline: str = BASELINE, candidate: str = CANDIDATE
) -> list[Comparison]:
    """Comparisons from rows with prompt, baseline, candidate and, if there, slice; a broken row is named by its number."""
    made = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise RpoError(
                f"row {number} must be an object with prompt, baseline and candidate, got {type(row).__name__}; mend it"
            )
        for name in ("prompt", BASELINE, CANDIDATE):
            if not isinstance(row.get(name), str):
                raise RpoError(
                    f"row {number}: {name} must be text, got {type(row.get(name)).__name__}; mend the file and add it again"
                )
        answers = Answer(row[BASELINE], baseline), Answer(row[CANDIDATE], candidate)
        made.append(Comparison(row["prompt"], *answers, str(row.get("slice") or "")))
    return made
