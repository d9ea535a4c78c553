"""Where a run stands, on disk: adapter and optimizer after a step, so that a killed run goes on as if nothing had happened.

A checkpoint is a folder that is complete when it has its name; the newest two are kept, so a full disk costs one save and no
progress. Batches come from the seed and the step, and nothing else is drawn at random: there is no other state.
"""

import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from rpo.errors import RpoError

KEPT = 2
SLOTS = ("exp_avg", "exp_avg_sq", "step")


def save(folder: Path, step: int, parameters: dict[str, torch.nn.Parameter], optimizer: torch.optim.Optimizer) -> None:
    """Write `folder/step-N` and drop all but the newest two. A disk that is full is an `RpoError`; older ones stay."""
    place, trial = folder / f"step-{step:08d}", folder / ".writing"
    shutil.rmtree(trial, ignore_errors=True)
    try:
        trial.mkdir(parents=True)
        save_file(_tensors(parameters, optimizer), trial / "state.safetensors")
        shutil.rmtree(place, ignore_errors=True)
        trial.rename(place)
    except OSError as error:
        shutil.rmtree(trial, ignore_errors=True)
        raise RpoError(
            f"a checkpoint must fit on the disk, but {folder} could not be written ({error.strerror}); the last good one is "
            "kept: make room and resume"
        ) from error
    for old in _all(folder)[:-KEPT]:
        shutil.rmtree(old)


def load(folder: Path, parameters: dict[str, torch.nn.Parameter], optimizer: torch.optim.Optimizer) -> int:
    """Put the newest checkpoint into the parameters and the optimizer; returns its step, 0 where there is none."""
    found = _all(folder)
    if not found:
        return 0
    state = load_file(found[-1] / "state.safetensors")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(state[f"value/{name}"])
            optimizer.state[parameter] = {
                slot: state[f"{slot}/{name}"].to("cpu" if slot == "step" else parameter.device) for slot in SLOTS
            }
    return int(found[-1].name.removeprefix("step-"))


def clear(folder: Path) -> None:
    """Remove all checkpoints of a run that has ended."""
    shutil.rmtree(folder, ignore_errors=True)


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*"))


def _tensors(parameters: dict[str, torch.nn.Parameter], optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    values = {f"value/{name}": parameter.detach().contiguous() for name, parameter in parameters.items()}
    slots = {
        f"{slot}/{name}": torch.as_tensor(optimizer.state[parameter][slot]).contiguous()
        for name, parameter in parameters.items()
        for slot in SLOTS
    }
    return values | slots
