"""A spec's objective on one batch: what its loss sees of the answers, and the weights it uses.

Not the maths (`rpo.contrast`), not the model, and not the registry (`rpo.objectives`): here a spec's numbers meet a batch's
tensors.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from rpo.contrast import contrast_weights, uniform_weights
from rpo.objectives import Seen, TokenSum
from rpo.spec import Control, RunSpec, Weighting
from rpo.tokens.types import Row

Loss = Callable[[Tensor, Tensor, Tensor, float], Tensor]
"""(chosen (M,), rejected (N,), weights (M, N), KL estimate in nats) -> scalar. `as_seen` makes the two sides' numbers."""


def objective(spec: RunSpec) -> Loss:
    """The spec's loss."""
    diagonal = spec.weighting is Weighting.DIAGONAL

    def loss(chosen: Tensor, rejected: Tensor, weights: Tensor, kl: float) -> Tensor:
        seen = Seen(chosen, rejected, weights, kl, spec.beta, spec.gamma, spec.form, spec.centred, diagonal)
        return spec.objective.entry.loss(seen)

    return loss


def as_seen(spec: RunSpec, values: Tensor, rows: Sequence[Row]) -> Tensor:
    """Sums over the tokens of the rows' answers (answers,), as the loss sees them: as they are, or as means over the tokens.

    All tokens of the answer count, its end token too, as in TRL 1.16. Log-ratios that are reported and kept are the sums.
    """
    tokens = spec.objective.entry.tokens
    if tokens is TokenSum.SUMMED or (tokens is TokenSum.CHOSEN and not spec.length_normalised):
        return values
    return values / torch.tensor([len(answer) for row in rows for answer in row.answers], device=values.device)


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
