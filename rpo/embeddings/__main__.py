"""`python -m rpo.embeddings FOLDER`: be the process that draws maps."""

from rpo.embeddings.map_job import draw_map
from rpo.embeddings.worker import keep_drawing

keep_drawing(draw_map)
