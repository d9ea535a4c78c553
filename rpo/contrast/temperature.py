"""What a temperature does to many batches, and the temperature that gives a wanted number of effective contrasts.

tau means nothing without M, the encoder and how batches are composed: all three are in the cosines given here, (B, M, N) of B
batches. Everything is exact and before training (all log-ratios 0). Not a recommendation: which number of contrasts trains best
is for a run to say.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from rpo.contrast.weights import check_positive, effective_contrasts, weights_of_cosines

HALVINGS = 40  # of the searched interval in log tau: more digits than anyone types


@dataclass(frozen=True)
class TauCurves:
    """B batches under T temperatures, each (B, T): mean effective contrasts, and for M = N diagonal share and gradient scale.

    The gradient scale is the length of the inside form's ∂L/∂(c, r) against DPO's, as `ContrastMatrix.gradient_scale`.
    """

    taus: Tensor
    effective_contrasts: Tensor
    diagonal: Tensor | None
    gradient: Tensor | None


def tau_curves(cosines: Tensor, taus: Tensor) -> TauCurves:
    """Curves over temperatures (T,) of batches whose prompts have these cosines, (B, M, N)."""
    _check(cosines)
    seen = [weights_of_cosines(cosines, float(tau)) for tau in taus]
    effective = torch.stack([effective_contrasts(weights).mean(1) for weights in seen], 1)
    if cosines.shape[1] != cosines.shape[2]:
        return TauCurves(taus, effective, None, None)
    diagonal = torch.stack([weights.diagonal(dim1=1, dim2=2).mean(1) for weights in seen], 1)
    return TauCurves(taus, effective, diagonal, torch.stack([_scale(weights) for weights in seen], 1))


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


def _scale(weights: Tensor) -> Tensor:
    """At zero margins ∂L/∂c_i is beta/(2N²) and ∂L/∂r_j that times its column sum, against beta/(2N) each for DPO."""
    count = weights.shape[1]
    return ((count + weights.sum(1).square().sum(1)) / (2 * count)).sqrt() / count


def _check(cosines: Tensor) -> None:
    if cosines.ndim != 3 or 0 in cosines.shape or not bool(cosines.isfinite().all()):
        raise ValueError(
            f"cosines must be finite and (B, M, N) with at least one batch, row and column, got {tuple(cosines.shape)}; "
            "compose batches with both sides"
        )
