"""Starting a run: check the spec against its data, make the folder, start it at a place.

Processes wait for their turn themselves (`rpo.jobs`), or in the cluster's queue (`rpo.runs.backends`). What a run needs is found
in `rpo.runs.needs`.
"""

import time
from dataclasses import asdict

from rpo import storage, weights
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.resources.span import TimeSpan
from rpo.runs import inputs
from rpo.runs.backends.backend import THIS_MACHINE, Backend, launch_record, place_of
from rpo.runs.data import data_to_start
from rpo.runs.needs import Need, cuts_elsewhere, need
from rpo.runs.recorder import Recorder
from rpo.runs.run import File, Run
from rpo.runs.trackers import asked
from rpo.spec import RunSpec
from rpo.tokens.cuts import Cuts


def start(spec: RunSpec, processes: int = 1, place: Backend = THIS_MACHINE) -> Run:
    """Check the spec, make its run folder, and start it at a place; it outlives page, browser and server.

    Several `processes` are started by torchrun, which unlike `accelerate launch` also starts them on a CPU; a folder can be
    given to either by hand. The objective stays the same.
    """
    data = data_to_start(spec)
    weights.locate(spec.model)
    place.ready()
    needed = checked_needs(spec, processes) if place == THIS_MACHINE else None
    cuts = needed.cuts if needed else cuts_elsewhere(spec, data)
    run = new_folder(spec, processes, place, cuts, needed.time if needed else None)
    place.start(run.folder, processes)
    return run


def checked_needs(spec: RunSpec, processes: int = 1) -> Need:
    """What the run needs here; one that cannot work or does not fit is refused."""
    found = need(spec, processes)
    if found.refusal:
        raise RpoError(found.refusal)
    return found


def new_folder(
    spec: RunSpec,
    processes: int = 1,
    place: Backend = THIS_MACHINE,
    cuts: Cuts | None = None,
    time_needed: TimeSpan | None = None,
) -> Run:
    """A new run's folder: its spec, where it is launched, the data it is tied to, what its lengths cut, the time it may take.

    Nothing is started yet. A tracker that the environment asks for is noted (`rpo.runs.trackers`).
    """
    if processes < 1:
        raise RpoError(f"a run needs at least one process, got {processes}")
    tracker, stamp = asked(), time.strftime("%Y%m%d-%H%M%S")
    name = f"{stamp}-{spec.objective}-{storage.digest(repr(spec), str(time.time_ns()))[:4]}"
    folder = storage.folder("runs", name)
    run = Run(folder)
    recorder = Recorder(run)
    recorder.write(File.SPEC, spec.as_dict())
    recorder.write(File.LAUNCH, launch_record(place, processes) | tracker)
    if cuts is not None:
        cuts.save(folder)
    if time_needed is not None:
        recorder.write(File.ESTIMATE, asdict(time_needed))
    inputs.note(run)
    return run


def resume(run: Run) -> None:
    """Go on from the run's last checkpoint, where the run was started.

    A run that has ended well is refused, and so is one whose data or model have changed since it began, or whose prompts a blind
    panel asks by now.
    """
    run.needs_adapter("go on")
    if run.state.status is Status.DONE:
        raise RpoError(f"a run that is done has nothing to resume, {run.name} is; start another")
    inputs.check_inputs(run)
    data_to_start(run.spec)
    place = place_of(run.launch)
    place.ready()
    place.start(run.folder, run.launch["processes"])
