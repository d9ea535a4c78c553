"""What follows from the maths, in figures: textbook batches for the lesson, each a call of the losses and weights beside it.

Nothing here is measured on a model or on data. Notation as in `losses`: c_i and r_j are log-ratios, N the contrast size.
"""

import math

import torch
from torch import Tensor

from rpo.contrast.losses import dpo_loss, rpo_loss
from rpo.contrast.matrix import contrast_matrix
from rpo.contrast.weights import check_positive, uniform_weights, weights_of_cosines


def own_weight(tau: float, size: int, cosine: float) -> float:
    """The weight W_ii of a prompt's own rejected answer among `size` prompts which all lie at this cosine to each other."""
    cosines = torch.full((size, size), cosine, dtype=torch.float64).fill_diagonal_(1)
    return float(weights_of_cosines(cosines, tau)[0, 0])


def gradient_of_size(size: int, tau: float, width: int = 384) -> float:
    """Length of RPO's first gradient against DPO's, for so many random embeddings (size, width)."""
    vectors = torch.randn(size, width, generator=torch.Generator().manual_seed(0))
    return contrast_matrix(vectors, vectors, tau, beta=0.1).gradient_scale or math.nan  # it is None only where M is not N


def limits(chosen_logratios: Tensor, rejected_logratios: Tensor, beta: float) -> tuple[float, float]:
    """RPO's loss as tau → 0 over distinct prompts, DPO/N + (1 − 1/N) ln 2, and as tau → ∞, every weight 1/N."""
    many = len(rejected_logratios)
    cold = dpo_loss(chosen_logratios, rejected_logratios, beta) / many + (1 - 1 / many) * math.log(2)
    hot = rpo_loss(chosen_logratios, rejected_logratios, uniform_weights(len(chosen_logratios), many), beta)
    return float(cold), float(hot)


def first_push(weights: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    """How hard the first step lifts each chosen answer (M,) and lowers each rejected one (N,): minus and plus the gradient."""
    chosen, rejected = (weights.new_zeros(many).requires_grad_() for many in weights.shape)
    up, down = torch.autograd.grad(rpo_loss(chosen, rejected, weights, beta), (chosen, rejected))
    return -up, down


def reward_margins(rewards: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    """What cross-prompt contrasts take for granted: true reward differences (P, P), and what log-ratios say of them (P, P).

    Rewards (P, A) hold each prompt's chosen answer first, its rejected one second. The policy is the best one for them,
    π(y|x) = π_ref(y|x) exp(r(x, y)/beta) / Z(x), here with a uniform reference, so beta · log-ratio = r(x, y) − beta log Z(x).
    Cell (i, j) is chosen i against rejected j. Z cancels where i = j and nowhere else.
    """
    check_positive("beta", beta, "0.1")
    if rewards.ndim != 2 or rewards.shape[1] < 2:
        raise ValueError(f"rewards must be (P, A) with two answers a prompt at least, got {tuple(rewards.shape)}")
    ratios = beta * ((rewards / beta).log_softmax(1) + math.log(rewards.shape[1]))
    true, said = (side[:, 0, None] - side[None, :, 1] for side in (rewards, ratios))
    return true, said
