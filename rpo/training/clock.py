"""How long a run has worked, over all the processes that worked on it: the time between a stop and a resume is not counted.

Work that a kill undid counts: it took its time. Not the steps' own seconds, which are in `metrics.jsonl`.
"""

import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from rpo import storage
from rpo.jobs import Progress

REST = 1.0  # seconds of work that a killed process may leave uncounted, besides the step it was in


class Phase(StrEnum):
    """What a run does: everything up to the saved adapter, then the answers."""

    TRAIN = "train"
    ANSWERS = "answers"


class Clock:
    """Counts while it lives, in the phase that was set last; `seconds.json` keeps the sum."""

    def __init__(self, folder: Path, *, on_disk: bool = True) -> None:
        self.path, self.on_disk, self.phase = folder / "seconds.json", on_disk, Phase.TRAIN
        known = storage.read_json(self.path, {...: storage.NUMBER}, missing={})
        self.spent = {phase: float(known.get(phase, 0.0)) for phase in Phase}
        self.since = self.written = time.monotonic()

    def enter(self, phase: Phase) -> None:
        """From now on count for this phase."""
        self.write()
        self.phase = phase

    def heard(self, report: Callable[[float, str], None]) -> Progress:
        """`report`, at each word of which the clock is looked at."""

        def ticking(share: float, words: str) -> None:
            self._count()
            if self.since - self.written > REST:
                self.write()
            report(share, words)

        return Progress(ticking)

    def write(self) -> None:
        """Keep the sum as it is now."""
        self._count()
        self.written = self.since
        if self.on_disk:
            storage.write_json(self.path, {str(phase): seconds for phase, seconds in self.spent.items()})

    def _count(self) -> None:
        now = time.monotonic()
        self.spent[self.phase] += now - self.since
        self.since = now
