"""Whether an answer was liked, and which of two is the better: what the words and numbers of a file mean.

A number is a label only in a column that holds 0 and 1 alone, or −1 and 1; any other column of numbers holds ratings, of which
somebody must say from where on an answer is liked. So a reader of labels remembers what it has seen, and `check` ends it.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rpo.errors import RpoError
from rpo.preferences.formats.messages import absent

LIKED = {
    *(
        "win",
        "winner",
        "won",
        "good",
        "yes",
        "y",
        "up",
        "chosen",
        "true",
        "t",
        "liked",
        "like",
        "desirable",
        "desired",
        "positive",
    ),
    *("pos", "thumbs_up", "thumbs up", "thumbs-up", "thumbsup", "thumb_up", "+1", "upvote", "upvoted", "accept", "accepted"),
    *("preferred", "\U0001f44d", "\u2705"),
}
DISLIKED = {
    *("lose", "loser", "loss", "lost", "bad", "no", "n", "down", "rejected", "false", "f", "disliked", "dislike", "undesirable"),
    *("undesired", "negative", "neg", "thumbs_down", "thumbs down", "thumbs-down", "thumbsdown", "thumb_down", "downvote"),
    *("downvoted", "reject", "dispreferred", "\U0001f44e", "\u274c"),
}
TIES = ("tie", "equal", "same", "both", "draw", "neither", "none")
LABELS_NAMED = 5  # values that an error names


def as_number(value: Any) -> float | None:
    """The number that a cell holds, also one written as text; None for anything else, NaN and infinity too."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and (value.strip().startswith("+") or "_" in value):  # "+1" is a word here
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if abs(found) < float("inf") else None


def word(value: Any) -> str:
    """A cell as a word to compare: lower case, 1.0 as "1"; "" for what is none."""
    found = as_number(value)
    if found is not None and found.is_integer():
        return str(int(found))
    return str(value).strip().lower() if isinstance(value, str | int | float) else ""


@dataclass
class Labels:
    """Reads one column of labels; with `threshold`, ratings of which those from it on are liked."""

    name: str
    threshold: float | None = None
    words: int = 0
    numbers: Counter[float] = field(default_factory=Counter)

    def liked(self, value: Any) -> bool:
        """Read one label."""
        if absent(value):
            raise RpoError(f"{self.name} must be there")
        found = as_number(value)
        if self.threshold is not None:
            if found is None:
                raise RpoError(f"{self.name} must be a number to compare with {self.threshold:g}, got {_brief(value)}")
            return found >= self.threshold
        if found is not None:
            self.numbers[found] += 1
        elif word(value) in LIKED | DISLIKED:
            self.words += 1
            return word(value) in LIKED
        if found in (1, 0, -1):
            return found == 1
        raise RpoError(f"liked must be true/false, 0/1 or win/lose, got {_brief(value)}")

    def check(self) -> None:
        """After all rows: refuse a column of numbers that are no labels."""
        seen = set(self.numbers)
        if self.words or self.threshold is not None or seen <= {0, 1} or seen <= {-1, 1}:
            return
        some = ", ".join(f"{value:g}" for value in sorted(seen)[:LABELS_NAMED])
        raise RpoError(
            f"labels must be words such as win and lose, or all 0 and 1, or all -1 and 1; {self.name} holds {some}"
            f"{', …' if len(seen) > LABELS_NAMED else ''}, which are ratings: choose a threshold from which on an answer is liked"
        )


@dataclass(frozen=True)
class Better:
    """What a column that names the better answer says: the words for the first and for the second; None: any other is a tie."""

    name: str
    first: frozenset[str]
    second: frozenset[str]
    ties: tuple[str, ...] | None = TIES

    def first_is(self, value: Any) -> bool:
        """Whether the first answer is the better. Raises `RpoError` for a tie and for what is neither."""
        if absent(value):
            raise RpoError(f"{self.name} must be there")
        found = word(value)
        if found in self.first or found in self.second:
            return found in self.first
        if self.ties is None or found.startswith(self.ties):
            raise RpoError(f"a pair must have a better answer, this one is a tie: {self.name} is {_brief(value)}")
        raise RpoError(f"{self.name} must be one of {', '.join(sorted(self.first | self.second))} or a tie, got {_brief(value)}")


@dataclass(frozen=True)
class Signed:
    """What a column says whose sign names the better answer, and its size how much better."""

    name: str
    negative_is_first: bool = True

    def first_is(self, value: Any) -> bool:
        """Whether the first answer is the better. Raises `RpoError` for 0 and for what is no number."""
        found = as_number(value)
        if found is None:
            raise RpoError(f"{self.name} must be a number, got {'nothing' if absent(value) else _brief(value)}")
        if not found:
            raise RpoError(f"a pair must have a better answer, this one is a tie: {self.name} is 0")
        return (found < 0) == self.negative_is_first


def _brief(value: Any) -> str:
    return repr(word(value)[:30] or type(value).__name__)
