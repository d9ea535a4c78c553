"""Who sits at a panel, which pairs they get, in which order and on which sides. Drawn once and stored before anything is shown.

All of it follows from the panel's secret and the rater's name, so that two tabs draw the same and nobody else can. Which text
stands left does not depend on who wrote it. What they vote is in `session`.
"""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rpo.errors import RpoError
from rpo.storage import digest

PAIRS_BETWEEN = 10  # other pairs between a pair and its repeat


@dataclass(frozen=True)
class Seat:
    """One rater at one panel; who holds it sees and does what this rater may, and nothing else."""

    panel: str
    rater: str


def rater_name(name: str) -> str:
    """A rater's name, trimmed; 1 to 40 printable characters."""
    trimmed = " ".join(name.split())
    if not (1 <= len(trimmed) <= 40 and trimmed.isprintable()):
        raise RpoError(f"a rater's name must have 1 to 40 printable characters, got {len(trimmed)}; choose another")
    return trimmed


def names_in(text: str) -> tuple[str, ...]:
    """Names with commas between them, each once, with single blanks."""
    return tuple(dict.fromkeys(" ".join(one.split()) for one in text.split(",") if one.strip()))


@dataclass(frozen=True)
class ShownPair:
    """A pair to be shown: its id, and whether the candidate's text sorts before the baseline's."""

    id: str
    candidate_first: bool


def assigned(seat: Seat, secret: str, pairs: Sequence[ShownPair], raters: Sequence[str], overlap: int | None) -> list[ShownPair]:
    """The pairs that this rater gets: all, or so that each goes to `overlap` raters and no rater gets two more than another.

    `pairs` in the order of their slices share every slice evenly too.
    """
    if overlap is None:
        return list(pairs)
    chance, load, mine = random.Random(f"{secret}/overlap"), dict.fromkeys(raters, 0), list[ShownPair]()
    for pair in pairs:
        takers = sorted(load, key=lambda name: (load[name], chance.random()))[:overlap]
        for name in takers:
            load[name] += 1
        mine += [pair] if seat.rater in takers else []
    return mine


def showings(seat: Seat, secret: str, pairs: Sequence[ShownPair], repeats: int) -> list[dict[str, Any]]:
    """The rater's showings in order, as rows: of half the pairs the text that sorts first stands left, and `repeats` come again.

    A repeat has its sides exchanged. At least `APART` other pairs lie between; where a rater has too few pairs for that, there
    are fewer repeats or none.
    """
    chance = random.Random(f"{secret}/{seat.rater}")
    order = chance.sample(range(len(pairs)), len(pairs))
    sides = [place % 2 == 0 for place in range(len(order))]
    chance.shuffle(sides)
    in_order = dict(zip(order, sides, strict=True))
    twice = _twice(in_order, repeated(len(order), repeats), chance)
    others = [place for place in order if place not in twice]
    slots: list[tuple[float, float, int, int]] = [(place + 0.5, 0.0, pair, 0) for place, pair in enumerate(others)]
    for pair in twice:
        first = chance.randint(0, len(others) - PAIRS_BETWEEN)
        slots += [
            (first, chance.random(), pair, 0),
            (chance.randint(first + PAIRS_BETWEEN, len(others)), chance.random(), pair, 1),
        ]
    return [
        _row(seat, place, pairs[number], repeat, in_order[number] != bool(repeat))
        for place, (_, _, number, repeat) in enumerate(sorted(slots))
    ]


def repeated(pairs: int, repeats: int) -> int:
    """How many of so many pairs come twice to a rater, where `repeats` are wanted."""
    return min(repeats, pairs // (PAIRS_BETWEEN + 1))


def _row(seat: Seat, place: int, pair: ShownPair, repeat: int, in_order: bool) -> dict[str, Any]:
    return {
        "panel": seat.panel,
        "rater": seat.rater,
        "comparison": digest(pair.id, "again") if repeat else pair.id,
        "showing": showing(),
        "pair": pair.id,
        "repeat": repeat,
        "place": place,
        "candidate_left": in_order == pair.candidate_first,
    }


def showing() -> str:
    """A random name for a showing: it says nothing of the pair, of who wrote what, or of a first showing."""
    return secrets.token_hex(16)


def _twice(in_order: dict[int, bool], count: int, chance: random.Random) -> list[int]:
    """Pairs to show twice, half of them from each side, so that the repeats are balanced as well."""
    left, right = ([pair for pair, side in in_order.items() if side is wanted] for wanted in (True, False))
    return chance.sample(left, count - count // 2) + chance.sample(right, count // 2)
