"""Summed log-probabilities from hidden states, without a second copy of the logits.

The language-model head is a tenth of a step's arithmetic, and a tenth more goes into passes over its (tokens, vocabulary) output.
Here the backward pass turns the logits into their own gradient in place. Not for a head that is trained: then autograd does it.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

FEW = 16  # a CPU's product of fewer rows, each summed over the whole vocabulary, is ten times less exact


def summed_logprobs(hidden: Tensor, head: torch.nn.Module, targets: Tensor, owners: Tensor, answers: int) -> Tensor:
    """Log-probabilities of `targets` (tokens,) after `hidden` (tokens, D), summed by owner: (answers,) float32."""
    weight, bias = head.weight, getattr(head, "bias", None)
    if not isinstance(weight, Tensor) or weight.requires_grad or not weight.is_floating_point() or bias is not None:
        logits = head(hidden).float()
        picked = logits.gather(1, targets[:, None]).squeeze(1) - logits.logsumexp(1)
        return picked.new_zeros(answers).index_add(0, owners, picked)
    result: Tensor = _Summed.apply(hidden, weight, targets, owners, answers)  # pyright: ignore[reportAssignmentType]
    return result


class _Summed(torch.autograd.Function):
    """∂ Σ logp / ∂ logits = g · (onehot(target) − softmax)."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, owners: Tensor, answers: int) -> Tensor:
        logits = (hidden @ weight.T).float()
        total = logits.logsumexp(1, keepdim=True)
        picked = (logits.gather(1, targets[:, None]) - total).squeeze(1)
        ctx.save_for_backward(weight, targets, owners)
        ctx.logits, ctx.total, ctx.dtype = logits, total, hidden.dtype
        return picked.new_zeros(answers).index_add(0, owners, picked)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, pull: Tensor) -> tuple[Tensor, None, None, None, None]:
        weight, targets, owners = ctx.saved_tensors
        logits, ctx.logits = ctx.logits, None  # used up here: a second backward fails instead of lying
        strength = pull[owners][:, None]
        slope = logits.sub_(ctx.total).exp_().mul_(-strength)
        slope.scatter_add_(1, targets[:, None], strength.to(slope.dtype))
        few = F.pad(slope.to(ctx.dtype), (0, 0, 0, max(0, FEW - len(slope))))
        return (few @ weight)[: len(slope)], None, None, None, None
