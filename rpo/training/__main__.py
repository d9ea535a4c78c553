"""`python -m rpo.training FOLDER`: be the process of one run. It waits its turn before it loads anything heavy."""

import sys
from pathlib import Path

from rpo import jobs
from rpo.training.run import Run

folder = Path(sys.argv[1])
with jobs.work(folder, queue="compute") as report:
    from rpo.training.loop import train

    train(Run(folder), report)
