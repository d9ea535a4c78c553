"""Links: what a loss makes of a margin d, here of any shape and in nats. DPO's and the RPO paper's is the log-sigmoid.

A link can allow for pairs whose two answers are the wrong way round (`noise`). Not the weights of margins: those are in `losses`.
"""

import math
from collections.abc import Callable
from enum import StrEnum

import torch.nn.functional as F
from torch import Tensor

from rpo.contrast.weights import check_positive


class Link(StrEnum):
    """The loss of one margin: how far it pushes a pair whose margin is wide already."""

    SIGMOID = "sigmoid"
    HINGE = "hinge"
    SQUARED = "squared"


def link_losses(margins: Tensor, beta: float, link: Link | str = Link.SIGMOID, noise: float = 0.0) -> Tensor:
    """ℓ(d) of each margin, in the margins' shape; −log σ(beta · d) unless something else is asked for.

    Args:
        margins: differences of log-ratios in nats.
        beta: strength of the pull to the reference, positive (0.1 is usual).
        link: `sigmoid`: −log σ(beta · d) (DPO, arXiv 2305.18290, equation 7). `hinge`: max(0, 1 − beta · d) (SLiC, arXiv
            2305.10425, as TRL has it), which leaves a pair alone from a margin of 1/beta. `squared`: (d − 1/(2 beta))² (IPO,
            arXiv 2310.12036, equation 17), which pulls a margin that is wider back.
        noise: ε, the share of pairs thought to be the wrong way round, from 0 to below 0.5. The loss is then
            ((1 − ε) ℓ(d) − ε ℓ(−d)) / (1 − 2ε), whose mean over such pairs is that of ℓ over the right ones (arXiv 2403.00409,
            equation 12, for the log-sigmoid). It has no lower bound.

    Raises:
        ValueError: for a beta that is not positive, a noise outside of its range, or a link that is none.
    """
    check_positive("beta", beta, "0.1")
    if not (math.isfinite(noise) and 0 <= noise < 0.5):
        raise ValueError(f"noise must be at least 0 and below 0.5, got {noise}; try 0.1")
    plain = LINKS[Link(link)]
    if not noise:
        return plain(margins, beta)
    return ((1 - noise) * plain(margins, beta) - noise * plain(-margins, beta)) / (1 - 2 * noise)


def _sigmoid(margins: Tensor, beta: float) -> Tensor:
    return -F.logsigmoid(beta * margins)


def _hinge(margins: Tensor, beta: float) -> Tensor:
    return (1 - beta * margins).relu()


def _squared(margins: Tensor, beta: float) -> Tensor:
    return (margins - 1 / (2 * beta)).square()


LINKS: dict[Link, Callable[[Tensor, float], Tensor]] = {Link.SIGMOID: _sigmoid, Link.HINGE: _hinge, Link.SQUARED: _squared}
