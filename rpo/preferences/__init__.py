"""What people preferred: types, sources, the embedded data set."""

from rpo.preferences.containers import KINDS
from rpo.preferences.dialogue import Role, Turn, brief, headline, last_turn, transcript, turns
from rpo.preferences.embedded import Directness, directness
from rpo.preferences.sources import EMBEDDED, EMBEDDED_LOG, Peek, add, at_hand, load, peek, shelf, trial
from rpo.preferences.types import (
    Broken,
    Judged,
    Kind,
    Preference,
    PreferenceSet,
    sides,
)

__all__ = [
    "EMBEDDED",
    "EMBEDDED_LOG",
    "KINDS",
    "Broken",
    "Directness",
    "Judged",
    "Kind",
    "Peek",
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
    "peek",
    "shelf",
    "sides",
    "transcript",
    "trial",
    "turns",
]
