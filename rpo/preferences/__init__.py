"""What people preferred: types, sources, the embedded data set."""

from rpo.preferences.embedded import Directness, directness
from rpo.preferences.sources import EMBEDDED, EMBEDDED_LOG, add, at_hand, load, peek_columns, shelf, text_columns, trial
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
    sides,
    transcript,
    turns,
)

__all__ = [
    "EMBEDDED",
    "EMBEDDED_LOG",
    "Broken",
    "Directness",
    "Judged",
    "Kind",
    "Preference",
    "PreferenceSet",
    "Role",
    "Turn",
    "add",
    "at_hand",
    "brief",
    "directness",
    "headline",
    "last_turn",
    "load",
    "peek_columns",
    "shelf",
    "sides",
    "text_columns",
    "transcript",
    "trial",
    "turns",
]
