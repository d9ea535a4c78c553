"""Background work: a folder with a process of its own, which outlives the page, the browser and the server.

The folder is the truth: `state.json` (atomic), `log.txt`, a `stop` file that asks for an end, and a `lock` that the process
holds for as long as it lives. A process id lies (a zombie still answers), a held lock does not. Not a scheduler: queued
processes wait for their turn themselves, in the order in which they were submitted.
"""

import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from reprlib import repr as brief
from typing import Any, Required

import psutil
from filelock import FileLock, Timeout
from typing_extensions import TypedDict

from rpo import storage
from rpo.errors import RpoError

STATE_FILE, LOG_FILE = "state.json", "log.txt"
LOCK_SECONDS = 30.0  # seconds a new process may take to reach its lock before it counts as lost
QUIET_LIBRARIES = {
    "OMP_WAIT_POLICY": "PASSIVE",  # threads that spin while they wait make two processes on one CPU three times slower
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),  # glibc: big tensors come from memory the process has already touched,
    "MALLOC_TRIM_THRESHOLD_": str(1 << 33),  # which spares a training step 170,000 page faults
}
WRITE_SECONDS = 0.3  # seconds between two writes of the state, and between two looks at the queue


class Status(StrEnum):
    """What a job is doing."""

    NEW = "new"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    LOST = "lost"


@dataclass(frozen=True)
class State:
    """A job at one moment; times are Unix seconds, `progress` runs from 0 to 1."""

    status: Status = Status.NEW
    progress: float = 0.0
    message: str = ""
    submitted: float = 0.0
    started: float = 0.0
    updated: float = 0.0
    pid: int = 0

    @property
    def active(self) -> bool:
        """Whether a process is waiting or at work."""
        return self.status in (Status.QUEUED, Status.RUNNING)


class StateRecord(TypedDict, total=False):
    """A state as it is written down; null where a number was none."""

    status: Required[str]
    progress: float | None
    message: str | None
    submitted: float | None
    started: float | None
    updated: float | None
    pid: int | None


class Stopped(Exception):  # noqa: N818 - a wish, not an error
    """Raised inside a job when a person asked it to stop."""


class Progress:
    """How far a piece of work is: `progress(0.4, "encoding")` says so to `report`, as a share of the span from `low` to `high`.

    Work in parts gives each its `part`, and the part's own parts lie within it. Saying it may raise `Stopped`.
    """

    def __init__(self, report: Callable[[float, str], None], low: float = 0.0, high: float = 1.0, prefix: str = "") -> None:
        if not 0 <= low <= high <= 1:
            raise RpoError(f"a part of the work must lie between 0 and 1, got {low} to {high}; give its beginning, then its end")
        self.report, self.low, self.high, self.prefix = report, low, high, prefix

    def __call__(self, share: float, words: str) -> None:
        """Say how much of it is done (0 to 1), in a few words."""
        within = self.low + (self.high - self.low) * min(max(share, 0.0), 1.0)
        self.report(min(within, self.high), self.prefix + words)

    def part(self, low: float, high: float, prefix: str = "") -> "Progress":
        """The progress of a piece of this work, from `low` to `high` of it; its words begin with `prefix`."""
        return Progress(self, low, high, prefix)


class Report(Progress):
    """The job's own voice: `report(0.4, "encoding")` informs the readers, and raises `Stopped` when they asked for an end."""

    def __init__(self, folder: Path, state: State) -> None:
        super().__init__(self.publish)
        self.folder, self.state = folder, state

    def publish(self, progress: float, message: str) -> None:
        """Publish progress (0 to 1) and a few words; written at most every 0.3 s, and when the work becomes another."""
        other = message.split(" ")[0] != self.state.message.split(" ")[0]
        self.state = replace(self.state, progress=progress, message=message)
        if other or time.time() - self.state.updated > WRITE_SECONDS:
            self.write()
        if (self.folder / "stop").exists():
            raise Stopped

    def write(self, status: Status | None = None) -> None:
        """Publish the state now."""
        self.state = replace(self.state, status=status or self.state.status, updated=time.time())
        storage.write_json(self.folder / STATE_FILE, asdict(self.state))


def start(module: str, folder: Path, through: Sequence[str] = (), secrets: Mapping[str, str] | None = None) -> None:
    """Run `python -m module folder` detached, `through` a launcher's module and options where several processes are wanted.

    `secrets` go into its environment and are written nowhere. A folder whose process is alive is refused.
    """
    _submit(folder)
    with storage.writing(folder / LOG_FILE), (folder / LOG_FILE).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *through, "-m", module, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**QUIET_LIBRARIES, **os.environ, "RPO_HOME": str(storage.home()), "PYTHONUNBUFFERED": "1", **(secrets or {})},
        )
    (folder / "pid").write_text(str(process.pid))


def hand_over(folder: Path, worker: Path, queue: str) -> None:
    """Submit the folder's work to a process that is at work already, that of the folder `worker`; it will hold this lock too.

    It has its place in the queue from now on.
    """
    _submit(folder)
    _ticket(queue, folder, read_state(folder / STATE_FILE)).write_text(_own(folder))
    with suppress(FileNotFoundError):
        (folder / "pid").write_text((worker / "pid").read_text())


def _submit(folder: Path) -> None:
    if look(folder).active:
        raise RpoError(f"one process a folder: {folder.name} is already at work; wait for it or stop it")
    now = time.time()
    storage.write_json(folder / STATE_FILE, asdict(State(Status.QUEUED, message="starting", submitted=now, updated=now)))
    with storage.writing(folder / "stop"):
        (folder / "stop").unlink(missing_ok=True)


