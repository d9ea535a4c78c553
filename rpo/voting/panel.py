"""A panel of comparisons as the owner knows it, what a rater may see of it, and the draw of order and sides.

Not the database: `ballots` stores what is drawn here before anybody sees it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from rpo.home import digest
from rpo.voting.comparison import named

BLOCK = 10  # pairs in a row of which half are swapped, so that sides stay balanced wherever a rater stops


@dataclass(frozen=True)
class Panel:
    """A set of comparisons between two authors; `pairs` of them in all, `identical` of which need no rater."""

    id: str
    name: str
    baseline: str
    candidate: str
    rubric: str
    created: float
    pairs: int
    identical: int


@dataclass(frozen=True)
class Ballot:
    """One pair as a rater sees it: texts only, never authors. A click carries its revision, so that a second click is harmless."""

    panel: str
    comparison_id: str
    prompt: str
    left: str
    right: str
    revision: int
    number: int
    total: int


@dataclass(frozen=True)
class Progress:
    """How far a rater is: pairs judged, all pairs, open ones that were skipped, and the pair judged last ("" for none)."""

    done: int
    total: int
    skipped: int
    last: str = ""


def rater_name(name: str) -> str:
    """A rater's name as it is stored: 1 to 40 visible characters, stripped."""
    return named("a rater's name", name, 40)


def draw(seed: str, rater: str, ids: Sequence[str]) -> list[tuple[str, bool]]:
    """The rater's own order of the pairs, and for each whether its sides are swapped: half of them in every block of ten."""
    dice = random.Random(digest(seed, rater))
    order = dice.sample(list(ids), len(ids))
    swapped: list[bool] = []
    for start in range(0, len(order), BLOCK):
        odd = dice.random() < 0.5
        block = [bool(place % 2) == odd for place in range(min(BLOCK, len(order) - start))]
        swapped += dice.sample(block, len(block))
    return list(zip(order, swapped, strict=True))
