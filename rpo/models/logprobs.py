"""Summed log-probabilities from hidden states, without a second copy of the logits.

The language-model head is a tenth of a step's arithmetic, and a tenth more goes into passes over its (tokens, vocabulary) output.
Here the backward pass turns the logits into their own gradient in place. Not for a head that is trained: then autograd does it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

FEW_ROWS = 16  # a CPU's product of fewer rows, each summed over the whole vocabulary, is ten times less exact


def summed_logprobs(hidden: Tensor, head: torch.nn.Module, targets: Tensor, owners: Tensor, answers: int) -> Tensor:
    """Log-probabilities of `targets` (tokens,) after `hidden` (tokens, D), summed by owner: (answers,) float32."""
    if type(head) is not torch.nn.Linear or head.bias is not None or head.weight.requires_grad or not _floating(head.weight):
        return summed(head(hidden), targets, owners, answers)
    result: Tensor = _Summed.apply(hidden, head.weight, targets, owners, answers)  # pyright: ignore[reportAssignmentType]
    return result


def summed(logits: Tensor, targets: Tensor, owners: Tensor, answers: int) -> Tensor:
    """Log-probabilities of `targets` (tokens,) under `logits` (tokens, vocabulary), summed by owner: (answers,) float32."""
    logits = logits.float()
    picked = logits.gather(1, targets[:, None]).squeeze(1) - logits.logsumexp(1)
    return picked.new_zeros(answers).index_add(0, owners, picked)


@contextmanager
def seeing(head: torch.nn.Module | None, sources: Tensor) -> Iterator[None]:
    """Inside, the head is given the hidden states (1, tokens, D) of the flat places `sources` only."""
    if head is None:
        yield
        return
    hook = head.register_forward_pre_hook(lambda _, given: (given[0].flatten(0, 1)[sources][None], *given[1:]))
    try:
        yield
    finally:
        hook.remove()


@torch.no_grad()
def nothing_more(model: Any, ids: Tensor) -> bool:
    """Whether logits are the head of the decoder's last hidden states and nothing more: some models scale or cap them.

    Decided by equality to the bit on a few tokens `ids` (B, T): a tolerance would let a cap pass where logits are small. Where
    all are zero nothing can be said.
    """
    passed: list[tuple[Tensor, Tensor]] = []
    head = model.get_output_embeddings()
    if head is None:
        return False
    hook = head.register_forward_hook(lambda _, given, result: passed.append((given[0], result)))
    try:
        logits = model(input_ids=ids, use_cache=False).logits
    finally:
        hook.remove()
    if (
        not logits.any()
        or len(passed) != 1
        or passed[0][1].shape != logits.shape
        or not torch.equal(passed[0][1].float(), logits.float())
    ):
        return False
    try:
        hidden = model.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state
    except (AttributeError, TypeError):
        return False
    return hidden.shape == passed[0][0].shape and torch.allclose(hidden, passed[0][0], rtol=1e-4, atol=1e-4)


def _floating(weight: Any) -> bool:
    return isinstance(weight, Tensor) and weight.is_floating_point()


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
        few = F.pad(slope.to(ctx.dtype), (0, 0, 0, max(0, FEW_ROWS - len(slope))))
        return (few @ weight)[: len(slope)], None, None, None, None
