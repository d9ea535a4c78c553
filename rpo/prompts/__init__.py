"""Where prompts lie: encoder and cache, neighbours, the picture, and the process that draws it."""

from rpo.prompts.agreement import Agreement, agree
from rpo.prompts.drawing import again, method, neighbour_graph, opened, request
from rpo.prompts.encoder import Encoder, View, open_encoder
from rpo.prompts.finding import WAYS, Found
from rpo.prompts.graph import Graph, knn
from rpo.prompts.health import Health, density, examine, faithfulness, overlap, plane_neighbours, random_cosines
from rpo.prompts.parts import keep_part, part_name
from rpo.prompts.prompt_map import PromptMap, nearest, neighbours
from rpo.prompts.scene import Scene
from rpo.prompts.topics import name_topics
from rpo.prompts.vectors import cut, embed, embed_some
from rpo.prompts.verdict import Grade, Verdict, in_words, judge

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
    "View",
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
    "keep_part",
    "knn",
    "method",
    "name_topics",
    "nearest",
    "neighbour_graph",
    "neighbours",
    "open_encoder",
    "opened",
    "overlap",
    "part_name",
    "plane_neighbours",
    "random_cosines",
    "request",
]
