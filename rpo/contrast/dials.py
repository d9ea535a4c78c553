"""Weights by two dials: how much a prompt's own pair counts (own share), and how few of the others (likeness).

One softmax sets both at once, and a prompt's own pair stands at cosine 1: where a temperature leaves it half the weight, the
rest is spread nearly evenly over all others. Here own share and likeness are set apart, and mean the same for every encoder.
Likeness k is a number of *effective others*, exp(entropy) of a row without its own pair; each row finds the temperature that
reaches it, as t-SNE does for its perplexity (van der Maaten and Hinton 2008, section 2).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from rpo.contrast.weights import effective_contrasts

NEARLY_EQUAL = 1e-6  # cosines this near to a row's largest are equal to it: float32 knows no better
COLDEST, HOTTEST = math.log(1e-8), math.log(1e6)  # of a temperature: one other alone even 1e-6 ahead; all alike to the last digit
ROUNDS = 60  # at most, of halving where Newton's step leaves the interval; about 8 are usual
CLOSE = 1e-12  # of log k


@dataclass(frozen=True)
class DialWeights:
    """Weights (..., M, N) by two dials, and for each row the temperature and the effective others it came to, (..., M).

    A temperature of 0 means the nearest others alone, infinity means all others alike. `others` is below or above what was asked
    only where duplicates leave no choice: several others tie for the nearest.
    """

    weights: Tensor
    temperatures: Tensor
    others: Tensor
    likeness: float

    @property
    def unreached(self) -> Tensor:
        """Rows in which no temperature gives the asked number of effective others, (..., M) of bool."""
        return (self.others - self.likeness).abs() > 1e-6 * self.likeness


def dial_weights(cosines: Tensor, own_share: float | None, likeness: float | None) -> DialWeights:
    """W_ii = own share; the rest of a row spread over its others by a softmax of cosines with `likeness` effective others.

    Args:
        cosines: (..., M, N) of prompts; for paired data M = N, and column i is row i's own pair.
        own_share: α from 0 to 1; None for unpaired data, whose rows have no own pair.
        likeness: k from 1, the nearest other alone, to the number of others (N − 1 paired, N unpaired); None for all of them.

    Returns:
        Weights in float64; with one column they are 1 whatever the dials say.

    Raises:
        ValueError: for an own share outside 0 to 1 or on a matrix that is not square, a likeness that no row can have, or
            cosines that are not finite.
    """
    _check(cosines, own_share)
    count = cosines.shape[-1] - (own_share is not None)
    likeness = _within(likeness, count)
    cosines = cosines.to(torch.float64)
    if count == 0:
        ones = torch.ones_like(cosines)
        return DialWeights(ones, ones[..., 0] * math.inf, ones[..., 0] * 0, 0)
    if own_share is None:
        spread, temperatures, others = _spread(cosines, likeness)
        return DialWeights(spread, temperatures, others, likeness)
    own = torch.eye(cosines.shape[-1], dtype=torch.bool, device=cosines.device)
    spread, temperatures, others = _spread(cosines.masked_fill(own, -math.inf), likeness)
    return DialWeights((spread * (1 - own_share)).masked_fill(own, own_share), temperatures, others, likeness)


def _spread(cosines: Tensor, likeness: float) -> tuple[Tensor, Tensor, Tensor]:
    """Rows (..., N) that sum to 1 with `likeness` effective others, their temperatures and others; −inf is no other."""
    behind = cosines - cosines.amax(-1, keepdim=True)
    behind = torch.where(behind > -NEARLY_EQUAL, 0, behind)
    others, nearest = behind.isfinite(), behind == 0
    rows = torch.where((likeness >= others.sum(-1)).unsqueeze(-1), others, nearest).to(behind)
    temperatures = torch.where(likeness >= others.sum(-1), math.inf, 0.0).to(behind)
    solved = (likeness > nearest.sum(-1)) & (likeness < others.sum(-1))
    temperatures[solved] = _log_temperatures(behind[solved], likeness).exp()
    rows[solved] = (behind[solved] / temperatures[solved].unsqueeze(-1)).softmax(-1)
    rows = rows / rows.sum(-1, keepdim=True)
    return rows, temperatures, effective_contrasts(rows)


def _log_temperatures(behind: Tensor, likeness: float) -> Tensor:
    """Log temperatures (R,) at which each row's softmax(behind / τ), (R, N), has entropy log k: Newton, halving where it leaves.

    With u = log τ, the entropy's derivative is the variance of behind / τ under the weights, so it only grows.
    """
    low, high = (behind.new_full((len(behind),), end) for end in (COLDEST, HOTTEST))
    at = behind.new_full((len(behind),), math.log(0.1))
    for _ in range(ROUNDS):
        scaled = behind / at.exp().unsqueeze(-1)
        rows = scaled.softmax(-1)
        scaled = torch.where(rows > 0, scaled, 0)
        excess = -torch.xlogy(rows, rows).sum(-1) - math.log(likeness)
        slope = (rows * scaled.square()).sum(-1) - (rows * scaled).sum(-1).square()
        low, high = torch.where(excess < 0, at, low), torch.where(excess < 0, high, at)
        step = at - excess / slope
        inside = (step > low) & (step < high)
        if bool((excess.abs() < CLOSE).all()):
            break
        at = torch.where(excess.abs() < CLOSE, at, torch.where(inside, step, (low + high) / 2))
    return at


def _within(likeness: float | None, count: int) -> float:
    if likeness is None:
        return float(count)
    if count == 0 and likeness >= 1:  # one pair alone: there is nothing to spread
        return 0.0
    if not 1 <= likeness <= count:
        raise ValueError(
            f"likeness must lie between 1 and the number of others, {count}, got {likeness}; for all of them give None"
        )
    return float(likeness)


def _check(cosines: Tensor, own_share: float | None) -> None:
    if cosines.ndim < 2 or 0 in cosines.shape or not bool(cosines.isfinite().all()):
        raise ValueError(
            f"cosines must be finite and (..., M, N) with at least one row and column, got {tuple(cosines.shape)}; "
            "compose batches with both sides"
        )
    if own_share is None:
        return
    if not 0 <= own_share <= 1:
        raise ValueError(f"own_share must lie between 0 and 1, got {own_share}; try 0.5")
    if cosines.shape[-1] != cosines.shape[-2]:
        raise ValueError(f"an own share needs paired data, M = N, got {tuple(cosines.shape[-2:])}; give None for unpaired data")
