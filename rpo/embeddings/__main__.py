"""`python -m rpo.embeddings FOLDER`: be the process that draws one map."""

import sys
from pathlib import Path

from rpo import jobs
from rpo.embeddings.map_job import draw_map

place = Path(sys.argv[1])
with jobs.work(place) as report:
    draw_map(place, report)
