"""Contradicted cells: scores say that the chosen answer of a row is worse than the rejected one of a column.

The loss takes every chosen answer for better than every rejected one, across prompts too. Where data carry scores on one common
scale this can be looked up, cell by cell. Not a test of the scale: whether one holds for all prompts is for the data to say.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

COSINE_STEP = 0.2  # width of a bin of cosines


@dataclass(frozen=True)
class ContradictedWeight:
    """The weight that rows give to others than their own pair, by cosine: parts of all of it, so `weight` (B,) sums to 1.

    `edges` (B + 1,) of the bins; `contradicted` (B,) is what lies on contradicted cells. NaN where no other has any weight.
    """

    edges: Tensor
    weight: Tensor
    contradicted: Tensor

    @property
    def share(self) -> float:
        """The part of the others' weight that lies on contradicted cells, whatever the cosine."""
        return float(self.contradicted.sum())


def contradicted(chosen_scores: Tensor, rejected_scores: Tensor, paired: bool = True) -> Tensor:
    """The cells (M, N) of bool in which the chosen answer's score (M,) is below the rejected one's (N,).

    The own pair of paired data never is. A score that is missing (NaN) contradicts nothing.
    """
    if chosen_scores.ndim != 1 or rejected_scores.ndim != 1:
        shapes = tuple(chosen_scores.shape), tuple(rejected_scores.shape)
        raise ValueError(f"scores must be one number an answer, (M,) and (N,); got shapes {shapes[0]} and {shapes[1]}")
    cells = chosen_scores[:, None] < rejected_scores[None, :]
    return cells & ~_own(cells) if paired else cells


def leave_out(weights: Tensor, cells: Tensor) -> Tensor:
    """Paired weights (N, N) without these cells of bool, each row scaled to the sum that it had.

    The own pair is never left out. A row that keeps no weight is its own pair alone; a row that loses no cell stays as it is.
    """
    if weights.shape != cells.shape or weights.ndim != 2:
        raise ValueError(f"weights and cells must be (N, N) both, got {tuple(weights.shape)} and {tuple(cells.shape)}")
    own = _own(cells)
    out = cells & ~own
    kept, sums = weights.masked_fill(out, 0), weights.sum(1, keepdim=True)
    left = kept.sum(1, keepdim=True)
    scaled = torch.where(left > 0, kept * (sums / left), own.to(weights) * sums)
    return torch.where(out.any(1, keepdim=True), scaled, weights)


def contradicted_weight(weights: Tensor, cosines: Tensor, cells: Tensor, paired: bool = True) -> ContradictedWeight:
    """How much of the others' weight lies on these cells, by bins of the prompts' cosine 0.2 wide; all are (M, N)."""
    if not weights.shape == cosines.shape == cells.shape:
        shapes = tuple(weights.shape), tuple(cosines.shape), tuple(cells.shape)
        raise ValueError(f"weights, cosines and cells must be (M, N) all three, got {shapes[0]}, {shapes[1]} and {shapes[2]}")
    count = round(2 / COSINE_STEP)
    rest = (weights.masked_fill(_own(cells), 0) if paired else weights).to(torch.float64)
    bins = ((cosines + 1) / COSINE_STEP).floor().long().clamp(0, count - 1).flatten()
    parts = (rest / rest.sum()).flatten()
    weight, against = (parts.new_zeros(count).scatter_add(0, bins, part) for part in (parts, parts * cells.flatten()))
    return ContradictedWeight(torch.linspace(-1, 1, count + 1, dtype=torch.float64), weight, against)


def _own(cells: Tensor) -> Tensor:
    """Which cells (N, N) hold a prompt's own pair."""
    if cells.shape[0] != cells.shape[1]:
        raise ValueError(f"an own pair needs paired data, M = N, got {tuple(cells.shape)}")
    return torch.eye(len(cells), dtype=torch.bool, device=cells.device)
