"""`python -m rpo.training FOLDER`: be the process of one run, or one of several (`torchrun -m rpo.training FOLDER`).

It waits its turn before it loads anything heavy. The first process holds the folder's lock and writes; the others compute. On a
cluster another process holds the lock and follows this one (`rpo.runs.backends.ray_worker`).
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rpo import jobs
from rpo.runs.backends.ray_worker import FOLLOWED, followed
from rpo.runs.run import Run


def main(folder: Path) -> None:
    """Train the run in `folder`."""
    if int(os.environ.get("RANK", "0")) > 0:
        with suppress(jobs.Stopped):
            _train(folder, lambda progress, message: None)
        return
    with followed(folder) if FOLLOWED in os.environ else jobs.work(folder, queue="compute") as report:
        _train(folder, report)


def _train(folder: Path, report: Callable[[float, str], None]) -> None:
    from rpo.models.distributed import join, leave
    from rpo.training.trainer import train

    try:
        train(Run(folder), report, join())
    finally:
        leave()


main(Path(sys.argv[1]))
