"""Masks for packed lines as a model's own code wants them: numbers to add to the scores, cut to each kind of layer's reach.

transformers takes a mask of four dimensions for finished and adds nothing of its own, so a layer's window or chunk must be in it.
Distances are those of positions within a row, not of places on the line. Not for models whose code counts along the line.
"""

from typing import Any

import torch
from torch import Tensor

from rpo.models.attention import additive
from rpo.models.packing import Layout, Packed

SLIDING, CHUNKED = "sliding_attention", "chunked_attention"  # transformers' names of kinds of layers


def masks(packed: Packed, layout: Layout, config: Any, dtype: torch.dtype) -> Tensor | dict[str, Tensor]:
    """One mask (B, 1, T, T) to add, or one for each kind of layer: 0 where a position may look, the lowest number elsewhere."""
    assert packed.mask is not None
    if layout is Layout.MASKS:
        kinds = sorted(set(config.layer_types))
        return {kind: additive(packed.mask & _reach(kind, packed.positions, config), dtype) for kind in kinds}
    kind = SLIDING if getattr(config, "sliding_window", None) else ""
    return additive(packed.mask & _reach(kind, packed.positions, config), dtype)


def _reach(kind: str, positions: Tensor, config: Any) -> Tensor:
    """How far back layers of a kind look: (B, 1, T, T), True within the window or the chunk."""
    here, there = positions[:, None, :, None], positions[:, None, None, :]
    if kind == SLIDING and config.sliding_window:
        return here - there < config.sliding_window
    if kind == CHUNKED and config.attention_chunk_size:
        return here // config.attention_chunk_size == there // config.attention_chunk_size
    return torch.ones(1, 1, 1, 1, dtype=torch.bool, device=positions.device)
