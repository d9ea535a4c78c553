"""What this machine has for a run: memory that is free, and how fast it multiplies and reads.

Not a benchmark: trials of a fifth of a second, whose best round so far is what an idle machine would do. One that was taken while
the machine was busy may be too slow, so it is repeated when somebody asks again. What a run needs is `rpo.resources.memory`'s.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

TRIAL_SECONDS = 0.05  # seconds a trial lasts
TRIAL_SIZES = {"cuda": 4096, "mps": 1024, "cpu": 384}  # of the matrices that are multiplied
AGAIN = 20.0  # seconds after which a trial is repeated when somebody asks


@dataclass(frozen=True)
class Machine:
    """The device runs would use: `memory` bytes free on each of `devices`, `flops` a second, `bandwidth` in bytes read a second.

    `kind` is cuda, mps or cpu. Matrices are bf16 on CUDA and fp32 elsewhere, as in training. A CPU counts as one device; `load`
    is how many processes have wanted each of its cores in the last minute.
    """

    kind: str
    memory: int
    devices: int
    flops: float
    bandwidth: float
    load: float = 0.0


@dataclass(frozen=True)
class Speed:
    """The best that trials have found, and when the last one ended."""

    flops: float = 0.0
    bandwidth: float = 0.0
    taken: float = float("-inf")


def this_machine() -> Machine:
    """The machine as it is now: memory is asked for each time, for other programs come and go."""
    import psutil
    import torch

    from rpo.models.device import device

    kind = device().type
    speed = SPEEDS.of(kind)
    if kind == "cuda":
        return Machine(kind, torch.cuda.mem_get_info()[0], torch.cuda.device_count(), speed.flops, speed.bandwidth)
    load = psutil.getloadavg()[0] / (psutil.cpu_count() or 1)
    return Machine(kind, psutil.virtual_memory().available, 1, speed.flops, speed.bandwidth, load)


class Speeds:
    """What this process knows of its devices' speed; two that ask at once do not disturb each other's trial."""

    def __init__(self, trial: Callable[[str], tuple[float, float]], clock: Callable[[], float] = time.monotonic) -> None:
        self.trial, self.clock, self.known, self.lock = trial, clock, dict[str, Speed](), Lock()

    def of(self, kind: str) -> Speed:
        """The best so far, after another trial if the last one is some time ago."""
        with self.lock:
            best = self.known.get(kind, Speed())
            if self.clock() - best.taken > AGAIN:
                flops, bandwidth = self.trial(kind)
                best = Speed(max(flops, best.flops), max(bandwidth, best.bandwidth), self.clock())
                self.known[kind] = best
            return best


def measured_speed(kind: str) -> tuple[float, float]:
    """Operations of a matrix product, and bytes of a sum, a second.

    On a CPU one thread is tried, in rounds of a millisecond, and counted for all: threads that wait for one another on a busy
    machine took ten times as long and more, while a single one finds an idle millisecond. Bandwidth is shared, so it is not
    multiplied.
    """
    import torch

    size, dtype = TRIAL_SIZES[kind], torch.bfloat16 if kind == "cuda" else torch.float32
    square = torch.rand(size, size, device=kind).to(dtype)
    line = torch.ones(1 << 25, device=kind)
    waits = {"cuda": torch.cuda.synchronize, "mps": torch.mps.synchronize}
    wait = waits.get(kind, lambda: None)
    threads = torch.get_num_threads() if kind == "cpu" else 1
    with _single(kind):
        product, total = _fastest(lambda: square @ square, wait) / threads, _fastest(line.sum, wait)
    together = _fastest(line.sum, wait) if threads > 1 else total
    return 2 * size**3 / product, line.nbytes / min(total, together)


@contextmanager
def _single(kind: str) -> Generator[None]:
    """Inside, a CPU computes with one thread."""
    import torch

    threads = torch.get_num_threads()
    if kind == "cpu":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _fastest(work: Callable[[], object], wait: Callable[[], object]) -> float:
    """Seconds of the best round; the first, which wakes threads and memory, does not count."""
    work()
    wait()
    rounds, end = [], time.perf_counter() + TRIAL_SECONDS
    while time.perf_counter() < end or len(rounds) < 3:
        began = time.perf_counter()
        work()
        wait()
        rounds.append(time.perf_counter() - began)
    return min(rounds)


SPEEDS = Speeds(measured_speed)
