"""A spec's objective on one batch: what its loss sees of the answers, and the weights it uses.

Not the maths (`rpo.contrast`), not the model, and not the registry (`rpo.objectives`): here a spec's numbers meet a batch's
tensors.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from rpo.contrast import (
    DIAGONAL_SHARE,
    contradicted,
    contrast_weights,
    cosine_matrix,
    dial_weights,
    leave_out,
    uniform_weights,
)
from rpo.objectives import Seen, TokenSum
from rpo.preferences import Kind
from rpo.spec import Control, RunSpec, Weighting
from rpo.tokens.types import Row

Loss = Callable[[Tensor, Tensor, Tensor, float], Tensor]
"""(chosen (M,), rejected (N,), weights (M, N), KL estimate in nats) -> scalar. `as_seen` makes the two sides' numbers."""


def objective(spec: RunSpec) -> Loss:
    """The spec's loss."""
    diagonal = spec.weighting is Weighting.DIAGONAL

    def loss(chosen: Tensor, rejected: Tensor, weights: Tensor, kl: float) -> Tensor:
        numbers = (spec.beta, spec.gamma, spec.link, spec.noise)
        return spec.objective.entry.loss(Seen(chosen, rejected, weights, kl, *numbers, spec.form, spec.centred, diagonal))

    return loss


def as_seen(spec: RunSpec, values: Tensor, rows: Sequence[Row]) -> Tensor:
    """Sums over the tokens of the rows' answers (answers,), as the loss sees them: as they are, or as means over the tokens.

    All tokens of the answer count, its end token too, as in TRL 1.16. Log-ratios that are reported and kept are the sums.
    """
    tokens = spec.objective.entry.tokens
    if tokens is TokenSum.SUMMED or (tokens is TokenSum.CHOSEN and not spec.length_normalised):
        return values
    return values / torch.tensor([len(answer) for row in rows for answer in row.answers], device=values.device)


def nll_loss(spec: RunSpec, logprobs: Tensor, rows: Sequence[Row]) -> Tensor | float:
    """`nll` times the mean negative log-likelihood a token of the chosen answers, of pairs' log-probability sums (answers,).

    All tokens of a batch's chosen answers count alike, as in TRL 1.16's "sft".
    """
    if not spec.nll:
        return 0.0
    return -spec.nll * logprobs[0::2].sum() / sum(len(row.answers[0]) for row in rows)


def random_vectors(prompts: list[str], width: int, seed: int) -> np.ndarray:
    """Unit vectors (rows, width) that mean nothing; equal prompts share theirs, as real embeddings would."""
    rows = {prompt: row for row, prompt in enumerate(dict.fromkeys(prompts))}
    drawn = np.random.default_rng([seed, 0]).normal(size=(len(rows), width)).astype(np.float32)
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True))[[rows[prompt] for prompt in prompts]]


def even_weights(spec: RunSpec, rows: int, columns: int) -> Tensor:
    """The weights (M, N) of a loss that looks at no prompt's likeness: uniform, the paper's diagonal, or each pair for itself."""
    if not spec.objective.contrasts:
        return torch.eye(rows, columns)
    if spec.weighting is Weighting.DIAGONAL:
        return dial_weights(torch.zeros(rows, columns), DIAGONAL_SHARE, None).weights.to(torch.float32)
    return uniform_weights(rows, columns)


def drawing(spec: RunSpec, number: int) -> torch.Generator:
    """What shuffles the weights of a run's batch of this number."""
    return torch.Generator().manual_seed(spec.seed * 1_000_003 + number)


def weights_of(spec: RunSpec, chosen_vectors: Tensor, rejected_vectors: Tensor, draw: torch.Generator) -> Tensor:
    """The batch's weights (M, N) from its prompts' embeddings, or from what the spec's control puts in their place."""
    rows, columns = len(chosen_vectors), len(rejected_vectors)
    if not (spec.objective.contrasts and spec.weighting in (Weighting.CONTRAST, Weighting.DIALS)):
        return even_weights(spec, rows, columns).to(chosen_vectors)
    weights = _weighed(spec, chosen_vectors, rejected_vectors)
    if spec.control not in (Control.SHUFFLED, Control.OTHERS):
        return weights
    fixed = spec.control is Control.OTHERS and spec.objective.kind is Kind.PAIRED
    places = [_order(columns, row if fixed else None, draw) for row in range(rows)]
    return torch.stack([row[place.to(weights.device)] for row, place in zip(weights, places, strict=True)])


def true_contrasts(spec: RunSpec, weights: Tensor, scores: Tensor | None, chosen: np.ndarray, rejected: np.ndarray) -> Tensor:
    """The weights (M, N), without contradicted cells where the spec leaves them out.

    `scores` (rows, 2) are those of all rows' chosen and rejected answers; `chosen` (M,) and `rejected` (N,) the batch's rows.
    """
    if not spec.true_contrasts or scores is None:
        return weights
    cells = contradicted(scores[chosen, 0], scores[rejected, 1])
    return leave_out(weights, cells.to(weights.device))


def _weighed(spec: RunSpec, chosen_vectors: Tensor, rejected_vectors: Tensor) -> Tensor:
    """The weights that prompts' likeness gives, by temperature or by dials. Fewer held-out rows than k + 1 count all alike."""
    if spec.weighting is Weighting.CONTRAST:
        return contrast_weights(chosen_vectors, rejected_vectors, spec.tau)
    cosines, paired = cosine_matrix(chosen_vectors, rejected_vectors), spec.objective.kind is Kind.PAIRED
    few = spec.likeness >= cosines.shape[1] - paired
    own, likeness = spec.own_share if paired else None, None if few or not spec.likeness else spec.likeness
    return dial_weights(cosines, own, likeness).weights.to(cosines)


def _order(columns: int, fixed: int | None, draw: torch.Generator) -> Tensor:
    """A random order of a row's columns, in which the fixed one stays in its place."""
    if fixed is None:
        return torch.randperm(columns, generator=draw)
    others = torch.cat([torch.arange(fixed), torch.arange(fixed + 1, columns)])
    order = torch.arange(columns)
    order[others] = others[torch.randperm(columns - 1, generator=draw)]
    return order
