"""The layout that a run will get, before its weights are opened: from an earlier check, or tried on a small random model.

What is tried here is checked on the weights when the run opens them (`rpo.models.layouts`). It loads torch and transformers.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from types import SimpleNamespace
from typing import Any

from rpo import weights
from rpo.models import layouts
from rpo.models.check import find_layout
from rpo.models.device import device
from rpo.models.load import without_chance
from rpo.models.miniature import miniature, random_model
from rpo.models.packing import Layout
from rpo.models.policy import Policy
from rpo.spec import RunSpec

LONGEST = 384  # tokens of a prompt and an answer that are tried
DISTANCES = ("sliding_window", "attention_chunk_size", "attention_window_size", "window_size", "original_max_position_embeddings")


@dataclass(frozen=True)
class Foreseen:
    """The layout that a run will get, None if that shows only when it opens the model.

    `difference` is in nats a sum where the weights were checked, None where a small random model was.
    """

    layout: Layout | None
    difference: float | None = None

    @property
    def packed(self) -> bool:
        """Whether a prompt is computed once for all its answers, or may be."""
        return self.layout is None or self.layout.packed

    def words(self, times: float) -> str:
        """What it is and what it costs, where unpacked rows have so many `times` the positions of packed ones."""
        if self.layout is None:
            return "How rows are laid out is found when the run opens the model."
        if self.difference is not None:
            how = f"Checked on these weights: sums are within {self.difference:.0e} nats of one forward pass for each answer."
        else:
            how = "Tried on a small random model of this architecture; the run checks it on the weights."
        cost = "a prompt is computed once for its answers" if self.packed else f"{times:.1f} times the positions of packed rows"
        return f"Rows are {self.layout}: {cost}. {how}"


def foresee(spec: RunSpec) -> Foreseen:
    """The layout that a run of this spec will get; an `RpoError` names the architecture where none is right."""
    if (known := layouts.known(spec)) is not None:
        return Foreseen(*known)
    mode = spec.checkpointing or spec.quantised
    where, stamp = weights.locate(spec.model), weights.fingerprint(spec.model)
    return Foreseen(_tried(where, stamp, spec.prompt_tokens, spec.answer_tokens, mode, device().type))


@lru_cache
def _tried(where: str, _stamp: str, prompt_tokens: int, answer_tokens: int, training: bool, place: str) -> Layout | None:
    """On the CPU in float32, among the layouts of this device; None where the architecture cannot be made small.

    Long texts are made short, and windows with them.
    """
    transformers = weights.library("transformers")
    scale = min(1.0, LONGEST / (prompt_tokens + answer_tokens))
    try:
        config = without_chance(transformers.AutoConfig.from_pretrained(where, trust_remote_code=False))
        config = miniature(config, _shorter(config.get_text_config(), scale))
        model = random_model(config)
    except Exception:  # noqa: BLE001 - a foreign configuration that does not shrink says nothing about the model itself
        return None
    lengths = {"prompt_tokens": ceil(prompt_tokens * scale), "answer_tokens": ceil(answer_tokens * scale)}
    tokens: Any = SimpleNamespace(pad=0, tokenizer=SimpleNamespace(all_special_ids=[0]), **lengths)
    policy = Policy(model.train(training), tokens)
    layouts_there = [layout for layout in Layout if layout is not Layout.ROWS or place == "cpu"]
    return find_layout(policy, layouts_there, gradients=False).layout


def _shorter(config: Any, scale: float) -> dict[str, int]:
    """The configuration's distances in tokens, on another scale."""
    found = {name: getattr(config, name, None) for name in DISTANCES}
    return {name: max(1, round(size * scale)) for name, size in found.items() if isinstance(size, int) and scale < 1}
