"""A spec's objective as a function of log-ratios, and the weights it uses.

Not the maths (`rpo.contrast`) and not the model: here a spec's choices become one of the paper's functions.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from rpo.contrast import contrast_weights, diagonal_loss, dpo_loss, ipo_loss, kto_loss, rpo_loss, uniform_weights
from rpo.spec import Control, Objective, RunSpec, Weighting
from rpo.tokens.types import Row

Loss = Callable[[Tensor, Tensor, Tensor, float], Tensor]
"""(chosen log-ratios (M,), rejected log-ratios (N,), weights (M, N), KL estimate in nats) -> scalar. `as_seen` makes the
log-ratios; a loss that looks at lengths finds them there."""


def objective(spec: RunSpec) -> Loss:
    """The spec's loss; only KTO looks at the KL estimate, only RPO at the weights."""

    def contrast(chosen: Tensor, rejected: Tensor, weights: Tensor, _kl: float) -> Tensor:
        if spec.centred:
            chosen, rejected = centre(chosen, rejected)
        if spec.weighting is Weighting.DIAGONAL:
            return diagonal_loss(chosen, rejected, spec.beta)
        return rpo_loss(chosen, rejected, weights, spec.beta, spec.form)

    losses: dict[Objective, Loss] = {
        Objective.RPO_PAIRED: contrast,
        Objective.RPO_UNPAIRED: contrast,
        Objective.DPO: lambda chosen, rejected, _weights, _kl: dpo_loss(chosen, rejected, spec.beta),
        Objective.IPO: lambda chosen, rejected, _weights, _kl: ipo_loss(chosen, rejected, spec.beta),
        Objective.KTO: lambda chosen, rejected, _weights, kl: kto_loss(chosen, rejected, kl, spec.beta),
    }
    return losses[spec.objective]


def as_seen(spec: RunSpec, ratios: Tensor, rows: Sequence[Row]) -> Tensor:
    """The rows' log-ratios (answers,) as the loss sees them: sums over an answer's tokens, or means if `length_normalised`.

    All tokens of the answer count, its end token too, as in TRL 1.16. What is reported and kept are the sums.
    """
    if not spec.length_normalised:
        return ratios
    return ratios / torch.tensor([len(answer) for row in rows for answer in row.answers], device=ratios.device)


def centre(chosen: Tensor, rejected: Tensor) -> tuple[Tensor, Tensor]:
    """Log-ratios less each pair's mean, so that d_ij is free of any constant of a prompt: (c_i − r_i)/2 + (c_j − r_j)/2."""
    middle = (chosen + rejected) / 2
    return chosen - middle, rejected - middle


def weights_of(spec: RunSpec, chosen_vectors: Tensor, rejected_vectors: Tensor, draw: torch.Generator) -> Tensor:
    """The batch's weights (M, N) from its prompts' embeddings, or from what the spec's control puts in their place."""
    rows, columns = len(chosen_vectors), len(rejected_vectors)
    if spec.weighting is not Weighting.CONTRAST:
        return uniform_weights(rows, columns).to(chosen_vectors)
    weights = contrast_weights(chosen_vectors, rejected_vectors, spec.tau)
    if spec.control is not Control.SHUFFLED:
        return weights
    places = [torch.randperm(columns, generator=draw).to(weights.device) for _ in range(rows)]
    return torch.stack([row[place] for row, place in zip(weights, places, strict=True)])
