"""The losses: RPO in both forms, its diagonal ablation, and the baselines DPO, IPO, KTO, SimPO and BCO.

They see the model only through log-ratios: c_i = log π(y_w,i|x_i) − log π_ref(y_w,i|x_i) for chosen answers, r_j likewise for
rejected ones; SimPO through mean log-probabilities a token in their place. Margins are d_ij = c_i − r_j. Every loss returns a
scalar in at least float32 and carries gradient to c and r.
"""

import math
from enum import StrEnum

import torch
import torch.nn.functional as F
from torch import Tensor

from rpo.contrast.links import Link, link_losses
from rpo.contrast.weights import check_positive

DIAGONAL_SHARE = 0.8  # of the own pair in the paper's diagonal weighting


class Form(StrEnum):
    """Where the weight stands: inside the log-sigmoid (the paper's published code) or outside (its tau → 0 limit is DPO)."""

    INSIDE = "inside"
    OUTSIDE = "outside"


def rpo_loss(
    chosen_logratios: Tensor,
    rejected_logratios: Tensor,
    weights: Tensor,
    beta: float,
    form: Form | str = Form.INSIDE,
    link: Link | str = Link.SIGMOID,
    noise: float = 0.0,
) -> Tensor:
    """Relative Preference Optimization over all chosen × rejected pairs (arXiv 2402.10958; code at commit c1b5163).

    Inside: mean over all M·N cells of −log σ(beta · W_ij · d_ij). Outside: (1/M) Σ_ij −W_ij log σ(beta · d_ij). Another link's ℓ
    stands in the place of −log σ(beta · ·).

    Args:
        chosen_logratios: (M,) chosen log-ratios in nats.
        rejected_logratios: (N,) rejected log-ratios in nats.
        weights: (M, N) contrast weights.
        beta: strength of the pull to the reference, positive (0.1 is usual).
        form: `inside` or `outside`.
        link: what takes the log-sigmoid's place, see `link_losses`; the paper's code has the log-sigmoid.
        noise: share of pairs thought to be the wrong way round, see `link_losses`.

    Raises:
        ValueError: for an empty or misshapen side, weights of another shape, or a beta that is not positive.
    """
    margins = margin_matrix(chosen_logratios, rejected_logratios)
    if weights.shape != margins.shape:
        raise ValueError(f"weights must be (M, N) = {tuple(margins.shape)}, got {tuple(weights.shape)}")
    return cell_losses(margins, weights, beta, form, link, noise).mean()


def cell_losses(
    margins: Tensor,
    weights: Tensor,
    beta: float,
    form: Form | str = Form.INSIDE,
    link: Link | str = Link.SIGMOID,
    noise: float = 0.0,
) -> Tensor:
    """What each cell (i, j) adds to the RPO loss, of margins (..., M, N) and weights (M, N); their mean is the loss."""
    if Form(form) is Form.INSIDE:
        return link_losses(weights * margins, beta, link, noise)
    return weights * link_losses(margins, beta, link, noise) * margins.shape[-1]


def diagonal_loss(
    chosen_logratios: Tensor,
    rejected_logratios: Tensor,
    beta: float,
    diagonal_share: float = DIAGONAL_SHARE,
    link: Link | str = Link.SIGMOID,
    noise: float = 0.0,
) -> Tensor:
    """The paper's diagonal weighting, paired: a share for each prompt's own pair, the rest spread over all others.

    share · mean_i(−log σ(beta d_ii)) + (1 − share) · mean_{i≠j}(−log σ(beta d_ij)); with M = 1 it is DPO. Another link's ℓ stands
    in the place of −log σ(beta ·), see `link_losses`.
    """
    if not 0 <= diagonal_share <= 1:
        raise ValueError(f"diagonal_share must lie between 0 and 1, got {diagonal_share}; the paper's is 0.8")
    own = dpo_loss(chosen_logratios, rejected_logratios, beta, link, noise)
    count = len(chosen_logratios)
    if count == 1:
        return own
    cells = link_losses(margin_matrix(chosen_logratios, rejected_logratios), beta, link, noise)
    others = (cells.sum() - cells.diagonal().sum()) / (count * (count - 1))
    return diagonal_share * own + (1 - diagonal_share) * others


def dpo_loss(
    chosen_logratios: Tensor,
    rejected_logratios: Tensor,
    beta: float,
    link: Link | str = Link.SIGMOID,
    noise: float = 0.0,
) -> Tensor:
    """Direct Preference Optimization, paired: mean of −log σ(beta · d_ii) (arXiv 2305.18290, equation 7).

    With the hinge it is SLiC's ranking loss, with the square IPO, with noise robust DPO; see `link_losses`.
    """
    return link_losses(_own_margins(chosen_logratios, rejected_logratios), beta, link, noise).mean()


def ipo_loss(chosen_logratios: Tensor, rejected_logratios: Tensor, beta: float) -> Tensor:
    """Identity Preference Optimization, paired: mean of (d_ii − 1/(2 beta))² (arXiv 2310.12036, equation 17).

    Fed log-ratios that are sums over an answer's tokens it is the RPO paper's published code, fed means over them it is TRL 1.16,
    which asked IPO's authors. A beta of one means something else to the other: 1/(2 beta) is the margin an answer, or a token.
    """
    return dpo_loss(chosen_logratios, rejected_logratios, beta, Link.SQUARED)


