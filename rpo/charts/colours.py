"""What gives the points of a prompt map their colours: groups with a name each, or a measure with a colour bar.

Not the picture (that is `prompt_map`) and not where the values come from (see `colour_by`). A prompt without a value is grey.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from plotly.colors import sample_colorscale

from rpo.charts.letters import letters
from rpo.glossary import quantity
from rpo.preferences import readable
from rpo.storage import digest

PALETTE = ("#cc6677", "#5a55c8", "#ddcc77", "#117733", "#88ccee", "#882255", "#44aa99", "#999933", "#aa4499")
"""Paul Tol's muted colours, which readers with any colour vision tell apart; his indigo is lighter here, to be seen on black."""
MOST_LAYERS = 45  # groups that are drawn one by one
GREY = "#9ca3af"
FAINT = 0.35  # opacity of what is on the map without being spoken of
COLOUR_SCALE = sample_colorscale("Viridis", np.linspace(0.25, 0.8, 12))  # even, and its ends are seen on white and on black
TAILS = (2, 98)  # percentiles at which the colours end, so that one odd value does not swallow all others


@dataclass(frozen=True)
class Layer:
    """Points that are drawn alike: their rows and their marker; `name` is for the legend, empty for none."""

    rows: np.ndarray
    name: str = ""
    marker: dict[str, Any] = field(default_factory=lambda: {"color": GREY, "opacity": FAINT})

    def parts(self, most: int) -> "Iterator[Layer]":
        """The same points in layers of at most so many, each with its share of the colours."""
        for start in range(0, max(1, len(self.rows)), most):
            part, colour = slice(start, start + most), self.marker["color"]
            yield Layer(self.rows[part], self.name, {**self.marker, "color": colour if isinstance(colour, str) else colour[part]})


@dataclass(frozen=True)
class Groups:
    """A group's name for each of N prompts."""

    title: str
    names: tuple[str, ...]

    @cached_property
    def order(self) -> dict[str, int]:
        """Each group's number, in the order of the prompts."""
        return {name: number for number, name in enumerate(dict.fromkeys(filter(None, self.names)))}

    @cached_property
    def numbers(self) -> np.ndarray:
        """The number of each prompt's group, −1 for none; (N,)."""
        return np.fromiter((self.order.get(name, -1) for name in self.names), dtype=np.int64, count=len(self.names))

    @property
    def known(self) -> np.ndarray:
        """Which prompts have a group, (N,)."""
        return self.numbers >= 0

    def members(self, name: str) -> np.ndarray:
        """Which prompts belong to the group of that name, (N,)."""
        return self.numbers == self.order.get(name, -2)

    def layers(self, shown: np.ndarray) -> Iterator[Layer]:
        """One a group, in the order of the prompts; with more groups than colours a colour comes again: names tell them apart.

        Groups beyond `MOST_LAYERS` share one.
        """
        names, sizes = list(self.order), np.bincount(self.numbers[self.known], minlength=len(self.order))
        largest = np.sort(np.argsort(-sizes, kind="stable")[:MOST_LAYERS]).tolist()
        for place, number in enumerate(largest):
            yield Layer(np.flatnonzero(shown & (self.numbers == number)), names[number], _marker(PALETTE[place % len(PALETTE)]))
        rest = shown & self.known & ~np.isin(self.numbers, largest)
        yield Layer(np.flatnonzero(rest), quantity(len(names) - len(largest), "smaller one"), _marker(GREY))


def _marker(colour: str) -> dict[str, Any]:
    return {"color": colour, "opacity": 0.85}


