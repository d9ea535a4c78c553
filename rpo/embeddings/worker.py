"""The one process that draws maps: the encoder, and what UMAP compiles, stay warm in it from one map to the next.

It is a job itself, with an inbox: a map's folder is named there, and the worker draws one after the other. It ends with whoever
started it, after ten idle minutes, or when it is asked to make room; never before what it was given is drawn.
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from filelock import FileLock

from rpo import jobs, storage
from rpo.jobs import Report, Stopped

QUEUE = "maps"
IDLE_SECONDS = 600.0  # without a map to draw, before it leaves
LOOK_SECONDS = 0.1  # from one look into the inbox to the next
MAKING_ROOM = 60.0  # seconds that `make_room` waits for it to be gone


def place() -> Path:
    """The worker's own folder, for `jobs.look`."""
    return storage.folder("workers", "maps")


def _inbox() -> Path:
    return storage.folder("workers", "maps", "inbox")


def ask(folder: Path) -> None:
    """Have the worker draw this map; it is started unless it is there."""
    with _door():
        if not jobs.look(place()).active:
            (place() / "leave").unlink(missing_ok=True)
            jobs.start("rpo.embeddings", place())
        jobs.hand_over(folder, place(), QUEUE)
        storage.write_with(_inbox() / f"{time.time_ns():020d}", lambda file: file.write(str(folder).encode()))


def make_room(device: str, wait: float = MAKING_ROOM) -> bool:
    """Have it leave a GPU that a run needs, as soon as all is drawn; whether it is gone after so many seconds.

    `device` is the kind that the run uses; the CPU's memory has room for both.
    """
    if device == "cpu":
        return False
    (place() / "leave").touch()
    end = time.monotonic() + wait
    while jobs.look(place()).active and time.monotonic() < end:
        time.sleep(LOOK_SECONDS)
    return not jobs.look(place()).active


def keep_drawing(draw: Callable[[Path, Report], None], idle: float = IDLE_SECONDS) -> None:
    """Be the worker: `draw` a map for each folder that is named, until there is no reason to stay."""
    starter = os.getppid()
    with ExitStack() as on_the_way_out, jobs.work(place()) as report:
        threads: list[threading.Thread] = []
        last = time.monotonic()
        report(0.0, "warm")
        report.write()
        while True:
            if (place() / "stop").exists():
                raise Stopped
            threads = [one for one in threads if one.is_alive()] + [_drawing(draw, paper) for paper in _papers()]
            last = time.monotonic() if threads else last
            done = time.monotonic() - last > idle or os.getppid() != starter or (place() / "leave").exists()
            if done and not threads:
                on_the_way_out.enter_context(_door())  # nobody hands over what nobody would take
                if not _papers():
                    return
                on_the_way_out.close()
            time.sleep(LOOK_SECONDS)


def _papers() -> list[Path]:
    """What lies in the inbox, each a map's folder; a name with a dot is still being written."""
    return sorted(paper for paper in _inbox().iterdir() if not paper.name.startswith("."))


def _door() -> FileLock:
    return FileLock(place() / "door")


def _drawing(draw: Callable[[Path, Report], None], paper: Path) -> threading.Thread:
    """A thread that draws the map that a paper of the inbox names, when its turn has come."""
    folder = Path(paper.read_text())
    paper.unlink()

    def work() -> None:
        with jobs.work(folder, QUEUE) as report:
            draw(folder, report)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
