"""The contrast of one batch and of many before any run: a batch as a run composes it, tau, and the draft of a run.

Importing this is cheap: torch comes with the first name that needs it (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rpo.tuning.choice import SIZES, TOY, WINDOW, Tuning, asked, margins_of, refused
from rpo.tuning.drafts import Draft, draft_on
from rpo.tuning.sample import MOST, Sample, cosines, first_batch, picked, ratios_of, smaller_side

if TYPE_CHECKING:
    from rpo.tuning.advice import Advice, Kinship, Outlook, advise, agreement, curves, kinship, outlook, same_tau

WITH_TORCH = ("Advice", "Kinship", "Outlook", "advise", "agreement", "curves", "kinship", "outlook", "same_tau")

__all__ = [
    "MOST",
    "SIZES",
    "TOY",
    "WINDOW",
    "Advice",
    "Draft",
    "Kinship",
    "Outlook",
    "Sample",
    "Tuning",
    "advise",
    "agreement",
    "asked",
    "cosines",
    "curves",
    "draft_on",
    "first_batch",
    "kinship",
    "margins_of",
    "outlook",
    "picked",
    "ratios_of",
    "refused",
    "same_tau",
    "smaller_side",
]


def __getattr__(name: str) -> Any:
    """What needs torch, from where it lives."""
    if name not in WITH_TORCH:
        raise AttributeError(f"module 'rpo.tuning' has no name {name!r}")
    return getattr(import_module("rpo.tuning.advice"), name)
