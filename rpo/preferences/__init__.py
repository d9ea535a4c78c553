"""What people preferred: types, sources, the embedded data set."""

from rpo.preferences.dialogue import Role, Turn, brief, headline, last_turn, transcript, turns
from rpo.preferences.embedded import Directness, directness
from rpo.preferences.scores import SCORES, readable, score_of, scores
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
    "SCORES",
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
    "readable",
    "score_of",
    "scores",
    "shelf",
    "sides",
    "transcript",
    "trial",
    "turns",
]
