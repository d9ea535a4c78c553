"""`python -m rpo.judging FOLDER`: be the process of one judging."""

import sys
from pathlib import Path

from rpo import jobs
from rpo.judging.job import Judging
from rpo.judging.runner import judge_all


def main(folder: Path) -> None:
    """Ask all that the judging in `folder` has not asked yet; judgings wait for one another."""
    with jobs.work(folder, queue="judging") as report:
        judge_all(Judging(folder), report)


main(Path(sys.argv[1]))
