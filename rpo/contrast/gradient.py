"""Where a batch's gradient goes while its margins grow: to the own pair, to near others, to far others; and how much is used up.

A loss of margins d_ij pushes on each cell (i, j) by itself, −∂L/∂d_ij; shares are of its size. Before training every
cell's push is in proportion to its weight; later a cell whose margin is wide is pushed less. Axes: E evaluations, M, N.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rpo.contrast.links import Link
from rpo.contrast.losses import Form, cell_losses, margin_matrix
from rpo.contrast.weights import check_positive

WIDE = 1.0  # |beta · margin| from which a cell counts as saturated: DPO's push has fallen from 0.5 to 0.27 there


@dataclass(frozen=True)
class GradientShares:
    """At each of E evaluations: parts of the gradient, saturation, and the share of saturated cells; each (E,).

    `own` is None for unpaired data. `near` and `far` are None where others cannot be distinguished: near ones have a cosine above
    `split`, the median of all cells but the own pairs', of which `near_cells` (0 to 1) are then near. `saturation` is the part of
    the untrained gradient that is used up, below 0 where margins are on the wrong side; NaN where it is not known. `wide` is the
    share of all cells with |beta · margin| of at least `WIDE`.
    """

    own: Tensor | None
    near: Tensor | None
    far: Tensor | None
    saturation: Tensor
    wide: Tensor
    split: float = math.nan
    near_cells: float = math.nan


@dataclass(frozen=True)
class MarginsOverTraining:
    """One batch at E evaluations, the untrained policy among them: beta · (c_i − r_j), (E, M, N), and where its gradient goes."""

    steps: tuple[int, ...]
    margins: Tensor
    shares: GradientShares


def cell_gradients(
    margins: Tensor,
    weights: Tensor,
    beta: float,
    form: Form | str = Form.INSIDE,
    link: Link | str = Link.SIGMOID,
    noise: float = 0.0,
) -> Tensor:
    """RPO's push on each cell, −∂/∂d_ij of the cells' summed losses, of margins in nats (..., M, N) and weights (M, N).

    Never negative with the sigmoid and the hinge; the square pushes a margin that is too wide back.
    """
    leaf = margins.detach().requires_grad_()
    (pull,) = torch.autograd.grad(cell_losses(leaf, weights, beta, form, link, noise).sum(), leaf)
    return -pull


def margins_over_training(chosen_logratios: Tensor, rejected_logratios: Tensor, beta: float) -> Tensor:
    """Margins times beta, beta · (c_i − r_j), (E, M, N), of log-ratios (E, M) and (E, N) in nats."""
    check_positive("beta", beta, "0.1")
    sides = zip(chosen_logratios, rejected_logratios, strict=True)
    return beta * torch.stack([margin_matrix(chosen, rejected) for chosen, rejected in sides])


def over_training(
    steps: Sequence[int], margins: Tensor, push: Tensor, cosines: Tensor | None, paired: bool
) -> MarginsOverTraining:
    """What happened to a batch at these steps (E,), the first of which is before training.

    Args:
        steps: numbers of the evaluations.
        margins: beta times the margins, (E, M, N).
        push: how hard the loss pushes on each cell, (E, M, N).
        cosines: (M, N) of the prompts, by which others are near or far; None where they are not known.
        paired: whether the diagonal holds the own pairs.
    """
    if not (len(steps) == len(margins) and margins.ndim == 3 and margins.shape == push.shape):
        raise ValueError(f"margins and push must be (E, M, N) both, got {tuple(margins.shape)} and {tuple(push.shape)}")
    total, own = push.sum((1, 2)), _own(margins, paired)
    parts = push / total[:, None, None]
    used, wide = 1 - total / total[0], (margins.abs() >= WIDE).double().mean((1, 2))
    shares = GradientShares((parts * own).sum((1, 2)) if paired else None, None, None, used, wide)
    return MarginsOverTraining(tuple(steps), margins, shares if cosines is None else _split(shares, parts, cosines, own))


def _own(margins: Tensor, paired: bool) -> Tensor:
    """Which cells (M, N) are a prompt's own pair."""
    shape = margins.shape[1:]
    return torch.eye(*shape, dtype=torch.bool) if paired else torch.zeros(shape, dtype=torch.bool)


def _split(shares: GradientShares, parts: Tensor, cosines: Tensor, own: Tensor) -> GradientShares:
    """The same with the others' part split at their median cosine, where some lie above it."""
    others = cosines[~own].double()
    middle = others.sort().values
    split = float((middle[(len(middle) - 1) // 2] + middle[len(middle) // 2]) / 2) if len(middle) else math.inf
    near, far = (cosines > split) & ~own, (cosines <= split) & ~own
    if not bool(near.any()):
        return shares
    pushed = [(parts * cells).sum((1, 2)) for cells in (near, far)]
    return replace(shares, near=pushed[0], far=pushed[1], split=split, near_cells=int(near.sum()) / len(others))
