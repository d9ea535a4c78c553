"""Relative Preference Optimization (Yin et al., arXiv 2402.10958): the library behind the app.

The names below are what notebooks and scripts start from; each room holds more. Importing this package is cheap: a name brings
its room, and torch, transformers and their like come with the first call that needs them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rpo.components.notebook import show
    from rpo.contrast import ContrastMatrix, contrast_matrix, contrast_weights, dpo_loss, effective_contrasts, rpo_loss
    from rpo.embeddings import PromptMap, embed, neighbours
    from rpo.errors import RpoError
    from rpo.preferences import EMBEDDED, Judged, Preference, PreferenceSet, View, load
    from rpo.runs import AnswerPair, Run, start
    from rpo.runs import answer_pairs as answers
    from rpo.spec import PRESETS, RunSpec
    from rpo.statistics import Standings, standings
    from rpo.voting import Answer, Ballots, Choice, Comparison, Options, Vote, comparisons_from_rows

ROOMS = {
    "rpo.errors": ("RpoError",),
    "rpo.preferences": ("EMBEDDED", "Judged", "Preference", "PreferenceSet", "View", "load"),
    "rpo.embeddings": ("PromptMap", "embed", "neighbours"),
    "rpo.contrast": ("ContrastMatrix", "contrast_matrix", "contrast_weights", "dpo_loss", "effective_contrasts", "rpo_loss"),
    "rpo.spec": ("PRESETS", "RunSpec"),
    "rpo.runs": ("AnswerPair", "Run", "answer_pairs", "start"),
    "rpo.voting": ("Answer", "Ballots", "Choice", "Comparison", "Options", "Vote", "comparisons_from_rows"),
    "rpo.statistics": ("Standings", "standings"),
    "rpo.components.notebook": ("show",),
}
HERE = {"answer_pairs": "answers"}  # what is named otherwise in its room
HOMES = {HERE.get(name, name): (room, name) for room, names in ROOMS.items() for name in names}

__all__ = [
    "EMBEDDED",
    "PRESETS",
    "Answer",
    "AnswerPair",
    "Ballots",
    "Choice",
    "Comparison",
    "ContrastMatrix",
    "Judged",
    "Options",
    "Preference",
    "PreferenceSet",
    "PromptMap",
    "RpoError",
    "Run",
    "RunSpec",
    "Standings",
    "View",
    "Vote",
    "answers",
    "comparisons_from_rows",
    "contrast_matrix",
    "contrast_weights",
    "dpo_loss",
    "effective_contrasts",
    "embed",
    "load",
    "neighbours",
    "rpo_loss",
    "show",
    "standings",
    "start",
]


def __getattr__(name: str) -> Any:
    """A public name, from the room where it lives (PEP 562)."""
    if name not in HOMES:
        raise AttributeError(f"module 'rpo' has no name {name!r}")
    room, there = HOMES[name]
    return getattr(import_module(room), there)


def __dir__() -> list[str]:
    return sorted(__all__)
