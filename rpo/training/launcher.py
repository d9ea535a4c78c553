"""Starting a run: check the spec against its data, make the folder, start the detached process.

Not the queue: processes wait for their turn themselves (`rpo.jobs`).
"""

import time

from rpo import home, jobs, weights
from rpo.errors import RpoError
from rpo.preferences import PreferenceSet, load
from rpo.training.run import Run
from rpo.training.spec import RunSpec


def start(spec: RunSpec) -> Run:
    """Check, write `spec.json`, and start `python -m rpo.training FOLDER`; it outlives page, browser and server."""
    check(spec, load(spec.data))
    weights.locate(spec.model)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    name = f"{stamp}-{spec.objective}-{home.digest(repr(spec), str(time.time_ns()))[:4]}"
    folder = home.folder("runs", name)
    home.write_json(folder / "spec.json", spec.as_dict())
    jobs.start("rpo.training", folder)
    return Run(folder)


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
