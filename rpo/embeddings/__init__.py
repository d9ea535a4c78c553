"""Where prompts lie: encoder and cache, neighbours, the map, and the process that draws it."""

from rpo.embeddings.cache import cut, embed, embed_some, needs_no_encoder
from rpo.embeddings.compare import MapAgreement, agree
from rpo.embeddings.encoder import Encoder, open_encoder
from rpo.embeddings.graph import Graph, knn
from rpo.embeddings.health import (
    Finding,
    Grade,
    Health,
    density,
    examine,
    faithfulness,
    findings,
    judge,
    overlap,
    plane_neighbours,
    random_cosines,
)
from rpo.embeddings.map_job import again, method, neighbour_graph, open_map, request_map, texts_at, topics_of
from rpo.embeddings.prompt_map import PromptMap, Scene, nearest, neighbours
from rpo.embeddings.search import SEARCH_WAYS, SearchResult
from rpo.embeddings.topics import name_topics, topic_levels
from rpo.embeddings.worker import make_room

__all__ = [
    "SEARCH_WAYS",
    "Encoder",
    "Finding",
    "Grade",
    "Graph",
    "Health",
    "MapAgreement",
    "PromptMap",
    "Scene",
    "SearchResult",
    "again",
    "agree",
    "cut",
    "density",
    "embed",
    "embed_some",
    "examine",
    "faithfulness",
    "findings",
    "judge",
    "knn",
    "make_room",
    "method",
    "name_topics",
    "nearest",
    "needs_no_encoder",
    "neighbour_graph",
    "neighbours",
    "open_encoder",
    "open_map",
    "overlap",
    "plane_neighbours",
    "random_cosines",
    "request_map",
    "texts_at",
    "topic_levels",
    "topics_of",
]
