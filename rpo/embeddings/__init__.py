"""Where prompts lie: encoder and cache, neighbours, the map, and the process that draws it."""

from rpo.embeddings.cache import cut, embed, embed_some
from rpo.embeddings.compare import Agreement, agree
from rpo.embeddings.encoder import Encoder, open_encoder
from rpo.embeddings.graph import Graph, knn
from rpo.embeddings.health import Health, density, examine, faithfulness, overlap, plane_neighbours, random_cosines
from rpo.embeddings.health_report import Grade, Verdict, in_words, judge
from rpo.embeddings.map_job import again, method, neighbour_graph, opened, request
from rpo.embeddings.prompt_map import PromptMap, Scene, nearest, neighbours
from rpo.embeddings.search import WAYS, Found
from rpo.embeddings.topics import name_topics

__all__ = [
    "WAYS",
    "Agreement",
    "Encoder",
    "Found",
    "Grade",
    "Graph",
    "Health",
    "PromptMap",
    "Scene",
    "Verdict",
    "again",
    "agree",
    "cut",
    "density",
    "embed",
    "embed_some",
    "examine",
    "faithfulness",
    "in_words",
    "judge",
    "knn",
    "method",
    "name_topics",
    "nearest",
    "neighbour_graph",
    "neighbours",
    "open_encoder",
    "opened",
    "overlap",
    "plane_neighbours",
    "random_cosines",
    "request",
]
