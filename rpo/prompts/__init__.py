"""Where prompts lie: encoder and cache, neighbours, the picture, and the process that draws it."""

from rpo.prompts.drawing import again, method, opened, request
from rpo.prompts.encoder import Encoder, View, embed, embed_some, open_encoder
from rpo.prompts.prompt_map import PromptMap, nearest, neighbours
from rpo.prompts.sampling import MOST, Sample, sample

__all__ = [
    "MOST",
    "Encoder",
    "PromptMap",
    "Sample",
    "View",
    "again",
    "embed",
    "embed_some",
    "method",
    "nearest",
    "neighbours",
    "open_encoder",
    "opened",
    "request",
    "sample",
]
