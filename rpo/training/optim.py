"""From gradients to a better adapter: the optimizer a spec names, its pace, one update. Not the gradient (`gradients`)."""

from collections.abc import Iterable

import torch

from rpo.errors import RpoError
from rpo.models.distributed import whole
from rpo.spec import Optimizer, RunSpec


def optimizer_of(spec: RunSpec, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
    """AdamW without weight decay, or RMSprop as torch has it."""
    if spec.optimizer is Optimizer.RMSPROP:
        return torch.optim.RMSprop(parameters, lr=spec.lr)
    return torch.optim.AdamW(parameters, lr=spec.lr, weight_decay=0.0)


def pace(step: int, steps: int, warmup: int) -> float:
    """The learning rate's share at a step counted from 0: linear warm-up, then linear decay to a tenth."""
    if step < warmup:
        return (step + 1) / warmup
    return max(0.1, 1 - 0.9 * (step - warmup) / max(1, steps - warmup))


def update(optimizer: torch.optim.Optimizer, lr: float, clip: float, step: int) -> float:
    """Clip, step, forget the gradient; returns its length before clipping. One that is not finite is refused: nothing moves."""
    for group in optimizer.param_groups:
        group["lr"] = lr
    norm = float(whole(torch.nn.utils.clip_grad_norm_(optimizer.param_groups[0]["params"], clip)))
    if not torch.isfinite(torch.tensor(norm)):
        raise RpoError(
            f"the gradient must stay finite, at step {step} it is {norm}; lower the learning rate (now {lr:.1e}) and resume"
        )
    optimizer.step()
    optimizer.zero_grad()
    return norm