@dataclass(frozen=True)
class ColourSpan:
    """Values from `low` to `high`, both included; None for an end that is open."""

    low: float | None = None
    high: float | None = None

    @property
    def whole(self) -> bool:
        """Whether it leaves nothing out."""
        return self.low is None and self.high is None

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Which of the values, (N,), lie in it; NaN never does."""
        low, high = (-np.inf if self.low is None else self.low), (np.inf if self.high is None else self.high)
        return (values >= low) & (values <= high)

    def __str__(self) -> str:
        ends = ("from", self.low), ("to" if self.low is not None else "up to", self.high)
        return " ".join(f"{word} {readable(end)}" for word, end in ends if end is not None)


@dataclass(frozen=True)
class ColourMeasure:
    """A number for each of N prompts, NaN where there is none."""

    title: str
    values: np.ndarray

    @cached_property
    def stamp(self) -> str:
        """A name for what it measured: a span of other values means nothing here."""
        return digest(self.title, self.values.tobytes())

    @property
    def ends(self) -> tuple[float, float] | None:
        """The smallest and the largest value; None where no prompt has one."""
        known = self.values[self.known]
        return (float(known.min()), float(known.max())) if len(known) else None

    def members(self, span: ColourSpan) -> np.ndarray:
        """Which prompts have a value in that span, (N,)."""
        return self.known & span.holds(self.values)

    @property
    def known(self) -> np.ndarray:
        """Which prompts have a value, (N,)."""
        return np.isfinite(self.values)

    def layers(self, shown: np.ndarray) -> Iterator[Layer]:
        """One, with a colour bar, which stays where no point is shown: the picture beside it keeps its width."""
        rows = np.flatnonzero(shown & self.known)
        if not self.known.any():
            return
        low, high = (float(end) for end in np.percentile(self.values[self.known], TAILS))
        ends = {"cmin": low, "cmax": high if high > low else low + 1}
        bar = {"title": {"text": letters(self.title), "side": "right"}, "thickness": 10, "len": 0.7, "x": 1.0, "outlinewidth": 0}
        marker = {"color": self.values[rows].astype(np.float32), "colorscale": COLOUR_SCALE, **ends}
        yield Layer(rows, "", {**marker, "colorbar": bar, "opacity": 0.85})


Colours = Groups | ColourMeasure


@dataclass(frozen=True)
class MapColours:
    """What the points are coloured by; with `only` the members of one group or span alone, the others being grey."""

    colours: Colours
    only: str | ColourSpan = ""

    @property
    def members(self) -> np.ndarray | None:
        """Which prompts belong to the one group or span, (N,); None where all are shown."""
        if isinstance(self.colours, Groups) and isinstance(self.only, str) and self.only:
            return self.colours.members(self.only)
        if isinstance(self.colours, ColourMeasure) and isinstance(self.only, ColourSpan) and not self.only.whole:
            return self.colours.members(self.only)
        return None

    @property
    def names(self) -> tuple[str, ...]:
        """Each prompt's group, (N,); nothing where the points are coloured by a measure."""
        return self.colours.names if isinstance(self.colours, Groups) else ()

    @property
    def rows(self) -> list[int]:
        """The rows of the one group or span; none where all are shown."""
        return [] if self.members is None else np.flatnonzero(self.members).tolist()

    @property
    def name(self) -> str:
        """What to call the prompts of the one group or span, "" where all are shown."""
        return (
            f"{self.colours.title} {self.only}" if isinstance(self.only, ColourSpan) and not self.only.whole else str(self.only)
        )

    def counts(self) -> str:
        """How many prompts are on the map, and how many of them have a colour: nothing is left out in silence."""
        count, valued = len(self.colours.known), int(self.colours.known.sum())
        said = f"{count:,} of {quantity(count, 'prompt')}"
        if self.members is not None:
            return f"{said}, {len(self.rows):,} of them coloured"
        have = quantity(valued, f"of {count:,} has", f"of {count:,} have")
        return said if valued == count else f"{said}; {have} a value, the others are grey"

    def nothing_left(self) -> str:
        """What to say of a span in which no prompt's value lies, "" where some does."""
        if not isinstance(self.colours, ColourMeasure) or self.colours.ends is None or self.members is None or self.members.any():
            return ""
        low, high = map(readable, self.colours.ends)
        return f"No prompt is left: none has a value {self.only}, the values go from {low} to {high}. Choose a wider range."


def layers(colours: Colours, shown: np.ndarray | None = None) -> list[Layer]:
    """All N prompts, each in one layer; those without a value, or not among those `shown` (N,), lie grey beneath the others."""
    among = np.ones(len(colours.known), dtype=bool) if shown is None else shown
    beneath = Layer(np.flatnonzero(~(among & colours.known)))
    return [layer for layer in (beneath, *colours.layers(among)) if len(layer.rows) or "colorbar" in layer.marker]
