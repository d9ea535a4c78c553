"""Where a run does not fit the memory: the nearest setting that does, and why the one asked for does not, in words.

Not the estimate itself (`rpo.resources.memory`), and nothing is refused here: who starts runs decides.
"""

from collections.abc import Iterator
from dataclasses import replace

from rpo.fields import Unit
from rpo.resources.hardware import Machine
from rpo.resources.memory import NF4, PROGRAM, Estimate, fitted, run_needs
from rpo.resources.shapes import Lengths, ModelShape
from rpo.settings import differences
from rpo.spec import FIELDS, RunSpec

BF16 = 2  # bytes of a number
MODEL_SHARE = 0.6  # share of a GPU's memory that a model may take while each process holds its own
SPARE = 0.9  # share of the memory that a setting we propose may take
LEAST_TOKENS = 32  # tokens below which no length is halved
LENGTHS = tuple(name for name, one in FIELDS.items() if one.within and one.within.unit is Unit.TOKENS)


def shared(spec: RunSpec, shape: ModelShape, kind: str, memory: float, processes: int) -> bool:
    """Whether the processes must hold one model between them (FSDP): on GPUs, where a model each leaves no room to work."""
    return processes > 1 and kind == "cuda" and not spec.quantised and shape.parameters * BF16 > MODEL_SHARE * memory


def nearest_fit(
    spec: RunSpec,
    shape: ModelShape,
    machine: Machine,
    lengths: Lengths | None = None,
    processes: int = 1,
    *,
    sharded: bool = False,
) -> RunSpec | None:
    """The spec itself if it fits, else the nearest that does, nothing changed in vain; None if there is none.

    What changes no figure comes first: smaller micro-batches, checkpointing; then 4-bit weights (CUDA only), then lengths.
    """

    def fits(changed: RunSpec) -> bool:
        needed = run_needs(changed, shape, machine, lengths, processes, sharded=sharded)
        return needed.fits if changed == spec else needed.total <= SPARE * needed.room

    found = next((changed for changed in _smaller(spec, machine) if fits(changed)), None)
    if found is None:
        return None
    for name in (*LENGTHS, "quantised", "checkpointing"):
        kept = replace(found, **{name: getattr(spec, name)})
        found = kept if fits(kept) else found
    return found


def _smaller(spec: RunSpec, machine: Machine) -> Iterator[RunSpec]:
    """Ever smaller settings, each with its micro-batch halved down to 1."""
    stages = [spec, replace(spec, checkpointing=True)]
    if machine.kind == "cuda":
        stages.append(replace(stages[-1], quantised=True))
    for names in (("new_tokens",), ("prompt_tokens", "answer_tokens"), LENGTHS):
        halves = {name: max(min(LEAST_TOKENS, getattr(spec, name)), getattr(stages[-1], name) // 2) for name in names}
        stages.append(replace(stages[-1], **halves))
    for stage in stages:
        micro = stage.micro_batch
        while micro:
            yield replace(stage, micro_batch=micro)
            micro //= 2


def refusal(spec: RunSpec, needed: Estimate, nearest: RunSpec | None) -> str:
    """Why the run does not fit, in one sentence, with what to do."""
    each = " for each process" if needed.processes > 1 else ""
    rule = (
        f"a run must fit the memory: {spec.model} needs about {_gigabytes(needed.total)}{each}, "
        f"this machine has {_gigabytes(needed.room)} free{each}"
    )
    if nearest is not None:
        return f"{rule}; it fits with {_words(spec, nearest)}"
    smallest = NF4 if needed.machine.kind == "cuda" else fitted(needed.machine).number
    largest = 0.7 * (needed.room - PROGRAM) / smallest / 1e9  # the other 0.3 for adapter, activations and logits
    if largest < 0.01:
        return f"{rule}, too little for any model; free memory first"
    return f"{rule}, and no setting helps; choose a model of at most about {largest:.2g} billion parameters, or free memory"


def _words(spec: RunSpec, nearest: RunSpec) -> str:
    """The changed settings, as the form names them."""
    *first, last = differences(nearest, spec) or ("these settings",)
    return f"{', '.join(first)} and {last}" if first else last


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count < 1e10 else f"{count / 1e9:.0f} GB"
