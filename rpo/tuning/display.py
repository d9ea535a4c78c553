"""How a batch is shown on Tune: what its cells say, their order, the goal, the pinned cell, the panel below.

It changes no weight and no run; it stands in the address, so that a colleague sees the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from reprlib import repr as brief
from typing import Any

from rpo.errors import RpoError
from rpo.preferences import View
from rpo.tuning.sample import MOST_A_SIDE

MASSES = (1.0, 0.5, 0.8, 0.9, 0.95)  # of a row, in the largest weights that stay bright; 1 marks none


class Cells(StrEnum):
    """What the cells of the matrix show."""

    WEIGHT = "weight"
    MARGIN = "margin"
    LOSS = "loss"
    GRADIENT = "gradient"


class Order(StrEnum):
    """In what order rows and columns stand."""

    DRAWN = "drawn"
    ALIKE = "alike"


class CloserLook(StrEnum):
    """What is looked at more closely under the batch."""

    OVER_TAU = "Over τ"
    POINT = "Which point?"
    BATCHING = "Batching"
    ENCODERS = "Two encoders"
    ORDER = "Does the order hold?"


@dataclass(frozen=True)
class Display:
    """`goal`: the effective others a row that are wanted, `own`: the own share with them; `beside`: another encoder, or ""."""

    cells: Cells = Cells.WEIGHT
    order: Order = Order.DRAWN
    mass: float = 1.0
    goal: float = 3.0
    pin: tuple[int, ...] = ()
    panel: CloserLook = CloserLook.OVER_TAU
    own: float = 0.5
    beside: str = ""
    beside_reads: View = View.WHOLE

    def __post_init__(self) -> None:
        """Refuse what cannot be shown."""
        rules = {
            "mass": (self.mass in MASSES, f"one of {', '.join(f'{mass:g}' for mass in MASSES)}"),
            "goal": (1 <= self.goal <= MOST_A_SIDE, f"between 1 and {MOST_A_SIDE}"),
            "own": (0 <= self.own <= 1, "between 0 and 1"),
            "pin": (len(self.pin) in (0, 2) and all(0 <= at < MOST_A_SIDE for at in self.pin), "a row and a column, from 0"),
        }
        for name, (fits, rule) in rules.items():
            if not fits:
                raise RpoError(f"{name} must be {rule}, got {brief(getattr(self, name))}")

    @property
    def address(self) -> dict[str, str]:
        """The words of an address that `display_of` reads; what is as usual is not said."""
        usual = Display()
        changed = [one.name for one in fields(self) if getattr(self, one.name) != getattr(usual, one.name)]
        return {name: _said(getattr(self, name)) for name in changed}


def display_of(words: Mapping[str, Any]) -> Display:
    """What an address or a browser asks for, the rest as usual, and so is what `misread_display` names."""
    found = {one.name: words[one.name] for one in fields(Display) if one.name in words and not _fault(one.name, words)}
    return Display(**{name: _read(name, value) for name, value in found.items()})


def misread_display(words: Mapping[str, Any]) -> tuple[str, ...]:
    """What cannot be shown as it is asked for, in words."""
    return tuple(fault for one in fields(Display) if one.name in words and (fault := _fault(one.name, words)))


def _fault(name: str, words: Mapping[str, Any]) -> str:
    try:
        Display(**{name: _read(name, words[name])})
    except RpoError as error:
        return str(error)
    except (ValueError, TypeError):
        kind = type(getattr(Display(), name))
        rule = f"one of {', '.join(kind)}" if issubclass(kind, StrEnum) else "numbers" if kind is tuple else "a number"
        return f"{name} must be {rule}, got {brief(words[name])}"
    return ""


def _read(name: str, value: Any) -> Any:
    """A text, or what JSON holds, as this field's type."""
    kind = type(getattr(Display(), name))
    if kind is tuple:
        parts = value.split(",") if isinstance(value, str) else value or ()
        return tuple(int(part) for part in parts if part != "")
    return kind(value)


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
