"""Several processes that work on one batch, started by torchrun or `accelerate launch`, or one process alone.

Every process knows the whole batch and scores its share; sums over processes make scores and gradients whole again, so the
contrast is never of a local slice. A model too large for one GPU is sharded over them layer by layer (FSDP2, torch's
`fully_shard`); then all processes must take every pass together. Not a launcher.
"""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import Tensor, distributed
from torch.distributed.tensor import DTensor, distribute_tensor

from rpo.jobs import Progress, Stopped

T = TypeVar("T")
PROCESS_TIMEOUT = timedelta(days=7)  # the first process may wait in the queue before it joins the others


@dataclass(frozen=True)
class Distributed:
    """Which of how many processes this is, and whether they hold one model between them instead of one each."""

    rank: int = 0
    size: int = 1
    sharded: bool = False

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
        """Sum the gradients of all processes; a process without a share counts as zero. Shards were summed on the way."""
        if self.size == 1 or self.sharded:
            return
        whole = torch.cat([(p.grad if p.grad is not None else torch.zeros_like(p)).flatten() for p in parameters])
        distributed.all_reduce(whole)
        for parameter, part in zip(parameters, whole.split([p.numel() for p in parameters]), strict=True):
            parameter.grad = part.view_as(parameter).clone()

    def agree(self, wish: bool) -> bool:
        """Whether any process wishes it: all get the same answer."""
        return self.any_rank([wish])[0]

    def any_rank(self, wishes: Sequence[bool]) -> list[bool]:
        """For each wish whether any process has it; all bring as many."""
        return (self.total(torch.tensor(wishes, dtype=torch.float32)) > 0).tolist()

    def asked_to_stop(self, report: Progress, share: float, words: str) -> bool:
        """Report, and whether any process was asked to end: all must end after the same step."""
        try:
            report(share, words)
        except Stopped:
            return self.agree(True)
        return self.agree(False)

    def never_stops(self, report: Progress) -> Progress:
        """`report` as it is, alone; of several processes none may end by itself, so a wish to stop waits for `asked_to_stop`."""

        def unstopped(share: float, words: str) -> None:
            with suppress(Stopped):
                report(share, words)

        return Progress(unstopped) if self.size > 1 else report

    def wait(self) -> None:
        """Until all processes are here."""
        if self.size > 1:
            distributed.barrier()


ALONE = Distributed()


def shard(layers: Iterable[torch.nn.Module], world: Distributed) -> None:
    """Spread each layer's parameters over all processes; gradients are summed, as everywhere here, and not averaged."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import FSDPModule, fully_shard

    mesh = init_device_mesh("cuda" if torch.cuda.is_available() else "cpu", (world.size,))
    for layer in layers:
        fully_shard(layer, mesh=mesh)
        assert isinstance(layer, FSDPModule)
        layer.set_gradient_divide_factor(1.0)
        layer.set_force_sum_reduction_for_comms(True)  # gloo and nccl alike: a sum, no scaling before or after


def full_tensor(values: Tensor) -> Tensor:
    """A sharded tensor's full values, on every process; all must ask together. Any other tensor as it is."""
    return values.full_tensor() if isinstance(values, DTensor) else values


def laid_out_like(parameter: Tensor, values: Tensor) -> Tensor:
    """Full values, known to all processes, sharded as `parameter` is."""
    return distribute_tensor(values, parameter.device_mesh, parameter.placements) if isinstance(parameter, DTensor) else values


def leave() -> None:
    """Let the processes go their own ways again; one that only ends would leave threads behind it, which abort it."""
    if distributed.is_initialized():
        distributed.destroy_process_group()


def join() -> Distributed:
    """The processes that were started together, as their environment says, or this one alone.

    `accelerate launch --use_fsdp` asks for one model between all; else each holds its own unless that cannot fit.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return ALONE
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    backend = "cuda:nccl,cpu:gloo" if torch.cuda.is_available() else "gloo"
    distributed.init_process_group(backend, timeout=PROCESS_TIMEOUT)
    sharded = os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"
    return Distributed(distributed.get_rank(), distributed.get_world_size(), sharded)
