"""What a run needs before it is started: memory, time, a layout that is right, lengths that do not cut too much.

Shapes, samples and a trial of the machine; no weights are opened. Not the arithmetic: that is `rpo.resources.memory`.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from rpo import weights
from rpo.preferences import Kind, PreferenceSet
from rpo.resources.fit import nearest_fit, refusal, shared
from rpo.resources.span import NO_TIME, TimeSpan
from rpo.runs.data import data_to_start
from rpo.runs.run import all_runs
from rpo.spec import RunSpec
from rpo.tokens.cuts import Cuts, Drawn, sample_sizes


@dataclass(frozen=True)
class Need:
    """What a run takes on this machine: `memory` in bytes a process, `time` in seconds; if it cannot fit, why, and what does.

    `layout` says how its rows are laid out and what that costs, `cuts` how many of the data's texts its lengths cut.
    """

    memory: float
    words: str
    refusal: str | None = None
    nearest: RunSpec | None = None
    time: TimeSpan = NO_TIME
    cuts: Cuts | None = None
    layout: str = ""


def need(spec: RunSpec, processes: int = 1) -> Need:
    """Estimate, from the shapes of model and data and a trial of this machine, before anything is started.

    What cannot work whatever the memory is refused.
    """
    from rpo.models.device import describe, device
    from rpo.models.foreseen import foresee
    from rpo.resources.hardware import this_machine
    from rpo.resources.memory import run_needs
    from rpo.resources.shapes import shape, token_lengths
    from rpo.runs.timing import step_times

    layers, data, machine = shape(spec.model), data_to_start(spec), this_machine()
    drawn, layout = _checked(spec, data), foresee(spec)
    machine = replace(machine, memory=machine.memory + _held(machine.kind))
    measured = replace(token_lengths(spec, data, drawn), packed=layout.packed or spec.objective.kind is Kind.UNPAIRED)
    known = layers, machine, measured, processes
    sharded, cuts = shared(spec, layers, machine.kind, machine.memory, processes), Cuts.of(spec, drawn, layers.positions)
    found, learned = (
        run_needs(spec, *known, sharded=sharded),
        step_times(spec, layers, machine, describe(spec, device()), processes),
    )
    span = learned.of(found)
    words = f"about {found.total / 1e9:.1f} GB of the {found.room / 1e9:.0f} GB free here and {span.words}; {learned.words}"
    trouble, nearest = None, None
    if not found.fits:
        nearest = nearest_fit(spec, *known, sharded=sharded)
        trouble = refusal(spec, found, nearest)
    rows = layout.words(1 if measured.packed else measured.doubled)
    return Need(found.total, words, trouble, nearest, span, cuts, rows)


def cuts_elsewhere(spec: RunSpec, data: PreferenceSet) -> Cuts | None:
    """What a run on a cluster cuts, and its checks; None for a model that only the cluster may be able to open."""
    return Cuts.of(spec, _checked(spec, data)) if Path(weights.locate(spec.model)).is_dir() else None


def _checked(spec: RunSpec, data: PreferenceSet) -> Drawn:
    """A sample of the data in the model's tokens; what cannot work with them is refused."""
    from rpo.resources.checks import check_spec
    from rpo.tokens.tokenizer import tokens_of

    tokens = tokens_of(spec)
    check_spec(spec, data, tokens)
    return sample_sizes(tokens, data, spec.seed)


def _held(kind: str) -> int:
    """Bytes of main memory that our runs at work hold now, and will have given back when a queued one starts."""
    import psutil

    total = 0
    for run in all_runs() if kind != "cuda" else ():
        if run.state.active:
            with suppress(psutil.Error):
                total += psutil.Process(run.state.pid).memory_info().rss
    return total
