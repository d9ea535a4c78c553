"""What people preferred: types, sources, the embedded data set."""

from rpo.preferences.embedded import Directness, directness
from rpo.preferences.scores import SCORES, Side, readable, scores, sides
from rpo.preferences.sources import EMBEDDED, EMBEDDED_LOG, add, at_hand, load, peek_columns, shelf
from rpo.preferences.types import (
    Broken,
    Judged,
    Kind,
    Preference,
    PreferenceSet,
    Role,
    Turn,
    brief,
    headline,
    last_turn,
    transcript,
    turns,
)

__all__ = [
    "EMBEDDED",
    "EMBEDDED_LOG",
    "SCORES",
    "Broken",
    "Directness",
    "Judged",
    "Kind",
    "Preference",
    "PreferenceSet",
    "Role",
    "Side",
    "Turn",
    "add",
    "at_hand",
    "brief",
    "directness",
    "headline",
    "last_turn",
    "load",
    "peek_columns",
    "readable",
    "scores",
    "shelf",
    "sides",
    "transcript",
    "turns",
]
