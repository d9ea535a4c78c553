"""A stretch of time that is not known better than from … to …, and how people say it."""

from dataclasses import dataclass
from math import ceil, floor

MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class TimeSpan:
    """From `least` to `most`: seconds, or multiples of an estimate."""

    least: float
    most: float

    def __add__(self, other: "TimeSpan") -> "TimeSpan":
        """One after the other."""
        return TimeSpan(self.least + other.least, self.most + other.most)

    def __mul__(self, other: "TimeSpan") -> "TimeSpan":
        """Stretched by a factor that is not known exactly either."""
        return TimeSpan(self.least * other.least, self.most * other.most)

    @property
    def words(self) -> str:
        """In minutes or hours, rounded outwards: "3 to 7 min"."""
        if self.most < MINUTE:
            return "under a minute"
        if self.most < 2 * HOUR:
            least, most = floor(self.least / MINUTE), ceil(self.most / MINUTE)
            return f"{least} to {most} min" if least else f"up to {most} min"
        return f"{floor(10 * self.least / HOUR) / 10:g} to {ceil(10 * self.most / HOUR) / 10:g} h"


NO_TIME = TimeSpan(0.0, 0.0)
