"""One batch as the loss sees it: weights, margins and losses of all cells, and what they amount to."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from rpo.contrast.losses import Form, cell_losses, dpo_loss, margin_matrix
from rpo.contrast.weights import contrast_weights, effective_contrasts


@dataclass(frozen=True)
class ContrastMatrix:
    """Weights, margins (nats) and losses, each (M, N); tau means something only together with M, N and the encoder.

    tau is None where other things than one temperature set the weights.
    """

    weights: Tensor
    margins: Tensor
    losses: Tensor
    tau: float | None
    beta: float
    form: Form

    @classmethod
    def of(
        cls,
        weights: Tensor,
        chosen_logratios: Tensor,
        rejected_logratios: Tensor,
        tau: float | None,
        beta: float,
        form: Form | str = Form.INSIDE,
    ) -> "ContrastMatrix":
        """The matrix of weights (M, N) that are known, with log-ratios (M,) and (N,)."""
        margins = margin_matrix(chosen_logratios, rejected_logratios)
        return cls(weights, margins, cell_losses(margins, weights, beta, form), tau, beta, Form(form))

    @property
    def effective_contrasts(self) -> Tensor:
        """Of each row, exp(entropy): 1 when one rejected answer takes all, N when all weigh alike. (M,)."""
        return effective_contrasts(self.weights)

    @property
    def diagonal_share(self) -> float | None:
        """Mean weight of a prompt's own rejected answer; None unless M = N."""
        return float(self.weights.diagonal().mean()) if self._square else None

    @property
    def column_sums(self) -> Tensor:
        """Total weight each rejected answer receives, (N,); 1 on average times M/N."""
        return self.weights.sum(0)

    @property
    def gradient_scale(self) -> float | None:
        """Length of ∂L/∂(c, r) against that of DPO on the same log-ratios; None unless M = N.

        Adam hides this factor, gradient clipping and SGD do not. It shrinks with M in the inside form.
        """
        if not self._square:
            return None
        margins = self.margins.detach()
        chosen, rejected = margins[:, 0], margins[0, 0] - margins[0]  # up to one shared constant, which no loss sees
        return float(
            _length(chosen, rejected, lambda c, r: cell_losses(margin_matrix(c, r), self.weights, self.beta, self.form).mean())
            / _length(chosen, rejected, lambda c, r: dpo_loss(c, r, self.beta))
        )

    @property
    def _square(self) -> bool:
        return self.weights.shape[0] == self.weights.shape[1]


def contrast_matrix(
    chosen_vectors: Tensor,
    rejected_vectors: Tensor,
    tau: float,
    beta: float,
    chosen_logratios: Tensor | None = None,
    rejected_logratios: Tensor | None = None,
    form: Form | str = Form.INSIDE,
) -> ContrastMatrix:
    """The matrix of a batch: embeddings (M, D) and (N, D), log-ratios (M,) and (N,), which are 0 before training."""
    weights = contrast_weights(chosen_vectors, rejected_vectors, tau)
    chosen = weights.new_zeros(weights.shape[0]) if chosen_logratios is None else chosen_logratios
    rejected = weights.new_zeros(weights.shape[1]) if rejected_logratios is None else rejected_logratios
    return ContrastMatrix.of(weights, chosen, rejected, tau, beta, form)


def _length(chosen: Tensor, rejected: Tensor, loss: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    c, r = chosen.clone().requires_grad_(), rejected.clone().requires_grad_()
    return torch.cat(torch.autograd.grad(loss(c, r), (c, r))).square().sum().sqrt()
