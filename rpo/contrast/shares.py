"""Where a matrix puts its weight: on the own pair, on how many others, and how near those are. With what random vectors give.

`effective contrasts` of whole rows mixes two things: how much the own pair has, and how even the rest is. Here they stand apart.
The value for random vectors is the yardstick: a matrix that reads the same does not know which prompts are alike.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from rpo.contrast.weights import check_positive, effective_contrasts

RANDOM_WIDTH, RANDOM_BATCHES = 384, 8  # of random vectors: as wide as all-MiniLM-L6-v2's, and batches of them
RANDOM_ROWS = 64  # of random vectors behind each figure of a path


@dataclass(frozen=True)
class Shares:
    """Means over the rows of weights (M, N): own share, effective others, and the weighted others' mean cosine to the row.

    `own` is None for unpaired data. `others` and `cosine` are NaN where no other has any weight.
    """

    own: float | None
    others: float
    cosine: float


def shares(weights: Tensor, cosines: Tensor, paired: bool) -> Shares:
    """The shares of weights (M, N) over prompts with these cosines (M, N); in paired data the own pair is on the diagonal."""
    if weights.shape != cosines.shape or weights.ndim != 2:
        raise ValueError(f"weights and cosines must be (M, N) both, got {tuple(weights.shape)} and {tuple(cosines.shape)}")
    wide, own = weights.to(torch.float64), float(weights.diagonal().mean()) if paired else None
    rest = wide - torch.diag(wide.diagonal()) if paired else wide
    rows = rest / rest.sum(1, keepdim=True)
    return Shares(own, float(effective_contrasts(rows).mean()), float((rows * cosines).sum(1).mean()))


def random_shares(rows: int, columns: int, paired: bool, weigh: Callable[[Tensor], Tensor]) -> Shares:
    """The shares of `weigh(cosines)` where every prompt is a random vector: what any weights of this rule say of nothing."""
    generator = torch.Generator().manual_seed(0)
    found: list[Shares] = []
    for _ in range(RANDOM_BATCHES):
        left = F.normalize(torch.randn(rows, RANDOM_WIDTH, generator=generator, dtype=torch.float64), dim=1)
        right = (
            left if paired else F.normalize(torch.randn(columns, RANDOM_WIDTH, generator=generator, dtype=torch.float64), dim=1)
        )
        cosines = left @ right.T
        found.append(shares(weigh(cosines), cosines, paired))
    own = sum(one.own or 0.0 for one in found) / RANDOM_BATCHES if paired else None
    return Shares(own, sum(one.others for one in found) / RANDOM_BATCHES, sum(one.cosine for one in found) / RANDOM_BATCHES)


@dataclass(frozen=True)
class TauPath:
    """The paper's temperature as a path of two figures: own share and effective others of B batches at T temperatures, (B, T).

    `own` is None for unpaired data.
    """

    taus: Tensor
    own: Tensor | None
    others: Tensor


def tau_path(cosines: Tensor, taus: Tensor, paired: bool) -> TauPath:
    """Own share and effective others, means over rows, of batches with cosines (B, M, N) at temperatures (T,), in float64."""
    check_positive("tau", float(taus.min()), "0.5")
    cosines = cosines.to(torch.float64)
    logits = cosines / taus.to(cosines)[:, None, None, None]
    if not paired:
        return TauPath(taus, None, _others(logits))
    own = torch.eye(cosines.shape[-1], dtype=torch.bool)
    share = logits.softmax(-1).diagonal(dim1=-2, dim2=-1).mean(-1).T
    return TauPath(taus, share, _others(logits.masked_fill(own, -math.inf)))


def random_others(columns: int) -> Tensor:
    """Cosines (64, columns) of seeded random vectors with others: rows are enough to say what random vectors give."""
    draw = torch.Generator().manual_seed(0)
    unit = F.normalize(torch.randn(RANDOM_ROWS + columns, RANDOM_WIDTH, generator=draw, dtype=torch.float64), dim=1)
    return unit[:RANDOM_ROWS] @ unit[RANDOM_ROWS:].T


def random_tau_path(columns: int, taus: Tensor, paired: bool) -> TauPath:
    """The path of batches of random vectors, own share and effective others each (1, T); in paired data one column is the own."""
    check_positive("tau", float(taus.min()), "0.5")
    rest = random_others(columns - paired)
    logits = rest / taus.to(rest)[:, None, None, None]
    others = _others(logits) if rest.shape[1] else torch.full((1, len(taus)), math.nan, dtype=torch.float64)
    if not paired:
        return TauPath(taus, None, others)
    wide = torch.cat([1 / taus.to(rest)[:, None, None, None].expand(-1, 1, RANDOM_ROWS, 1), logits], -1)
    return TauPath(taus, wide.softmax(-1)[..., 0].mean(-1).T, others)


def _others(logits: Tensor) -> Tensor:
    """Mean effective others (B, T) of rows (T, B, M, N)."""
    return effective_contrasts(logits.softmax(-1)).mean(-1).T
