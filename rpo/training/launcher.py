"""Starting a run: check the spec against its data, make the folder, start it at a place.

Not the queue: processes wait for their turn themselves (`rpo.jobs`), or in the cluster's queue (`rpo.training.places`).
"""

import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from math import sqrt

from rpo import home, weights
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.preferences import Kind, PreferenceSet, load
from rpo.preferences.fence import fenced
from rpo.training import inputs
from rpo.training.fitting import nearest_fit, refusal, shared
from rpo.training.places import HERE, Place, place_of, recorded
from rpo.training.run import Run, runs
from rpo.training.span import NOTHING, Span
from rpo.training.spec import RunSpec


def start(spec: RunSpec, processes: int = 1, place: Place = HERE) -> Run:
    """Check the spec, make its run folder, and start it at a place; it outlives page, browser and server.

    Several `processes` are started by torchrun, which unlike `accelerate launch` also starts them on a CPU; a folder can be
    given to either by hand. The objective stays the same.
    """
    data_of(spec)
    weights.locate(spec.model)
    place.ready()
    needed = need(spec, processes) if place == HERE else None
    if needed and needed.refusal:
        raise RpoError(needed.refusal)
    run = begin(spec, processes, place, needed.time if needed else None)
    place.start(run.folder, processes)
    return run


def begin(spec: RunSpec, processes: int = 1, place: Place = HERE, time_needed: Span | None = None) -> Run:
    """A new run's folder: its spec, where it is launched, the data it is tied to, the time it may take; not started yet."""
    if processes < 1:
        raise RpoError(f"a run needs at least one process, got {processes}")
    stamp = time.strftime("%Y%m%d-%H%M%S")
    name = f"{stamp}-{spec.objective}-{home.digest(repr(spec), str(time.time_ns()))[:4]}"
    folder = home.folder("runs", name)
    home.write_json(folder / "spec.json", spec.as_dict())
    home.write_json(folder / "launch.json", recorded(place, processes))
    if time_needed is not None:
        home.write_json(folder / "estimate.json", asdict(time_needed))
    run = Run(folder)
    inputs.note(run)
    return run


def resume(run: Run) -> None:
    """Go on from the run's last checkpoint, where the run was started.

    A run that has ended well is refused, and so is one whose data or model have changed since it began.
    """
    if run.state.status is Status.DONE:
        raise RpoError(f"a run that is done has nothing to resume, {run.name} is; start another")
    inputs.check(run)
    place = place_of(run.launch)
    place.ready()
    place.start(run.folder, run.launch["processes"])


@dataclass(frozen=True)
class Need:
    """What a run takes on this machine: `memory` in bytes a process, `time` in seconds; if it cannot fit, why, and what does.

    `seconds` is the middle of `time`, by its factor.
    """

    memory: float
    seconds: float
    words: str
    refusal: str | None = None
    nearest: RunSpec | None = None
    time: Span = NOTHING


def need(spec: RunSpec, processes: int = 1) -> Need:
    """Estimate, from the shapes of model and data and a trial of this machine, before anything is started."""
    from rpo.training.estimate import estimate
    from rpo.training.machine import this_machine
    from rpo.training.opening import describe, device
    from rpo.training.shape import lengths, shape
    from rpo.training.timing import pace

    machine = this_machine()
    machine = replace(machine, memory=machine.memory + _held(machine.kind))
    known = shape(spec.model), machine, lengths(spec, data_of(spec)), processes
    sharded = shared(spec, known[0], machine.kind, machine.memory, processes)
    found, learned = estimate(spec, *known, sharded=sharded), pace(spec, known[0], machine, describe(spec, device()), processes)
    span = learned.of(found)
    words = f"about {found.total / 1e9:.1f} GB of the {found.room / 1e9:.0f} GB free here and {span.words}; {learned.words}"
    trouble, nearest = None, None
    if not found.fits:
        nearest = nearest_fit(spec, *known, sharded=sharded)
        trouble = refusal(spec, found, nearest)
    return Need(found.total, sqrt(span.least * span.most), words, trouble, nearest, span)


def _held(kind: str) -> int:
    """Bytes of main memory that our runs at work hold now, and will have given back when a queued one starts."""
    import psutil

    total = 0
    for run in runs() if kind != "cuda" else ():
        if run.state.active:
            with suppress(psutil.Error):
                total += psutil.Process(run.state.pid).memory_info().rss
    return total


def data_of(spec: RunSpec) -> PreferenceSet:
    """The spec's data as its objective reads them: pairs lose their pairing where it learns from single answers.

    Data that cannot carry the objective are refused, and so are rows to train on whose prompts a blind panel asks.
    """
    data = load(spec.data)
    if spec.objective.kind is Kind.PAIRED and data.kind is not Kind.PAIRED:
        raise RpoError(f"{spec.objective} learns from paired data, {data.name} is {data.kind}; pick other data or objective")
    data = data.unpaired() if spec.objective.kind is Kind.UNPAIRED else data
    rows = len(data.train)
    if data.kind is Kind.UNPAIRED:
        liked = sum(data.train["liked"])
        rows = min(liked, rows - liked)
    if rows < spec.contrast_size:
        raise RpoError(
            f"contrast_size must be at most the {rows} examples a side to train on in {data.name}, got {spec.contrast_size}"
        )
    _check_fence(data)
    return data


def _check_fence(data: PreferenceSet) -> None:
    prompts = data.train["prompt"][:]
    if asked := set(fenced(prompts)):
        rows = sum(prompt in asked for prompt in prompts)
        raise RpoError(
            f"no prompt of a blind panel may be trained on, {data.name} has {len(asked)} in {rows} of its {len(prompts)} rows "
            "to train on; leave those rows out, or pick other data"
        )
