"""The contrast of one batch and of many before any run: a batch as a run composes it, tau, and the draft of a run.

Importing this is cheap: torch comes with the first name that needs it (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rpo.tuning.choice import BATCH_SIZES, TOY, WINDOW, Tuning, from_address, margins_of, refused
from rpo.tuning.drafts import Draft, draft_on
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

WITH_TORCH = (
    "Advice",
    "Relatedness",
    "BatchCosines",
    "advise",
    "encoder_agreement",
    "curves",
    "relatedness",
    "batch_cosines",
    "same_tau",
)

__all__ = [
    "BATCH_SIZES",
    "MOST_A_SIDE",
    "TOY",
    "WINDOW",
    "Advice",
    "BatchCosines",
    "Draft",
    "Relatedness",
    "Sample",
    "Tuning",
    "advise",
    "batch_cosines",
    "contrast_of",
    "cosines",
    "curves",
    "draft_on",
    "encoder_agreement",
    "first_batch",
    "from_address",
    "margins_of",
    "picked",
    "ratios_of",
    "refused",
    "relatedness",
    "same_tau",
    "smaller_side",
]


def __getattr__(name: str) -> Any:
    """What needs torch, from where it lives."""
    if name not in WITH_TORCH:
        raise AttributeError(f"module 'rpo.tuning' has no name {name!r}")
    return getattr(import_module("rpo.tuning.advice"), name)
