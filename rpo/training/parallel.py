"""Several processes that work on one batch, started by torchrun or `accelerate launch`, or one process alone.

Every process knows the whole batch and scores its share; sums over processes make scores and gradients whole again, so the
contrast is never of a local slice. Not a sharder: each process holds the whole model.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import Tensor, distributed

T = TypeVar("T")
PATIENCE = timedelta(days=7)  # the first process may wait in the queue before it joins the others


@dataclass(frozen=True)
class World:
    """Which of how many processes this is."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this process writes the run's folder."""
        return self.rank == 0

    def share(self, items: Sequence[T]) -> Sequence[T]:
        """The part of the items that is for this process; neighbours in the sequence go to different processes."""
        return items[self.rank :: self.size]

    def total(self, values: Tensor) -> Tensor:
        """The sum of all processes' values, in place."""
        if self.size > 1:
            distributed.all_reduce(values)
        return values

    def total_gradients(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Sum the gradients of all processes; a process without a share counts as zero."""
        if self.size == 1:
            return
        whole = torch.cat([(p.grad if p.grad is not None else torch.zeros_like(p)).flatten() for p in parameters])
        distributed.all_reduce(whole)
        for parameter, part in zip(parameters, whole.split([p.numel() for p in parameters]), strict=True):
            parameter.grad = part.view_as(parameter).clone()

    def agree(self, wish: bool) -> bool:
        """Whether any process wishes it: all get the same answer."""
        return bool(self.total(torch.tensor(float(wish))) > 0) if self.size > 1 else wish

    def wait(self) -> None:
        """Until all processes are here."""
        if self.size > 1:
            distributed.barrier()


ALONE = World()


def join() -> World:
    """The processes that were started together, as their environment says, or this one alone."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return ALONE
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    backend = "cuda:nccl,cpu:gloo" if torch.cuda.is_available() else "gloo"
    distributed.init_process_group(backend, timeout=PATIENCE)
    return World(distributed.get_rank(), distributed.get_world_size())
