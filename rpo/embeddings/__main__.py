"""`python -m rpo.embeddings FOLDER`: be the process that draws one map."""

import sys
from pathlib import Path

from rpo import jobs
from rpo.embeddings.map_job import draw

folder = Path(sys.argv[1])
with jobs.work(folder) as report:
    draw(folder, report)
