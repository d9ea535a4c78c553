"""The device runs use, and in what numbers a model is held there. Not how much memory it has (`rpo.resources.hardware`).

`RPO_CPU_PRECISION=bf16` holds a model on the CPU as on a GPU: its weights take half the memory, and half the time where the CPU
computes in bf16. Estimates of memory and time do not know it.
"""

import os

import torch

from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.spec import RunSpec

CPU_PRECISION = "RPO_CPU_PRECISION"
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def device() -> torch.device:
    """The best device of this machine: CUDA, Apple's, or the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def dtype_of(place: torch.device) -> torch.dtype:
    """What a model's numbers are on a device; sums of log-probabilities are float32 everywhere."""
    if place.type != "cpu":
        return torch.bfloat16 if place.type == "cuda" else torch.float32
    asked = os.environ.get(CPU_PRECISION, "fp32")
    if asked not in DTYPES:
        raise RpoError(f"{CPU_PRECISION} must be {' or '.join(DTYPES)}, got {asked!r}; set one of them, or leave it out")
    return DTYPES[asked]


def precision(spec: RunSpec, place: torch.device) -> str:
    """In what numbers the model is held, in words; sums of log-probabilities are fp32 everywhere."""
    held = next(name for name, dtype in DTYPES.items() if dtype == dtype_of(place))
    return f"4 bit (nf4), {held} compute" if spec.quantised else held


def describe(spec: RunSpec, place: torch.device) -> str:
    """Device and precision in words, for the page."""
    names = {"cuda": lambda: torch.cuda.get_device_name(place), "mps": lambda: "Apple GPU"}
    name = names.get(place.type, lambda: f"CPU, {quantity(torch.get_num_threads(), 'thread')}")()
    return f"{name}, {precision(spec, place)}"
