"""How a write-up prints its numbers: percentages with one digit, p as journals ask for it, days in UTC. Plain text."""

from datetime import UTC, datetime
from math import isnan

from rpo.statistics import Interval

SMALLEST_P = 0.001


def percent(value: float) -> str:
    """A share in percent, "undefined" where there is none."""
    return "undefined" if isnan(value) else f"{value * 100:.1f} %"


def figure_words(value: float) -> str:
    """A coefficient with two digits and a true minus sign."""
    return f"{value:.2f}".replace("-", "−")


def points(value: float) -> str:
    """A difference of scores in points, with its sign."""
    return f"{value * 100:+.1f}".replace("-", "−")


def span(low: float, high: float) -> str:
    """Two ends of a share in percent."""
    return "undefined" if isnan(low) else f"{low * 100:.1f} to {high * 100:.1f} %"


def interval_words(one: Interval) -> str:
    """An interval of a score in percent."""
    return span(one.low, one.high)


def p_words(p: float) -> str:
    """A p with its sign of comparison: "p = 0.012", "p < 0.001"."""
    return f"p < {SMALLEST_P}" if p < SMALLEST_P else f"p = {p:.3f}"


def day(time: float) -> str:
    """The day of a time in Unix seconds, UTC, as ISO 8601."""
    return datetime.fromtimestamp(time, UTC).date().isoformat()


def listed(words: list[str]) -> str:
    """Words with commas, and "and" before the last."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