def kto_loss(
    chosen_logratios: Tensor,
    rejected_logratios: Tensor,
    kl: Tensor | float,
    beta: float,
    desirable_weight: float = 1.0,
    undesirable_weight: float = 1.0,
) -> Tensor:
    """Kahneman-Tversky Optimization, unpaired (arXiv 2402.01306, equation 8; as in TRL).

    Mean over all M + N answers of w_D (1 − σ(beta (c − z))) and w_U (1 − σ(beta (z − r))), with z = max(kl, 0) and no gradient
    through z. Either side may be empty, not both.
    """
    check_positive("beta", beta, "0.1")
    chosen, rejected = _wide("chosen_logratios", chosen_logratios), _wide("rejected_logratios", rejected_logratios)
    if len(chosen) + len(rejected) == 0:
        raise ValueError("a KTO batch needs at least one answer, got none")
    anchor = torch.as_tensor(kl, dtype=chosen.dtype, device=chosen.device).detach().clamp(min=0)
    liked = desirable_weight * (1 - (beta * (chosen - anchor)).sigmoid())
    disliked = undesirable_weight * (1 - (beta * (anchor - rejected)).sigmoid())
    return torch.cat([liked, disliked]).mean()


def simpo_loss(chosen_logprobs: Tensor, rejected_logprobs: Tensor, beta: float, gamma: float) -> Tensor:
    """Simple Preference Optimization, paired: mean of −log σ(beta · (p_i − q_i) − gamma) (arXiv 2405.14734, equation 6).

    As in TRL. There is no reference: p (M,) and q (M,) are the policy's mean log-probabilities a token of the chosen and the
    rejected answers, in nats. `gamma`, at least 0, is the margin by which a chosen answer shall lead; beta is a scale
    alone (2 to 2.5 is usual).
    """
    check_positive("beta", beta, "2")
    if not (math.isfinite(gamma) and gamma >= 0):
        raise ValueError(f"gamma must be finite and at least 0, got {gamma}; try 1")
    return -F.logsigmoid(beta * _own_margins(chosen_logprobs, rejected_logprobs) - gamma).mean()


def bco_loss(chosen_logratios: Tensor, rejected_logratios: Tensor, beta: float, delta: Tensor | float | None = None) -> Tensor:
    """Binary Classifier Optimization, unpaired (arXiv 2404.04656), without its weights for prompts that differ between sides.

    Mean over all M + N answers of −log σ(beta · c − δ) and −log σ(δ − beta · r). No gradient flows through δ, the middle between
    the mean rewards of both sides. Unless `delta` is given it is this batch's own: the paper's and TRL's is a running mean, so
    theirs knows earlier batches and does not cancel what all rewards of one batch share. With M = N = 1 it is DPO with beta / 2.
    """
    check_positive("beta", beta, "0.1")
    liked, disliked = _wide("chosen_logratios", chosen_logratios), _wide("rejected_logratios", rejected_logratios)
    if len(liked) == 0 or len(disliked) == 0:
        raise ValueError(f"a BCO batch needs liked and disliked answers, got M = {len(liked)} and N = {len(disliked)}")
    middle = beta * (liked.mean() + disliked.mean()) / 2 if delta is None else torch.as_tensor(delta).to(liked)
    shift = middle.detach()
    return -F.logsigmoid(torch.cat([beta * liked - shift, shift - beta * disliked])).mean()


def centre(chosen: Tensor, rejected: Tensor) -> tuple[Tensor, Tensor]:
    """Log-ratios less each pair's mean, so that d_ij is free of any constant of a prompt: (c_i − r_i)/2 + (c_j − r_j)/2."""
    middle = (chosen + rejected) / 2
    return chosen - middle, rejected - middle


def margin_matrix(chosen_logratios: Tensor, rejected_logratios: Tensor) -> Tensor:
    """Margins d_ij = c_i − r_j, (M, N)."""
    chosen, rejected = _wide("chosen_logratios", chosen_logratios), _wide("rejected_logratios", rejected_logratios)
    if len(chosen) == 0 or len(rejected) == 0:
        raise ValueError(
            f"a contrast needs both sides, got M = {len(chosen)} chosen and N = {len(rejected)} rejected; compose batches of both"
        )
    return chosen[:, None] - rejected[None, :]


def _own_margins(chosen: Tensor, rejected: Tensor) -> Tensor:
    chosen, rejected = _wide("chosen_logratios", chosen), _wide("rejected_logratios", rejected)
    if chosen.shape != rejected.shape or len(chosen) == 0:
        raise ValueError(
            f"paired losses need as many chosen as rejected answers, at least one; got {len(chosen)} and {len(rejected)}"
        )
    return chosen - rejected


def _wide(name: str, values: Tensor) -> Tensor:
    if values.ndim != 1:
        raise ValueError(f"{name} must be one number an answer, (M,) or (N,); got shape {tuple(values.shape)}")
    return values.to(torch.promote_types(values.dtype, torch.float32))
