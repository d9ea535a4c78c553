"""What this machine has for a run: memory that is free, and how fast it multiplies and reads.

Not a benchmark: a trial of a quarter of a second, taken once a process, whose best round is what an idle machine would do.
`rpo.training.estimate` turns it into what a run needs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

TRIAL = 0.1  # seconds a trial lasts


@dataclass(frozen=True)
class Machine:
    """The device runs would use: `memory` bytes free on each of `devices`, `flops` a second, `bandwidth` in bytes read a second.

    `kind` is cuda, mps or cpu. Matrices are bf16 on CUDA and fp32 elsewhere, as in training. A CPU counts as one device.
    """

    kind: str
    memory: int
    devices: int
    flops: float
    bandwidth: float


def this_machine() -> Machine:
    """The machine as it is now: memory is asked for each time, for other programs come and go."""
    import psutil
    import torch

    from rpo.training.device import device

    kind = device().type
    flops, bandwidth = _speed(kind)
    if kind == "cuda":
        return Machine(kind, torch.cuda.mem_get_info()[0], torch.cuda.device_count(), flops, bandwidth)
    return Machine(kind, psutil.virtual_memory().available, 1, flops, bandwidth)


@lru_cache
def _speed(kind: str) -> tuple[float, float]:
    """Operations of a matrix product, and bytes of a sum, a second."""
    import torch

    size, dtype = (4096, torch.bfloat16) if kind == "cuda" else (1024, torch.float32)
    square = torch.rand(size, size, device=kind).to(dtype)
    line = torch.rand(1 << 25, device=kind)
    waits = {"cuda": torch.cuda.synchronize, "mps": torch.mps.synchronize}
    wait = waits.get(kind, lambda: None)
    product, total = _fastest(lambda: square @ square, wait), _fastest(line.sum, wait)
    return 2 * size**3 / product, line.nbytes / total


def _fastest(work: Callable[[], object], wait: Callable[[], object]) -> float:
    """Seconds of the best round; the first, which wakes threads and memory, does not count."""
    work()
    wait()
    rounds, end = [], time.perf_counter() + TRIAL
    while time.perf_counter() < end or len(rounds) < 3:
        began = time.perf_counter()
        work()
        wait()
        rounds.append(time.perf_counter() - began)
    return min(rounds)
