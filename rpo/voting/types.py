"""Two answers to one prompt, their authors hidden, and what a rater said of them. Not storage: see `ballots`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from rpo.errors import RpoError
from rpo.storage import digest


@dataclass(frozen=True)
class Answer:
    """A text and who wrote it; the author never reaches a rater. `cut`: a limit of tokens ended it, not its author."""

    text: str
    author: str
    cut: bool = False


class NoRaterVerdict(StrEnum):
    """Why two answers need no rater: they are the same, or one is empty and loses."""

    IDENTICAL = "identical"
    BOTH_EMPTY = "both empty"
    FIRST_EMPTY = "first empty"
    SECOND_EMPTY = "second empty"

    @property
    def tie(self) -> bool:
        """Neither answer won."""
        return self in (NoRaterVerdict.IDENTICAL, NoRaterVerdict.BOTH_EMPTY)


def verdict_on(first: str, second: str) -> NoRaterVerdict | None:
    """The verdict that needs no rater, None where one is needed; white space around an answer does not count."""
    first, second = first.strip(), second.strip()
    if first == second:
        return NoRaterVerdict.IDENTICAL if first else NoRaterVerdict.BOTH_EMPTY
    if first and second:
        return None
    return NoRaterVerdict.SECOND_EMPTY if first else NoRaterVerdict.FIRST_EMPTY


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
    def verdict(self) -> NoRaterVerdict | None:
        """What can be said without a rater."""
        return verdict_on(self.first.text, self.second.text)

    @property
    def same(self) -> bool:
        """Identical answers, or both empty: a tie that needs no rater."""
        return self.verdict is not None and self.verdict.tie

    def swap(self) -> "Comparison":
        """The same question with its sides exchanged."""
        return Comparison(self.prompt, self.second, self.first, self.slice)


class Choice(StrEnum):
    """What a rater can say of two answers."""

    LEFT = "left"
    RIGHT = "right"
    TIE = "tie"


class Strength(StrEnum):
    """How much better a rater finds the better of two answers."""

    SLIGHTLY = "slightly"
    CLEARLY = "clearly"


class Act(StrEnum):
    """What a rater can do with a pair."""

    VOTE = "vote"
    UNDO = "undo"
    SKIP = "skip"


@dataclass(frozen=True)
class Vote:
    """One rater's current word on one comparison, with the authors as their answers were shown.

    `time` in Unix seconds; `seconds` from the first display to the vote where that is known. `repeat` is 1 for the second,
    side-swapped showing of a pair to the same rater: a test of the rater, not a vote to count. `preference` is the left answer's
    part of the win, 0 to 1, where a judge gave a number of its own; it then counts instead of the choice. `marked`: the words
    that differ were marked at some time before the vote. `strength` and `second`, the choice on a second question, are None where
    they were not asked.
    """

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
    reason: str = ""
    tags: tuple[str, ...] = ()
    repeat: int = 0
    seconds: float | None = None
    preference: float | None = None
    marked: bool = False
    strength: Strength | None = None
    second: Choice | None = None

    def outcome(self, author: str) -> float:
        """1 if that author's answer won, 0.5 for a tie, 0 if it lost; between them by a judge's own number."""
        if author not in (self.left, self.right):
            raise RpoError(f"the author must be {self.left!r} or {self.right!r}, got {author!r}")
        if self.preference is not None:
            return self.preference if author == self.left else 1 - self.preference
        return _outcome(self.choice, author == self.left)

    def second_outcome(self, author: str) -> float | None:
        """The same by the second question; None where it was not answered."""
        return None if self.second is None else _outcome(self.second, author == self.left)


def _outcome(choice: Choice, on_left: bool) -> float:
    """What this choice is for the answer on that side."""
    return 0.5 if choice is Choice.TIE else float((choice is Choice.LEFT) == on_left)


BASELINE, CANDIDATE = "baseline", "candidate"
SMALLEST_MARGIN, LARGEST_MARGIN = 0.005, 0.25


def check_margin(margin: float) -> None:
    """An `RpoError` for a margin of the score that says next to nothing, or next to everything."""
    if not SMALLEST_MARGIN <= margin <= LARGEST_MARGIN:
        raise RpoError(f"a margin must be {SMALLEST_MARGIN} to {LARGEST_MARGIN} of the score, got {margin}; 0.05 is five points")


def comparisons_from_file(name: str, content: bytes) -> list[Comparison]:
    """Comparisons from JSONL, a line each; the first line that cannot be read is named."""
    rows = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            rows += [orjson.loads(line)] if line.strip() else []
        except orjson.JSONDecodeError as error:
            raise RpoError(
                f"{name} must be JSONL in UTF-8, line {number} is not: {error.msg}; correct it and add it again"
            ) from error
    if not rows:
        raise RpoError(f"{name} must hold rows with prompt, baseline and candidate, it is empty; add another file")
    return comparisons_from_rows(rows)


def comparisons_from_rows(
    rows: Iterable[Mapping[str, Any]], baseline: str = BASELINE, candidate: str = CANDIDATE
) -> list[Comparison]:
    """Comparisons from rows with prompt, baseline, candidate and, if there, slice; a broken row is named by its number.

    `baseline_cut` and `candidate_cut` say, if they are there, that a limit of tokens ended that answer.
    """
    made = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise RpoError(
                f"row {number} must be an object with prompt, baseline and candidate, got {type(row).__name__}; correct it"
            )
        for name in ("prompt", BASELINE, CANDIDATE):
            if not isinstance(row.get(name), str):
                raise RpoError(
                    f"row {number}: {name} must be text, got {type(row.get(name)).__name__}; correct the file and add it again"
                )
        if not row["prompt"].strip():
            raise RpoError(f"row {number}: prompt must not be empty; correct the file and add it again")
        for name in (f"{BASELINE}_cut", f"{CANDIDATE}_cut"):
            if not isinstance(row.get(name, False), bool):
                raise RpoError(f"row {number}: {name} must be true or false, got {row[name]!r}; correct it, or leave it out")
        cuts = row.get(f"{BASELINE}_cut", False), row.get(f"{CANDIDATE}_cut", False)
        answers = Answer(row[BASELINE], baseline, cuts[0]), Answer(row[CANDIDATE], candidate, cuts[1])
        slice_ = row.get("slice") or ""
        made.append(Comparison(row["prompt"], *answers, str(slice_) if isinstance(slice_, str | int | float) else ""))
    return made


@dataclass(frozen=True)
class Attendance:
    """Who was to vote on a panel and who has.

    `named`: the panel names its raters. By name: `turnout`, on how many of how many pairs a rater has voted; `invited`, when
    first; `finished`, when they first had a vote on every pair that they have voted on by now; both in Unix seconds.
    """

    named: bool
    turnout: dict[str, tuple[int, int]]
    invited: dict[str, float]
    finished: dict[str, float]
