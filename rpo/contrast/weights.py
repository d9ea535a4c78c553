"""Contrast weights: how much each rejected answer counts against each chosen one. Rows sum to 1, columns need not."""

import math

import torch
from torch import Tensor


def contrast_weights(chosen_vectors: Tensor, rejected_vectors: Tensor, tau: float) -> Tensor:
    """Softmax over each row of −(1 − cos(e_i, e_j)) / tau (arXiv 2402.10958, section 3).

    Args:
        chosen_vectors: (M, D) embeddings of the chosen answers' prompts, of any length but zero.
        rejected_vectors: (N, D) embeddings of the rejected answers' prompts; the same tensor for paired data.
        tau: temperature, positive. Small: only the most alike prompts; large: all alike.

    Returns:
        (M, N) weights in at least float32; each row sums to 1.

    Raises:
        ValueError: for a tau that is not positive and finite, an empty side, unequal D, a zero or non-finite vector.
    """
    check_positive("tau", tau, "0.5")
    return weights_of_cosines(cosine_matrix(chosen_vectors, rejected_vectors), tau)


def cosine_matrix(chosen_vectors: Tensor, rejected_vectors: Tensor) -> Tensor:
    """Cosines (M, N) of embeddings (M, D) and (N, D) in at least float32; ValueError as for `contrast_weights`."""
    for name, vectors in (("chosen_vectors", chosen_vectors), ("rejected_vectors", rejected_vectors)):
        if vectors.ndim != 2 or 0 in vectors.shape:
            raise ValueError(f"{name} must be (rows, D) with at least one row, got shape {tuple(vectors.shape)}")
    if chosen_vectors.shape[1] != rejected_vectors.shape[1]:
        raise ValueError(
            f"both sides must come from one encoder, got D = {chosen_vectors.shape[1]} and {rejected_vectors.shape[1]}"
        )
    return _unit("chosen_vectors", chosen_vectors) @ _unit("rejected_vectors", rejected_vectors).T


def weights_of_cosines(cosines: Tensor, tau: float) -> Tensor:
    """The same softmax over cosines that are known already, (..., M, N)."""
    check_positive("tau", tau, "0.5")
    return ((cosines - 1) / tau).softmax(dim=-1)


def effective_contrasts(weights: Tensor) -> Tensor:
    """exp(entropy) of each row of weights (..., M, N): 1 when one rejected answer takes all, N when all weigh alike. (..., M)."""
    return (-torch.xlogy(weights, weights).sum(-1)).exp()


def uniform_weights(rows: int, columns: int) -> Tensor:
    """The paper's ablation without an encoder: every weight is 1/N. Returns (M, N)."""
    if rows < 1 or columns < 1:
        raise ValueError(f"a contrast needs at least one answer a side, got M = {rows} and N = {columns}")
    return torch.full((rows, columns), 1 / columns)


def check_positive(name: str, value: float, example: str) -> None:
    """Refuse a temperature or strength that is not a positive finite number."""
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be positive and finite, got {value}; try {example}")


def _unit(name: str, vectors: Tensor) -> Tensor:
    wide = vectors.to(torch.promote_types(vectors.dtype, torch.float32))
    lengths = wide.square().sum(dim=1, keepdim=True).sqrt()
    bad = (~lengths.isfinite() | (lengths == 0)).squeeze(1).nonzero().squeeze(1)
    if len(bad):
        raise ValueError(f"{name} must be finite and not zero, row {int(bad[0])} is not; embed that prompt again or drop it")
    return wide / lengths
