"""What a field of a spec is: its title and help, its group on a form, its bounds, and what its value decides.

`about` puts this description into a dataclass field's metadata. Forms, checks, the axes of a sweep, words about a setting and the
keys of what is kept on disk are derived from it. Not the fields themselves: those are in `rpo.spec`.
"""

from collections.abc import Iterable
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from enum import Flag, StrEnum, auto
from reprlib import repr as brief
from typing import Any

from rpo.errors import RpoError

ABOUT = "about"  # the key of a description in a field's metadata


class Group(StrEnum):
    """Where on a form a field stands: the first group is always in view, each other one is a tab."""

    ESSENTIALS = "Essentials"
    OBJECTIVE = "Objective"
    BATCHES = "Batches"
    ADAPTER = "Adapter"
    LENGTHS = "Lengths"
    MEASURING = "Measuring"
    SFT = "SFT first"
    MEMORY = "Memory"


class Decides(Flag):
    """What a field's value decides. A field that decides nothing saves or costs memory and time, and changes no figure."""

    NOTHING = 0
    RUN = auto()  # the run's figures
    STAGE = auto()  # the adapter that its SFT stage makes, besides the rows in tokens; with it, the reference
    ANSWERS = auto()  # what a given reference answers
    SAMPLED = auto()  # what a given reference answers where answers are sampled


class Unit(StrEnum):
    """What a number counts, where it counts something."""

    NONE = ""
    TOKENS = "tokens"
    STEPS = "steps"
    ROWS = "rows"


@dataclass(frozen=True)
class Axis:
    """How a sweep varies a field: its title and an example there; whether another value can need other memory, time or data."""

    title: str
    example: str = ""
    needs: bool = True


@dataclass(frozen=True)
class Within:
    """The range of a number, its ends included, but for a `low` that is `open`; what it counts."""

    low: float
    high: float
    unit: Unit = Unit.NONE
    open: bool = False

    def __contains__(self, value: float) -> bool:
        return (self.low < value if self.open else self.low <= value) and value <= self.high

    def __str__(self) -> str:
        if self.open:
            return f"above {self.low:.16g} and at most {self.high:.16g}"
        return f"from {self.low:.16g} to {self.high:.16g}"


@dataclass(frozen=True)
class About:
    """One field, described."""

    title: str
    help: str
    group: Group
    decides: Decides
    within: Within | None = None  # of a number
    among: tuple[str, ...] = ()  # the values of a text that is no free text
    sign: str = ""  # a shorter title
    under: bool = False  # on a form: below the field before it, not beside it
    sweep: Axis | None = None  # how a sweep varies it, if one may


def about(default: Any, title: str, help: str, group: Group, decides: Decides, within: Within | None = None, **more: Any) -> Any:
    """A dataclass field with this default and description."""
    return field(default=default, metadata={ABOUT: About(title, help, group, decides, within, **more)})


def described(cls: type) -> dict[str, About]:
    """The descriptions of a dataclass's fields, by name, in their order."""
    return {one.name: one.metadata[ABOUT] for one in fields(cls)}


def options(one: "Field[Any]") -> tuple[str, ...]:
    """The values among which this field's value is one; () for numbers, flags and free texts."""
    return tuple(one.type) if isinstance(one.type, type) and issubclass(one.type, StrEnum) else one.metadata[ABOUT].among


def checked(one: "Field[Any]", value: Any) -> Any:
    """The value as this field holds it; refused where it cannot, with the default."""
    if rule := broken(one, value):
        raise RpoError(f"{one.name} must be {rule}, got {brief(value)}; the default is {one.default}")
    kept = float(value) if one.type is float else value  # a whole number where any number may stand
    return next((member for member in options(one) if member == kept), kept)


def broken(one: "Field[Any]", value: Any) -> str:
    """The rule of this field that the value breaks, like "a number from 0 to 1"; "" if it breaks none."""
    bounds, among = one.metadata[ABOUT].within, options(one)
    if among:
        return "" if isinstance(value, str) and value in among else f"one of {', '.join(among)}"
    if bounds is None and one.type is bool:
        return "" if isinstance(value, bool) else "true or false"
    if bounds is None:
        return "" if isinstance(value, str) and value.strip() else "a name"
    kinds = int if one.type is int else int | float
    fits = isinstance(value, kinds) and not isinstance(value, bool) and value in bounds
    return "" if fits else f"{'a whole number' if one.type is int else 'a number'} {bounds}"


def nearest_field(name: str, known: Iterable[str]) -> str:
    """What to do about a name that is no field: the nearest of those that are, or leave it out."""
    close = get_close_matches(name.lower().replace("-", "_"), list(known), 1)
    return f"write {close[0]}, or leave it out" if close else "leave it out"
