"""`python -m rpo.prompts FOLDER`: be the process that draws one map."""

import sys
from pathlib import Path

from rpo import jobs
from rpo.prompts.drawing import draw

folder = Path(sys.argv[1])
with jobs.work(folder) as report:
    draw(folder, report)
