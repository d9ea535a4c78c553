"""The paper: contrast weights, losses, and the matrix that shows both. Pure torch in, torch out; no files, no models.

Relative Preference Optimization, Yin et al., arXiv 2402.10958. Axes: M chosen rows, N rejected columns, D embedding.
"""

from rpo.contrast.losses import Form, diagonal_loss, dpo_loss, ipo_loss, kto_loss, rpo_loss
from rpo.contrast.matrix import ContrastMatrix, contrast_matrix
from rpo.contrast.weights import contrast_weights, uniform_weights

__all__ = [
    "ContrastMatrix",
    "Form",
    "contrast_matrix",
    "contrast_weights",
    "diagonal_loss",
    "dpo_loss",
    "ipo_loss",
    "kto_loss",
    "rpo_loss",
    "uniform_weights",
]
