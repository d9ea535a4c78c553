"""How long a run has worked, over all the processes that worked on it: the time between a stop and a resume is not counted.

Work that a kill undid counts: it took its time. Not the steps' own seconds, which are among its metrics.
"""

import time
from collections.abc import Callable
from enum import StrEnum

from rpo import storage
from rpo.jobs import Progress
from rpo.runs.recorder import Recorder
from rpo.runs.run import File

CLOCK_SECONDS = 1.0  # seconds of work that a killed process may leave uncounted, besides the step it was in


class Phase(StrEnum):
    """What a run does: everything up to the saved adapter, then the answers."""

    TRAIN = "train"
    ANSWERS = "answers"


class Clock:
    """Counts while it lives, in the phase that was set last; the run's folder keeps the sum."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder, self.phase = recorder, Phase.TRAIN
        known = storage.read_json(recorder.run.folder / File.SECONDS, dict[str, float], missing={})
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
            if self.since - self.written > CLOCK_SECONDS:
                self.write()
            report(share, words)

        return Progress(ticking)

    def write(self) -> None:
        """Keep the sum as it is now."""
        self._count()
        self.written = self.since
        self.recorder.write(File.SECONDS, {str(phase): seconds for phase, seconds in self.spent.items()})

    def _count(self) -> None:
        now = time.monotonic()
        self.spent[self.phase] += now - self.since
        self.since = now
