"""Attention row by row: many prompts with their answers on one line, no padding, and no score that a mask would throw away.

Registered with transformers as an attention implementation, so a model's own code calls it. Within a row the prompt attends to
itself, each answer to the prompt and itself (`rpo.training.packing`). On a CPU this costs less than one masked square over
padded lines; on a GPU many small kernels cost more, so there the mask stays. Without rows it is transformers' own attention.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

NAME = "rpo_rows"


@dataclass(frozen=True)
class Span:
    """Where a row lies on the line: its first position, and the lengths of its prompt and answers."""

    start: int
    prompt: int
    answers: tuple[int, ...]

    @cached_property
    def masks(self) -> tuple[Tensor, ...]:
        """For each answer, what its tokens may look at: all of the prompt, and of the answer what came before. (A, P + A)."""
        shapes = ((length, self.prompt + length) for length in self.answers)
        return tuple(torch.ones(shape, dtype=torch.bool).tril(self.prompt) for shape in shapes)


def register() -> None:
    """Make the name known to transformers; generation and other calls without rows go to its own sdpa."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)


def attend(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    rows: Sequence[Span] | None = None,
    **rest: Any,
) -> tuple[Tensor, None]:
    """Queries (1, heads, T, d), keys and values (1, kv heads, T, d) of rows on one line; returns (1, T, heads, d)."""
    if rows is None:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **rest)
    options = {"scale": scaling, "enable_gqa": query.shape[1] != key.shape[1]}
    seen: list[Tensor] = []
    for span in rows:
        q, k, v = (x[:, :, span.start :].split([span.prompt, *span.answers, _rest(x, span)], dim=2) for x in (query, key, value))
        seen.append(F.scaled_dot_product_attention(q[0], k[0], v[0], is_causal=True, **options))
        for number, mask in enumerate(span.masks, 1):
            keys, values = torch.cat([k[0], k[number]], dim=2), torch.cat([v[0], v[number]], dim=2)
            seen.append(F.scaled_dot_product_attention(q[number], keys, values, attn_mask=mask, **options))
    return torch.cat(seen, dim=2).transpose(1, 2), None


def _rest(line: Tensor, span: Span) -> int:
    return line.shape[2] - span.start - span.prompt - sum(span.answers)
