"""`python -m rpo.training FOLDER`: be the process of one run, or one of several (`torchrun -m rpo.training FOLDER`).

It waits its turn before it loads anything heavy. The first process holds the folder's lock and writes; the others compute. On a
cluster another process holds the lock and follows this one (`rpo.runs.backends.ray_worker`).
"""

import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rpo import jobs
from rpo.runs.backends.ray_worker import FOLLOWED, followed
from rpo.runs.run import Run
from rpo.spec import RunSpec

if TYPE_CHECKING:
    from rpo.models.distributed import Distributed


def main(folder: Path) -> None:
    """Train the run in `folder`."""
    Run(folder).needs_adapter("train")
    if int(os.environ.get("RANK", "0")) > 0:
        with suppress(jobs.Stopped):
            _train(folder, jobs.Progress(_nobody))
        return
    with followed(folder) if FOLLOWED in os.environ else jobs.work(folder, queue="compute") as report:
        _train(folder, report)


def _train(folder: Path, report: jobs.Progress) -> None:
    from rpo.models.distributed import join, leave
    from rpo.training.trainer import train

    run = Run(folder)
    try:
        train(run, report, _shared(run.spec, join()))
    finally:
        leave()


def _nobody(share: float, words: str) -> None:
    """Only the first process says how far the run is."""


def _shared(spec: RunSpec, world: "Distributed") -> "Distributed":
    """The same processes, holding one model between them where a model each cannot fit their GPUs."""
    import torch

    from rpo.models.device import device
    from rpo.resources.fit import shared
    from rpo.resources.shapes import shape

    if world.size == 1 or world.sharded or not torch.cuda.is_available():
        return world
    memory = torch.cuda.get_device_properties(device()).total_memory
    return replace(world, sharded=shared(spec, shape(spec.model), "cuda", memory, world.size))


main(Path(sys.argv[1]))
if int(os.environ.get("WORLD_SIZE", "1")) > 1:  # threads that torch leaves behind may abort a process that has done all it had to
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
