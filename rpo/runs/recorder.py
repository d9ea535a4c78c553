"""The one writer of what a run records: its curves and answers, the JSON files beside them, and a tracker where one is asked for.

Of several processes the first writes. A resumed run drops what was recorded after its checkpoint, for it is taken again. A
tracker that fails ends with one line in the log and a note in the folder; the run goes on. What a tracker lacks, from a time when
it failed or was not asked for, it gets when the run is resumed; a step that it holds is not sent twice, so the seconds of a step
that was taken again are there those of the first time. Not a reader: that is `rpo.runs.run`.
"""

import shutil
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rpo import storage
from rpo.errors import RpoError
from rpo.jsonl import append_line, as_kept, keep_lines, read_lines
from rpo.records import CurveRecord
from rpo.runs.run import File, Records, Run
from rpo.runs.trackers import Place, Tracker, tracker_of

TRACKED = (Records.METRICS, Records.EVALUATIONS, Records.SFT)


class Recorder:
    """Writes into one run's folder, if this is the first of its processes."""

    def __init__(self, run: Run, *, first: bool = True) -> None:
        self.run, self.first, self.following = run, first, Following(self)

    def record(self, kind: Records, record: dict[str, Any]) -> None:
        """Add one record of a kind."""
        self.add(self.run.folder / kind, record)
        if kind in TRACKED:
            self.following.log(kind, [as_kept(record)])

    def add(self, path: Path, record: dict[str, Any]) -> None:
        """Add one record to a file that several runs share."""
        if self.first:
            append_line(path, record)

    def go_on(self, done: int, *kinds: Records) -> None:
        """These kinds go on after the step `done`, or begin: what was recorded later will be taken again."""
        if self.first:
            for kind in kinds:
                keep_lines(self.run.folder / kind, lambda record: done > 0 and record["step"] <= done)
                self._catch_up(kind)

    def adopt(self, kind: Records, kept: Path) -> None:
        """Let the run's records of a kind be a copy of those that another run left in the folder `kept`."""
        if self.first:
            shutil.copy(kept / kind, self.run.folder)
            self._catch_up(kind)

    def leave(self, kind: Records, kept: Path) -> None:
        """Copy the run's records of a kind into the folder `kept`, for other runs."""
        if self.first:
            shutil.copy(self.run.folder / kind, kept)

    def write(self, file: File, value: Any) -> None:
        """Write one of the run's JSON files, whole."""
        if self.first:
            storage.write_json(self.run.folder / file, value)

    def _catch_up(self, kind: Records) -> None:
        if kind in TRACKED and self.following.tracker is not None:
            self.following.log(kind, read_lines(self.run.folder / kind, CurveRecord))


class Following:
    """A run's tracker, which cannot harm the run: whatever it raises ends the tracker alone."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder, self.tracker, self.held = recorder, None, set[Place]()
        self.name = "the tracker"

    def open(self) -> None:
        """Open the tracker that was asked for, if any."""
        self.tracker: Tracker | None = None
        (self.recorder.run.folder / File.TRACKER).unlink(missing_ok=True)
        self._safely(self._open)

    def _open(self) -> None:
        run = self.recorder.run
        tracker = tracker_of(run)
        if tracker is not None:
            self.name = type(tracker).__name__
            self.held = tracker.open(run.name, run.spec.as_dict())
            self.tracker = tracker

    def log(self, kind: Records, records: Iterable[dict[str, Any]]) -> None:
        """Send the figures of records that the tracker does not hold."""
        if self.tracker is not None:
            self._safely(lambda: self._log(kind, records))

    def _log(self, kind: Records, records: Iterable[dict[str, Any]]) -> None:
        for record in records:
            place = Path(kind).stem, record["step"]
            if self.tracker is not None and place not in self.held:
                figures = {name: value for name, value in record.items() if name != "step" and isinstance(value, int | float)}
                self.tracker.log(*place, figures)
                self.held.add(place)

    def close(self) -> None:
        """Let the tracker keep what it has."""
        if self.tracker is not None:
            self._safely(self.tracker.close)

    def _safely(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - whatever befalls a tracker is not the run's end
            self.tracker = None
            self._note(str(error) if isinstance(error, RpoError) else f"{type(error).__name__}: {error}")

    def _note(self, trouble: str) -> None:
        """One line in the run's log, and a note in its folder."""
        line = f"{self.name} does not show this run any more, the run goes on: {' '.join(trouble.split())}"
        try:
            self.recorder.write(File.TRACKER, {"tracker": self.name, "trouble": trouble})
        except RpoError as error:
            line += f" (and that could not be noted: {error})"
        sys.stderr.write(f"{line}\n")


@contextmanager
def recording(run: Run, *, first: bool = True) -> Generator[Recorder]:
    """The recorder of a run's process, with the tracker that was asked for."""
    recorder = Recorder(run, first=first)
    if first:
        recorder.following.open()
    try:
        yield recorder
    finally:
        recorder.following.close()
