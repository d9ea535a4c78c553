"""Starting a run: check the spec against its data, make the folder, start the detached process.

Not the queue: processes wait for their turn themselves (`rpo.jobs`).
"""

import time
from pathlib import Path

from rpo import home, jobs, weights
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.preferences import PreferenceSet, load
from rpo.training.run import Run
from rpo.training.spec import RunSpec


def start(spec: RunSpec, processes: int = 1) -> Run:
    """Check, write `spec.json`, and start `python -m rpo.training FOLDER`; it outlives page, browser and server.

    Several `processes` are started by torchrun, which unlike `accelerate launch` also starts them on a CPU; a folder can be
    given to either by hand. The objective stays the same.
    """
    if processes < 1:
        raise RpoError(f"a run needs at least one process, got {processes}")
    check(spec, load(spec.data))
    weights.locate(spec.model)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    name = f"{stamp}-{spec.objective}-{home.digest(repr(spec), str(time.time_ns()))[:4]}"
    folder = home.folder("runs", name)
    home.write_json(folder / "spec.json", spec.as_dict())
    home.write_json(folder / "launch.json", {"processes": processes})
    _launch(folder)
    return Run(folder)


def resume(run: Run) -> None:
    """Go on from the run's last checkpoint; a run that has ended well is refused."""
    if run.state.status is Status.DONE:
        raise RpoError(f"a run that is done has nothing to resume, {run.name} is; start another")
    _launch(run.folder)


def _launch(folder: Path) -> None:
    path = folder / "launch.json"
    processes = home.read_json(path)["processes"] if path.exists() else 1
    together = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(processes))
    jobs.start("rpo.training", folder, together if processes > 1 else ())


def check(spec: RunSpec, data: PreferenceSet) -> None:
    """Refuse a spec whose data cannot carry its objective."""
    if data.kind is not spec.objective.kind:
        raise RpoError(
            f"{spec.objective} learns from {spec.objective.kind} data, {data.name} is {data.kind}; pick other data or objective"
        )
    rows = len(data.train)
    if data.kind == "unpaired":
        liked = sum(data.train["liked"])
        rows = min(liked, rows - liked)
    if rows < spec.contrast_size:
        raise RpoError(
            f"contrast_size must be at most the {rows} examples a side to train on in {data.name}, got {spec.contrast_size}"
        )
