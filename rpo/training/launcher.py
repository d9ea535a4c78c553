"""Starting a run: check the spec against its data, make the folder, start it at a place.

Not the queue: processes wait for their turn themselves (`rpo.jobs`), or in the cluster's queue (`rpo.training.places`).
"""

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from rpo import home, weights
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.preferences import Kind, PreferenceSet, load
from rpo.preferences.fence import fenced
from rpo.training.cuts import Cuts, Drawn, draw
from rpo.training.fitting import nearest_fit, refusal, shared
from rpo.training.places import HERE, Place, place_of, recorded
from rpo.training.run import Run, runs
from rpo.training.spec import RunSpec


def start(spec: RunSpec, processes: int = 1, place: Place = HERE) -> Run:
    """Check the spec, make its run folder, and start it at a place; it outlives page, browser and server.

    Several `processes` are started by torchrun, which unlike `accelerate launch` also starts them on a CPU; a folder can be
    given to either by hand. The objective stays the same.
    """
    data = data_of(spec)
    where = weights.locate(spec.model)
    place.ready()
    cuts = ready(spec, processes).cuts if place == HERE else _cut_elsewhere(spec, data, where)
    run = begin(spec, processes, place, cuts)
    place.start(run.folder, processes)
    return run


def ready(spec: RunSpec, processes: int = 1) -> "Need":
    """What the run needs here; one that cannot work or does not fit is refused."""
    found = need(spec, processes)
    if found.refusal:
        raise RpoError(found.refusal)
    return found


def begin(spec: RunSpec, processes: int = 1, place: Place = HERE, cuts: Cuts | None = None) -> Run:
    """A new run's folder with `spec.json`, `launch.json` and what its lengths cut, nothing started yet."""
    if processes < 1:
        raise RpoError(f"a run needs at least one process, got {processes}")
    stamp = time.strftime("%Y%m%d-%H%M%S")
    name = f"{stamp}-{spec.objective}-{home.digest(repr(spec), str(time.time_ns()))[:4]}"
    folder = home.folder("runs", name)
    home.write_json(folder / "spec.json", spec.as_dict())
    home.write_json(folder / "launch.json", recorded(place, processes))
    if cuts is not None:
        cuts.save(folder)
    return Run(folder)


def resume(run: Run) -> None:
    """Go on from the run's last checkpoint, where the run was started; a run that has ended well is refused."""
    if run.state.status is Status.DONE:
        raise RpoError(f"a run that is done has nothing to resume, {run.name} is; start another")
    place = place_of(run.launch)
    place.ready()
    place.start(run.folder, run.launch["processes"])


@dataclass(frozen=True)
class Need:
    """What a run takes on this machine: `memory` in bytes a process, `seconds` in all; if it cannot fit, why, and what does.

    `cuts` says how many of the data's texts its lengths cut.
    """

    memory: float
    seconds: float
    words: str
    refusal: str | None = None
    nearest: RunSpec | None = None
    cuts: Cuts | None = None


def need(spec: RunSpec, processes: int = 1) -> Need:
    """Estimate, from the shapes of model and data and a trial of this machine, before anything is started.

    What cannot work whatever the memory is refused.
    """
    from rpo.training.estimate import estimate
    from rpo.training.machine import this_machine
    from rpo.training.shape import lengths, shape

    layers, data, machine = shape(spec.model), data_of(spec), this_machine()
    drawn = _checked(spec, data)
    machine = replace(machine, memory=machine.memory + _held(machine.kind))
    known = layers, machine, lengths(spec, data, drawn), processes
    sharded, cuts = shared(spec, layers, machine.kind, machine.memory, processes), Cuts.of(spec, drawn, layers.positions)
    found = estimate(spec, *known, sharded=sharded)
    words = (
        f"about {found.total / 1e9:.1f} GB of the {found.room / 1e9:.0f} GB free here and {found.seconds / 60:.0f} min, "
        "within a factor of two"
    )
    if found.fits:
        return Need(found.total, found.seconds, words, cuts=cuts)
    nearest = nearest_fit(spec, *known, sharded=sharded)
    return Need(found.total, found.seconds, words, refusal(spec, found, nearest), nearest, cuts)


def _cut_elsewhere(spec: RunSpec, data: PreferenceSet, where: str) -> Cuts | None:
    """What a run on a cluster cuts, and its checks; None for a model that only the cluster may be able to open."""
    return Cuts.of(spec, _checked(spec, data)) if Path(where).is_dir() else None


def _checked(spec: RunSpec, data: PreferenceSet) -> Drawn:
    """A sample of the data in the model's tokens; what cannot work with them is refused."""
    from rpo.training.checks import check
    from rpo.training.tokens import tokens_of

    tokens = tokens_of(spec)
    check(spec, data, tokens)
    return draw(tokens, data, spec.seed)


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