def fail(folder: Path, words: str) -> None:
    """Record that the folder's work failed before a process could be started for it."""
    now = time.time()
    storage.write_json(folder / STATE_FILE, asdict(State(Status.FAILED, message=words, submitted=now, updated=now)))


def stop(folder: Path) -> None:
    """Ask the folder's process to end at its next safe point."""
    with storage.writing(folder / "stop"):
        (folder / "stop").touch()


def look(folder: Path) -> State:
    """The state as it is, which is not always as it was written: a job whose process died is `lost`."""
    path = folder / STATE_FILE
    state = read_state(path)
    if not state.active or _held(folder / "lock") or _starting(folder, state):
        return state
    again = read_state(path)  # it may have ended between the two looks
    return again if not again.active else replace(again, status=Status.LOST, message="its process died")


@contextmanager
def work(folder: Path, queue: str | None = None) -> Generator[Report]:
    """Be the folder's process: hold its lock, wait for the queue's turn, record how it ended.

    A `Stopped` ends quietly; any other error is written to the state in one line, to the log in full, and raised.
    """
    path = folder / STATE_FILE
    before = read_state(path) if path.exists() else State(submitted=time.time())
    with FileLock(folder / "lock", timeout=LOCK_SECONDS):
        report = Report(folder, replace(before, status=Status.QUEUED, pid=os.getpid(), message="waiting", progress=0.0))
        report.write()
        try:
            with _turn(queue, report):
                report.state = replace(report.state, started=time.time(), message="starting")
                report.write(Status.RUNNING)
                yield report
            report.state = replace(report.state, progress=1.0, message="")
            report.write(Status.DONE)
        except Stopped:
            report.write(Status.STOPPED)
        except BaseException as error:
            with suppress(RpoError), storage.writing(folder / LOG_FILE), (folder / LOG_FILE).open("a") as log:
                traceback.print_exc(file=log)
            report.state = replace(report.state, message=said_of(error))
            report.write(Status.FAILED)
            raise


def said_of(error: BaseException) -> str:
    """What a state says of the error that ended its job; one that is not ours is of no use to a reader without the log."""
    if isinstance(error, RpoError):
        return str(error)
    said = " ".join(str(error).split())[:200]
    return f"an unexpected error ended it ({type(error).__name__}{': ' * bool(said)}{said}); the log has the rest"


@contextmanager
def _turn(queue: str | None, report: Report) -> Generator[None]:
    if queue is None:
        yield
        return
    ticket = _ticket(queue, report.folder, report.state)
    for other in ticket.parent.glob(f"*-{storage.digest(_own(report.folder))}"):
        if other != ticket:  # left by a process of this folder that was killed
            other.unlink()
    if not ticket.exists():
        ticket.write_text(_own(report.folder))
    try:
        while ahead := [other for other in sorted(ticket.parent.iterdir()) if other < ticket and _waiting(other)]:
            report(0.0, f"queued behind {len(ahead)}")
            time.sleep(WRITE_SECONDS)
        yield
    finally:
        ticket.unlink(missing_ok=True)


def _ticket(queue: str, folder: Path, state: State) -> Path:
    """A folder's place in a queue: names sort by when the work was submitted."""
    return storage.folder("queues", queue) / f"{int(state.submitted * 1e6):020d}-{storage.digest(_own(folder))}"


def _own(folder: Path) -> str:
    return str(folder.resolve())


def _waiting(ticket: Path) -> bool:
    try:
        folder = Path(ticket.read_text())
    except FileNotFoundError:
        return False
    try:
        alive = look(folder).active
    except RpoError:  # its state was edited by hand; its lock still shows it
        alive = _held(folder / "lock")
    if not alive:
        ticket.unlink(missing_ok=True)
    return alive


@dataclass(frozen=True)
class Job:
    """One folder with a process of its own; a view, the folder is the truth."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def state(self) -> State:
        """What its process is doing now."""
        return look(self.folder)

    @property
    def stopping(self) -> bool:
        """Whether it was asked to end and has not ended yet."""
        return (self.folder / "stop").exists() and self.state.active

    def stop(self) -> None:
        """Ask its process to end at its next safe point."""
        stop(self.folder)


def read_state(path: Path) -> State:
    """A state as it was written, `NEW` where none is; fields that a newer version added are left out."""
    found = storage.read_json(path, StateRecord, missing=None)
    if found is None:
        return State()
    known: dict[str, Any] = {name: found[name] for name in StateRecord.__annotations__ if found.get(name) is not None}
    if known["status"] not in list(Status) or not 0 <= known.get("progress", 0) <= 1:
        raise RpoError(
            f"{path} must say one of {', '.join(Status)} and a progress from 0 to 1, it says {brief(known['status'])} and "
            f"{known.get('progress', 0)}; delete it, or update rpo if a newer version wrote it"
        )
    return replace(State(**known), status=Status(known["status"]))


def _held(lock: Path) -> bool:
    if not lock.exists():
        return False
    with storage.reading(lock):
        try:
            with FileLock(lock, blocking=False):
                return False
        except Timeout:
            return True


def _starting(folder: Path, state: State) -> bool:
    """A process that was just launched and has not reached its lock yet."""
    if state.status is not Status.QUEUED or time.time() - state.submitted > LOCK_SECONDS or not (folder / "pid").exists():
        return state.status is Status.QUEUED and time.time() - state.submitted < 1.0
    try:
        return psutil.Process(int((folder / "pid").read_text())).status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, ValueError):
        return False
