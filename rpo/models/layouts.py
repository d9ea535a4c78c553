"""How a model's rows are laid out: found by a check once, and kept.

What was found holds for the model's weights, lengths, device, numbers, mode and libraries. Not the check itself
(`rpo.models.check`).
"""

from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import NotRequired

import torch
from typing_extensions import TypedDict

from rpo import storage, weights
from rpo.models.check import find_layout
from rpo.models.device import device, dtype_of
from rpo.models.distributed import ALONE, Distributed
from rpo.models.generation import Writing, find_writing
from rpo.models.packing import Layout
from rpo.models.policy import Policy
from rpo.spec import RunSpec

LIBRARIES = ("transformers", "peft", "torch")
CHECK_VERSION = 1  # of the check


class LayoutRecord(TypedDict):
    """What a check found."""

    layout: str
    difference: float
    writing: str
    gradient: NotRequired[float | None]


def settle(policy: Policy, spec: RunSpec, world: Distributed = ALONE, *, trainable: bool) -> None:
    """Let the policy score and write in the cheapest ways that equal the plain ones, from what is kept or by a check.

    Gradients are compared where it is `trainable`. Processes that share a model all check together, or none does.
    """
    path = _path(spec, trainable=trainable)
    kept = _read(path)
    if world.agree(kept is None) or kept is None:
        found = find_layout(policy, gradients=trainable)
        with torch.no_grad(), policy.with_kv_cache():
            policy.writing = find_writing(policy.model, [row.prompt for row in policy.some_rows()], policy.pad)
        if world.first:
            storage.write_json(path, {**asdict(found), "writing": policy.writing})
    else:
        policy.use(Layout(kept["layout"]))
        policy.writing = Writing(kept["writing"])


def checked_layout(spec: RunSpec) -> tuple[Layout, float] | None:
    """The layout in which a run of this spec will train, and its difference in nats, if the check has been made."""
    kept = _read(_path(spec, trainable=True))
    return None if kept is None else (Layout(kept["layout"]), kept["difference"])


def _read(path: Path) -> LayoutRecord | None:
    return storage.read_json(path, LayoutRecord, missing=None)


def _path(spec: RunSpec, *, trainable: bool) -> Path:
    """Named by all that what is found depends on."""
    place = device()
    name = torch.cuda.get_device_name(place) if place.type == "cuda" else place.type
    mode = f"{dtype_of(place)} {spec.quantised} {spec.checkpointing} {trainable} {spec.target_modules}"
    lengths = f"{spec.prompt_tokens} {spec.answer_tokens}"
    libraries = [f"{library} {version(library)}" for library in LIBRARIES]
    key = storage.digest(str(CHECK_VERSION), weights.fingerprint(spec.model), name, mode, lengths, *libraries)
    return storage.folder("layouts") / f"{key}.json"
