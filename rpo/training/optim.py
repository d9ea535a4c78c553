"""From gradients to a better adapter: the optimizer and the schedule a spec names, one update. Not the gradient (`gradients`)."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import torch

from rpo.errors import RpoError
from rpo.models.distributed import full_tensor
from rpo.spec import Optimizer, RunSpec, Schedule

FLOOR = 0.1  # the learning rate's share at the end of a decay
THEIRS = {  # the names that transformers' `get_scheduler` takes, and what else it is given
    Schedule.COSINE: ("cosine_with_min_lr", {"min_lr_rate": FLOOR}),
    Schedule.CONSTANT: ("constant", {}),
}


def optimizer_of(spec: RunSpec, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
    """AdamW without weight decay, or RMSprop as torch has it."""
    if spec.optimizer is Optimizer.RMSPROP:
        return torch.optim.RMSprop(parameters, lr=spec.lr)
    return torch.optim.AdamW(parameters, lr=spec.lr, weight_decay=0.0)


def lr_multiplier(step: int, steps: int, warmup: int, schedule: Schedule = Schedule.LINEAR) -> float:
    """The learning rate's share at a step counted from 0: linear warm-up, then the schedule.

    It follows from the step alone, so a run that is resumed has no state of it to lose.
    """
    if step < warmup:
        return (step + 1) / warmup
    if schedule is Schedule.LINEAR:  # transformers' own linear decay ends at 0, its polynomial one rounds otherwise
        return max(FLOOR, 1 - (1 - FLOOR) * (step - warmup) / max(1, steps - warmup))
    return _theirs(schedule, steps, warmup)(step)


@cache
def _theirs(schedule: Schedule, steps: int, warmup: int) -> Callable[[int], float]:
    """A schedule of transformers' as a function of the step; the optimizer it wants to drive is none of ours."""
    from transformers import get_scheduler

    name, options = THEIRS[schedule]
    idle = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    found: Any = get_scheduler(name, idle, warmup, steps, scheduler_specific_kwargs=options)
    return found.lr_lambdas[0]


def update(optimizer: torch.optim.Optimizer, lr: float, clip: float, step: int) -> float:
    """Clip, step, forget the gradient; returns its length before clipping. One that is not finite is refused: nothing moves."""
    for group in optimizer.param_groups:
        group["lr"] = lr
    norm = float(full_tensor(torch.nn.utils.clip_grad_norm_(optimizer.param_groups[0]["params"], clip)))
    if not torch.isfinite(torch.tensor(norm)):
        raise RpoError(
            f"the gradient must stay finite, at step {step} it is {norm}; lower the learning rate (now {lr:.1e}) and resume"
        )
    optimizer.step()
    optimizer.zero_grad()
    return norm
