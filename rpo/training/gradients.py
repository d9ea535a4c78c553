"""The exact gradient of a batch, whatever the micro-batch and however many processes.

The loss sees the model only through M + N log-ratios. When a batch fits one micro-batch it is one pass; else a first pass
without gradient yields the log-ratios, the loss their M + N derivatives, and a second pass pulls those through the model
(GradCache, Gao et al. 2021, arXiv 2101.06983). This needs a model without dropout.
"""

from collections.abc import Callable, Sequence
from math import ceil

import torch
from torch import Tensor

from rpo.models.distributed import ALONE, Distributed
from rpo.models.policy import Policy
from rpo.tokens.types import Row


@torch.no_grad()
def batch_logprobs(policy: Policy, rows: Sequence[Row], micro: int, world: Distributed = ALONE) -> Tensor:
    """Summed log-probabilities of all answers of all rows, (answers,) float32, without gradient."""
    places = _places(rows)
    values = torch.zeros(sum(len(row.answers) for row in rows), device=policy.device)
    for part in _parts(rows, micro, world):
        found = policy.logprobs([rows[number] for number in part or (0,)])
        if part:
            values[_pick(places, part, policy.device)] = found
    return world.total(values)


def backward(
    policy: Policy,
    rows: Sequence[Row],
    reference: Tensor,
    loss_of: Callable[[Tensor], Tensor],
    micro: int,
    world: Distributed = ALONE,
) -> tuple[Tensor, Tensor]:
    """Add the batch's gradient to the policy's parameters; returns the loss and the log-ratios (answers,), detached."""
    if world.size == 1 and len(rows) <= micro:
        ratios = policy.logprobs(rows) - reference
        loss = loss_of(ratios)
        loss.backward()
        return loss.detach(), ratios.detach()
    leaf = (batch_logprobs(policy, rows, micro, world) - reference).requires_grad_()
    loss = loss_of(leaf)
    (pull,) = torch.autograd.grad(loss, leaf)
    places = _places(rows)
    for part in _parts(rows, micro, world):
        found = policy.logprobs([rows[number] for number in part or (0,)])
        (found * (pull[_pick(places, part, policy.device)] if part else 0.0)).sum().backward()
    world.total_gradients([parameter for parameter in policy.model.parameters() if parameter.requires_grad])
    return loss.detach(), leaf.detach()


def _parts(rows: Sequence[Row], micro: int, world: Distributed) -> list[Sequence[int]]:
    """Row numbers of this process, in micro-batches; rows of like length together, so that little is padding.

    Where processes share one model all must pass through it equally often: who has less gets empty parts.
    """
    mine = world.share(sorted(range(len(rows)), key=lambda number: -rows[number].length))
    parts = [mine[start : start + micro] for start in range(0, len(mine), micro)]
    most = ceil(ceil(len(rows) / world.size) / micro) if world.sharded else 0
    return parts + [()] * (most - len(parts))


def _places(rows: Sequence[Row]) -> list[range]:
    """Where each row's answers stand among all answers."""
    places, start = [], 0
    for row in rows:
        places.append(range(start, start + len(row.answers)))
        start += len(row.answers)
    return places


def _pick(places: Sequence[range], part: Sequence[int], device: torch.device) -> Tensor:
    return torch.tensor([place for number in part for place in places[number]], device=device)
