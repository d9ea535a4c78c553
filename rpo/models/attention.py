"""Attention row by row: many prompts with their answers on one line, no padding, and no score that a mask would throw away.

Registered with transformers as an attention implementation, so a model's own code calls it. Within a row the prompt attends to
itself, each answer to the prompt and itself (`rpo.models.packing`), as far back as the layer's window reaches; soft-capped
scores (Gemma 2, arXiv 2408.00118) and attention sinks (gpt-oss, arXiv 2508.10925) are those of the model's own code. On a CPU
this costs less than one masked square over padded lines; on a GPU many small kernels cost more, so there the mask stays. Without
rows the model's former implementation answers.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

NAME = "rpo_rows"
FORMER = ("sdpa", "eager")  # implementations that ours can stand in for
Attended = tuple[Tensor, Tensor | None]


@dataclass(frozen=True)
class Segment:
    """Where a row lies on the line: its first position, and the lengths of its prompt and answers."""

    start: int
    prompt: int
    answers: tuple[int, ...]


@dataclass(frozen=True)
class Scores:
    """How a layer turns products of queries and keys into weights: scaled, soft-capped, with sinks (heads,) that take a share."""

    scale: float | None
    softcap: float | None = None
    sinks: Tensor | None = None

    def attend(self, query: Tensor, key: Tensor, value: Tensor, seen: Tensor | None) -> Tensor:
        """Of queries (1, H, Q, d), keys and values (1, G, K, d), `seen` (Q, K) or None for causal: (1, H, Q, d)."""
        if self.softcap is not None:
            return self._capped(query, key, value, seen)
        options = {"scale": self.scale, "enable_gqa": query.shape[1] != key.shape[1]}
        if self.sinks is None:
            return F.scaled_dot_product_attention(query, key, value, attn_mask=seen, is_causal=seen is None, **options)
        # a sink is a key that answers every query with its own score and has the value zero
        key, value = (torch.cat([x.new_zeros(1, x.shape[1], 1, x.shape[3]), x], dim=2) for x in (key, value))
        hidden = additive(_causal(query.shape[2]) if seen is None else seen, query.dtype)
        sinks = self.sinks.to(query.dtype).view(-1, 1, 1).expand(-1, query.shape[2], 1)
        mask = torch.cat([sinks, hidden.expand(len(sinks), -1, -1)], dim=2)[None]
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, **options)

    def _capped(self, query: Tensor, key: Tensor, value: Tensor, seen: Tensor | None) -> Tensor:
        assert self.softcap is not None
        if self.sinks is not None:
            raise NotImplementedError("soft-capped scores with sinks")
        groups = query.shape[1] // key.shape[1]
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
        scores = query @ key.transpose(2, 3) * (query.shape[3] ** -0.5 if self.scale is None else self.scale)
        scores = (scores / self.softcap).tanh() * self.softcap
        scores = scores + additive(_causal(query.shape[2]) if seen is None else seen, query.dtype)
        return scores.softmax(-1, dtype=torch.float32).to(query.dtype) @ value


def register(former: str) -> str:
    """Make our attention known to transformers in the place of `former`; returns the name to set."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask, sdpa_mask

    name = f"{NAME}_{former}"
    AttentionInterface.register(name, _sdpa_rows if former == "sdpa" else _eager_rows)
    AttentionMaskInterface.register(name, sdpa_mask if former == "sdpa" else eager_mask)
    return name


def _sdpa_rows(module: torch.nn.Module, query: Tensor, key: Tensor, value: Tensor, *rest: Any, **options: Any) -> Attended:
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    return attend(module, query, key, value, *rest, former=sdpa_attention_forward, **options)


def _eager_rows(module: torch.nn.Module, query: Tensor, key: Tensor, value: Tensor, *rest: Any, **options: Any) -> Attended:
    former = sys.modules[type(module).__module__].eager_attention_forward  # each model's file has its own
    return attend(module, query, key, value, *rest, former=former, **options)


def attend(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    rows: Sequence[Segment] | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: Tensor | None = None,
    *,
    former: Callable[..., Attended],
    **rest: Any,
) -> Attended:
    """Queries (1, H, T, d), keys and values (1, G, T, d) of rows on one line; returns (1, T, H, d)."""
    if rows is None:
        options = {"sliding_window": sliding_window, "softcap": softcap, "s_aux": s_aux}
        given = {name: option for name, option in options.items() if option is not None}
        return former(module, query, key, value, attention_mask, scaling=scaling, **given, **rest)
    scores, seen = Scores(scaling, softcap, s_aux), list[Tensor]()
    for span in rows:
        q, k, v = (x[:, :, span.start :].split([span.prompt, *span.answers, _rest(x, span)], dim=2) for x in (query, key, value))
        seen.append(scores.attend(q[0], k[0], v[0], window_mask(span.prompt, 0, sliding_window)))
        for number, length in enumerate(span.answers, 1):
            begin = max(0, span.prompt - sliding_window + 1) if sliding_window else 0  # what no token of the answer sees
            keys, values = (torch.cat([x[0][:, :, begin:], x[number]], dim=2) for x in (k, v))
            seen.append(scores.attend(q[number], keys, values, window_mask(length, span.prompt - begin, sliding_window)))
    return torch.cat(seen, dim=2).transpose(1, 2).contiguous(), None


@lru_cache(64)
def window_mask(queries: int, before: int, window: int | None) -> Tensor | None:
    """What each of `queries` positions sees of the `before` ones and of those up to itself, (queries, before + queries).

    None where that is all of them: plain causal attention.
    """
    if not before and (window is None or queries <= window):
        return None
    seen = torch.ones(queries, before + queries, dtype=torch.bool).tril(before)
    return seen if window is None else seen.triu(before - window + 1)


def _causal(length: int) -> Tensor:
    return torch.ones(length, length, dtype=torch.bool).tril()


def additive(seen: Tensor, dtype: torch.dtype) -> Tensor:
    """A mask to add to scores: 0 where a position is seen, the lowest number where not."""
    return torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(~seen, torch.finfo(dtype).min)


def _rest(line: Tensor, span: Segment) -> int:
    return line.shape[2] - span.start - span.prompt - sum(span.answers)
