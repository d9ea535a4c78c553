"""Who sits at a panel, which pairs they get, in which order and on which sides. Drawn once and stored before anything is shown.

All of it follows from the panel's id and the rater's name, so that two tabs draw the same. Not what they vote: see `booth`.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rpo.errors import RpoError
from rpo.home import digest

APART = 10  # other pairs between a pair and its repeat


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


def assigned(seat: Seat, pairs: Sequence[str], raters: Sequence[str], overlap: int | None) -> list[str]:
    """The pairs that this rater gets: all, or so that each goes to `overlap` raters and no rater gets two more than another.

    `pairs` in the order of their slices share every slice evenly too.
    """
    if overlap is None:
        return list(pairs)
    chance, load, mine = random.Random(f"{seat.panel}/overlap"), dict.fromkeys(raters, 0), []
    for pair in pairs:
        takers = sorted(load, key=lambda name: (load[name], chance.random()))[:overlap]
        for name in takers:
            load[name] += 1
        mine += [pair] if seat.rater in takers else []
    return mine


def showings(seat: Seat, pairs: Sequence[str], repeats: int) -> list[dict[str, Any]]:
    """The rater's showings in order, as rows: half of the pairs swapped, and `repeats` of them again on the other sides.

    At least `APART` other pairs lie between; where a rater has too few pairs for that, there are fewer repeats or none.
    """
    chance = random.Random(f"{seat.panel}/{seat.rater}")
    order = chance.sample(pairs, len(pairs))
    sides = [place % 2 == 0 for place in range(len(order))]
    chance.shuffle(sides)
    swapped = dict(zip(order, sides, strict=True))
    twice = _twice(swapped, min(repeats, len(order) // (APART + 1)), chance)
    others = [pair for pair in order if pair not in twice]
    slots: list[tuple[float, float, str, int]] = [(place + 0.5, 0.0, pair, 0) for place, pair in enumerate(others)]
    for pair in twice:
        first = chance.randint(0, len(others) - APART)
        slots += [(first, chance.random(), pair, 0), (chance.randint(first + APART, len(others)), chance.random(), pair, 1)]
    return [
        {
            "panel": seat.panel,
            "rater": seat.rater,
            "comparison": digest(pair, "again") if repeat else pair,
            "pair": pair,
            "repeat": repeat,
            "place": place,
            "candidate_left": swapped[pair] != bool(repeat),
        }
        for place, (_, _, pair, repeat) in enumerate(sorted(slots))
    ]


def _twice(swapped: dict[str, bool], count: int, chance: random.Random) -> list[str]:
    """Pairs to show twice, half of them from each side, so that the repeats are balanced as well."""
    left, right = ([pair for pair, side in swapped.items() if side is wanted] for wanted in (True, False))
    return chance.sample(left, count - count // 2) + chance.sample(right, count // 2)
