"""The paper: contrast weights, losses, and the matrix that shows both. Pure torch in, torch out; no files, no models.

Relative Preference Optimization, Yin et al., arXiv 2402.10958. Axes: M chosen rows, N rejected columns, D embedding.
"""

from rpo.contrast.contradictions import ContradictedWeight, contradicted, contradicted_weight, leave_out
from rpo.contrast.dials import DialWeights, dial_weights
from rpo.contrast.gradient import (
    WIDE,
    GradientShares,
    MarginsOverTraining,
    cell_gradients,
    margins_over_training,
    over_training,
)
from rpo.contrast.laws import first_push, gradient_of_size, limits, own_weight, reward_margins
from rpo.contrast.links import Link, link_losses
from rpo.contrast.losses import (
    DIAGONAL_SHARE,
    Form,
    bco_loss,
    centre,
    diagonal_loss,
    dpo_loss,
    ipo_loss,
    kto_loss,
    rpo_loss,
    simpo_loss,
)
from rpo.contrast.matrix import ContrastMatrix, contrast_matrix
from rpo.contrast.shares import Shares, TauPath, random_others, random_shares, random_tau_path, shares, tau_path
from rpo.contrast.temperature import TauCurves, tau_curves, tau_for
from rpo.contrast.weights import contrast_weights, cosine_matrix, effective_contrasts, uniform_weights, weights_of_cosines

__all__ = [
    "DIAGONAL_SHARE",
    "WIDE",
    "ContradictedWeight",
    "ContrastMatrix",
    "DialWeights",
    "Form",
    "GradientShares",
    "Link",
    "MarginsOverTraining",
    "Shares",
    "TauCurves",
    "TauPath",
    "bco_loss",
    "cell_gradients",
    "centre",
    "contradicted",
    "contradicted_weight",
    "contrast_matrix",
    "contrast_weights",
    "cosine_matrix",
    "diagonal_loss",
    "dial_weights",
    "dpo_loss",
    "effective_contrasts",
    "first_push",
    "gradient_of_size",
    "ipo_loss",
    "kto_loss",
    "leave_out",
    "limits",
    "link_losses",
    "margins_over_training",
    "over_training",
    "own_weight",
    "random_others",
    "random_shares",
    "random_tau_path",
    "reward_margins",
    "rpo_loss",
    "shares",
    "simpo_loss",
    "tau_curves",
    "tau_for",
    "tau_path",
    "uniform_weights",
    "weights_of_cosines",
]
