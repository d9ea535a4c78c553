"""What a temperature does to many batches, and the temperature that gives a wanted number of effective contrasts.

tau means nothing without M, the encoder and how batches are composed: all three are in the cosines given here, (B, M, N) of B
batches. Everything is exact and before training (all log-ratios 0). Not a recommendation: which number of contrasts trains best
is for a run to say.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from rpo.contrast.shares import random_tau_path, tau_path
from rpo.contrast.weights import check_positive, effective_contrasts

HALVINGS = 40  # of the searched interval in log tau: more digits than anyone types


@dataclass(frozen=True)
class TauCurves:
    """B batches under T temperatures: mean own share and effective others, each (B, T), and those of random vectors, (T,).

    `own` and `random_own` are None for unpaired data, whose rows have no own pair.
    """

    taus: Tensor
    own: Tensor | None
    others: Tensor
    random_own: Tensor | None
    random_others: Tensor


def tau_curves(cosines: Tensor, taus: Tensor, paired: bool) -> TauCurves:
    """Curves over temperatures (T,) of batches whose prompts have these cosines, (B, M, N), and of random vectors as many."""
    _check(cosines)
    parts = [tau_path(cosines, tau[None], paired) for tau in taus]  # one after the other: large batches fill the memory
    own, others = [part.own for part in parts if part.own is not None], torch.cat([part.others for part in parts], 1)
    chance = random_tau_path(cosines.shape[2], taus, paired)
    by_chance = None if chance.own is None else chance.own[0]
    return TauCurves(taus, torch.cat(own, 1) if own else None, others, by_chance, chance.others[0])


def tau_for(cosines: Tensor, wanted: float, between: tuple[float, float]) -> Tensor:
    """The temperature (B,) at which each batch has `wanted` effective contrasts a row on average; NaN where none `between` does.

    Effective contrasts grow with tau, so halving an interval of log tau finds it. No tau gives fewer than duplicates tie, or more
    than N.
    """
    _check(cosines)
    for end in between:
        check_positive("tau", end, "0.001 and 1000")
    low, high = (cosines.new_full((len(cosines),), math.log(tau)) for tau in between)
    reached = (_contrasts_at(cosines, low) <= wanted) & (_contrasts_at(cosines, high) >= wanted)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = _contrasts_at(cosines, middle) < wanted
        low, high = torch.where(below, middle, low), torch.where(below, high, middle)
    return torch.where(reached, ((low + high) / 2).exp(), math.nan)


def _contrasts_at(cosines: Tensor, logs: Tensor) -> Tensor:
    """Mean effective contrasts (B,), each batch at its own log tau (B,)."""
    return effective_contrasts(((cosines - 1) / logs.exp()[:, None, None]).softmax(-1)).mean(1)


def _check(cosines: Tensor) -> None:
    if cosines.ndim != 3 or 0 in cosines.shape or not bool(cosines.isfinite().all()):
        raise ValueError(
            f"cosines must be finite and (B, M, N) with at least one batch, row and column, got {tuple(cosines.shape)}; "
            "compose batches with both sides"
        )
