"""An export in the background: `python -m rpo.export.job FOLDER`, a folder of the run's own, one export of a run at a time."""

import sys
from pathlib import Path

from typing_extensions import TypedDict

from rpo import jobs, storage
from rpo.errors import RpoError
from rpo.export.exported import check_room, clear_left, export_place
from rpo.export.kinds import ExportKind
from rpo.export.write import check, write
from rpo.runs import Run


class AskedFor(TypedDict):
    """What is to be exported."""

    kind: str


def exporting(run: Run) -> Path:
    """The folder of the run's exporting job, made when that starts."""
    return run.folder / "exporting"


def request(run: Run, kind: ExportKind) -> Path:
    """Start an export in the background, once it is known that it can be made; returns the job's folder."""
    check(run, kind)
    check_room(run, kind, export_place(run, kind))
    folder = exporting(run)
    if jobs.look(folder).active:
        raise RpoError(f"one export of a run at a time, another one of {run.name} is at work; wait for it or stop it")
    storage.write_json(folder / "asked.json", {"kind": str(kind)})
    jobs.start("rpo.export.job", folder)
    return folder


if __name__ == "__main__":
    job = Path(sys.argv[1])
    with jobs.work(job, queue="compute") as report:
        run = Run(job.parent)
        clear_left(run)
        write(run, ExportKind(storage.read_json(job / "asked.json", AskedFor)["kind"]), progress=report)
