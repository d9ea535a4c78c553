"""Where a run stands, on disk: adapter and optimizer after a step, so that a killed run goes on as if nothing had happened; and
the best adapter so far.

A checkpoint is a folder that is complete when it has its name; the newest two are kept, so a full disk costs one save and no
progress. Batches come from the seed and the step, and nothing else is drawn at random: there is no other state.
"""

import math
import shutil
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as serialised
from torch import Tensor

from rpo import storage
from rpo.errors import RpoError
from rpo.models.distributed import ALONE, Distributed, full_tensor, laid_out_like
from rpo.models.policy import Policy
from rpo.runs.run import Run, best_folder
from rpo.spec import RunSpec

KEPT_CHECKPOINTS = 2
VALUE = "value"

Parameters = dict[str, torch.nn.Parameter]


def save_checkpoint(
    folder: Path, step: int, parameters: Parameters, optimizer: torch.optim.Optimizer, world: Distributed = ALONE
) -> None:
    """Write `folder/step-N` and drop all but the newest two. A disk that is full is an `RpoError`; older ones stay."""
    tensors = _tensors(parameters, optimizer)
    if not world.first:
        return
    data = serialised(tensors)
    storage.write_folder(folder / f"step-{step:08d}", lambda place: (place / "state.safetensors").write_bytes(data))
    for old in _all(folder)[:-KEPT_CHECKPOINTS]:
        shutil.rmtree(old)


def load_checkpoint(folder: Path, parameters: Parameters, optimizer: torch.optim.Optimizer) -> int:
    """Put the newest checkpoint into the parameters and the optimizer; returns its step, 0 where there is none."""
    found = _all(folder)
    if not found:
        return 0
    for key, values in _read(found[-1], parameters).items():
        slot, name = key.split("/", 1)
        parameter = parameters[name]
        mine = laid_out_like(parameter, values.to(parameter.device)) if values.ndim else values  # step counters stay on the CPU
        if slot == VALUE:
            with torch.no_grad():
                parameter.copy_(mine)
        else:
            optimizer.state[parameter][slot] = mine
    return int(found[-1].name.removeprefix("step-"))


def clear(folder: Path) -> None:
    """Remove all checkpoints of a run that has ended."""
    shutil.rmtree(folder, ignore_errors=True)


class Best:
    """The adapter with the best held-out loss so far, kept beside the last one; and whether waiting for a better one is over.

    It knows the evaluations of a run that goes on, too; the one before the first step does not count.
    """

    def __init__(self, run: Run, spec: RunSpec, world: Distributed) -> None:
        self.run, self.spec, self.world, self.step = run, spec, world, run.best_step
        self.waited = sum(record["step"] > (self.step or 0) for record in run.evaluations)
        self.loss = next((record["loss"] for record in run.evaluations if record["step"] == self.step), math.inf)

    def measured(self, policy: Policy, step: int, loss: float) -> None:
        """Keep the adapter if its loss is the best so far and is not the last one's, which is saved anyway."""
        self.waited += 1
        if not loss < self.loss:
            return
        earlier, self.step, self.loss, self.waited = self.step, step, loss, 0
        if step < self.spec.steps:
            policy.save(best_folder(self.run.folder, step), on_disk=self.world.first)
        if earlier is not None and self.world.first:
            storage.remove_folder(best_folder(self.run.folder, earlier))

    @property
    def enough(self) -> bool:
        """Whether the run ends early: its patience is over."""
        return bool(self.spec.patience) and self.waited >= self.spec.patience


def _all(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("step-*") if path.name.removeprefix("step-").isdecimal())


def _read(place: Path, parameters: Parameters) -> dict[str, Tensor]:
    try:
        found = load_file(place / "state.safetensors")
    except (OSError, SafetensorError) as error:
        raise RpoError(f"a checkpoint must be whole, {place} is not ({error}); delete it to go on from the one before") from error
    if strange := {key.partition("/")[2] for key in found} - set(parameters):
        raise RpoError(f"a checkpoint must be the run's own, {place} knows {min(strange)!r}; delete it or restore the spec")
    return found


def _tensors(parameters: Parameters, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    values = {f"{VALUE}/{name}": full_tensor(parameter.detach()).contiguous() for name, parameter in parameters.items()}
    slots = {
        f"{slot}/{name}": full_tensor(torch.as_tensor(state)).contiguous()
        for name, parameter in parameters.items()
        for slot, state in optimizer.state[parameter].items()
    }
    return values | slots
