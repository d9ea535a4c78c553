"""Votes as columns: what the figures are worked out from, so that 200,000 votes take a second and hold up nobody else.

Made of a sequence of votes, or read from the database without making a `Vote` of each. What repeats is a number in a sorted
tuple of names. Axis V: votes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from math import nan
from typing import Any

import numpy as np

from rpo.errors import RpoError
from rpo.voting.types import Choice, Vote

SIDE_OF = {Choice.LEFT: 1, Choice.TIE: 0, Choice.RIGHT: -1}


@dataclass(frozen=True, eq=False)
class Named:
    """A column of texts, (V,): `codes` are places in the sorted `names`."""

    codes: np.ndarray
    names: tuple[str, ...]

    def take(self, places: np.ndarray) -> "Named":
        """The values at these places, under the same names."""
        return Named(self.codes[places], self.names)

    def code(self, name: str) -> int:
        """The number of this name, -1 for one that is not there."""
        return self.names.index(name) if name in self.names else -1

    def used(self) -> "Named":
        """The same values without the names that no row has."""
        there, codes = np.unique(self.codes, return_inverse=True)
        return Named(codes, tuple(self.names[place] for place in there))

    def at(self, places: Iterable[int]) -> list[str]:
        """The texts at these places."""
        return [self.names[code] for code in self.codes[np.fromiter(places, int)]]


@dataclass(frozen=True, eq=False)
class Columns:
    """Votes in their order, (V,) each: `side` is 1 for left, 0 for a tie, -1 for right; `seconds` is NaN where not known.

    `won` is the left answer's part of the win: 1, 0.5 or 0 by the side, between them where a judge gave a number of its own.
    """

    comparison: Named
    prompt: Named
    slice: Named
    rater: Named
    left: Named
    right: Named
    side: np.ndarray
    won: np.ndarray
    both_bad: np.ndarray
    repeat: np.ndarray
    seconds: np.ndarray

    def __len__(self) -> int:
        return len(self.side)

    def where(self, wanted: np.ndarray) -> "Columns":
        """The votes at these places, or with these flags."""
        places = np.flatnonzero(wanted) if wanted.dtype == bool else wanted
        taken: dict[str, Any] = {}
        for name in COLUMN_NAMES:
            part: Named | np.ndarray = getattr(self, name)
            taken[name] = part.take(places) if isinstance(part, Named) else part[places]
        return Columns(**taken)

    @property
    def first(self) -> "Columns":
        """Without second showings."""
        return self.where(self.repeat == 0)

    def outcomes(self, author: str) -> np.ndarray:
        """For each vote, (V,): 1 if that author's answer won, 0.5 for a tie, 0 if it lost, or a judge's number between them.

        Refuses a vote on other authors.
        """
        on_left, on_right = self.left.codes == self.left.code(author), self.right.codes == self.right.code(author)
        for place in np.flatnonzero(~(on_left | on_right))[:1]:
            (left,), (right,) = self.left.at([place]), self.right.at([place])
            raise RpoError(f"the author must be {left!r} or {right!r}, got {author!r}")
        return np.where(on_left, self.won, 1 - self.won)


COLUMN_NAMES = tuple(field.name for field in fields(Columns))
Votes = Sequence[Vote] | Columns


def columns(votes: Votes) -> Columns:
    """These votes as columns."""
    if isinstance(votes, Columns):
        return votes
    texts = ("comparison", "prompt", "slice", "rater", "left", "right")
    seconds = [nan if vote.seconds is None else vote.seconds for vote in votes]
    return Columns(
        **{name: named([getattr(vote, name) for vote in votes]) for name in texts},
        side=np.array([SIDE_OF[vote.choice] for vote in votes], dtype=int),
        won=np.array([vote.outcome(vote.left) for vote in votes], dtype=float),
        both_bad=np.array([vote.both_bad for vote in votes], dtype=bool),
        repeat=np.array([vote.repeat for vote in votes], dtype=int),
        seconds=np.array(seconds, dtype=float),
    )


def named(values: Sequence[str]) -> Named:
    """A column of these texts."""
    names = tuple(sorted(set(values)))
    place = {name: number for number, name in enumerate(names)}
    return Named(np.fromiter(map(place.__getitem__, values), int, len(values)), names)
