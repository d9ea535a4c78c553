"""The contrast of one batch and of many before any run: a batch as a run composes it, tau, and the draft of a run.

Importing this is cheap: torch comes with the first name that needs it (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rpo.tuning.address import from_address, refused
from rpo.tuning.choice import BATCH_SIZES, TOY, UNTRAINED_MARGINS, WINDOW, Tuning, margins_of
from rpo.tuning.display import CloserLook, Display, display_of, misread_display
from rpo.tuning.drafts import Draft, draft_on
from rpo.tuning.point import POINT_WORDS, Point, point_of
from rpo.tuning.pool import Picked, Pool
from rpo.tuning.reading import LIMITS, SENTENCE, in_figures, sentence
from rpo.tuning.sample import MOST_A_SIDE, Sample, contrast_of, cosines, first_batch, picked, ratios_of, smaller_side

if TYPE_CHECKING:
    from rpo.tuning.advice import (
        Advice,
        BatchCosines,
        Relatedness,
        advise,
        batch_cosines,
        curves,
        encoder_agreement,
        relatedness,
        same_tau,
    )
    from rpo.tuning.outlook import batches_in_words, batches_seen, curves_of
    from rpo.tuning.plane import Nearest, band_of, nearest_tau, path_of, random_path, same_point, shares_at
    from rpo.tuning.scored import Contradictions, contradictions

WITH_TORCH = {
    "rpo.tuning.advice": (
        "Advice",
        "Relatedness",
        "BatchCosines",
        "advise",
        "encoder_agreement",
        "curves",
        "relatedness",
        "batch_cosines",
        "same_tau",
    ),
    "rpo.tuning.outlook": ("batches_seen", "curves_of", "batches_in_words"),
    "rpo.tuning.scored": ("Contradictions", "contradictions"),
    "rpo.tuning.plane": ("Nearest", "band_of", "nearest_tau", "path_of", "random_path", "same_point", "shares_at"),
}

__all__ = [
    "BATCH_SIZES",
    "LIMITS",
    "MOST_A_SIDE",
    "POINT_WORDS",
    "SENTENCE",
    "TOY",
    "UNTRAINED_MARGINS",
    "WINDOW",
    "Advice",
    "BatchCosines",
    "CloserLook",
    "Contradictions",
    "Display",
    "Draft",
    "Nearest",
    "Picked",
    "Point",
    "Pool",
    "Relatedness",
    "Sample",
    "Tuning",
    "advise",
    "band_of",
    "batch_cosines",
    "batches_in_words",
    "batches_seen",
    "contradictions",
    "contrast_of",
    "cosines",
    "curves",
    "curves_of",
    "display_of",
    "draft_on",
    "encoder_agreement",
    "first_batch",
    "from_address",
    "in_figures",
    "margins_of",
    "misread_display",
    "nearest_tau",
    "path_of",
    "picked",
    "point_of",
    "random_path",
    "ratios_of",
    "refused",
    "relatedness",
    "same_point",
    "same_tau",
    "sentence",
    "shares_at",
    "smaller_side",
]


def __getattr__(name: str) -> Any:
    """What needs torch, from where it lives."""
    home = next((module for module, names in WITH_TORCH.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'rpo.tuning' has no name {name!r}")
    return getattr(import_module(home), name)
