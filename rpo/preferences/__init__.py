"""What people preferred: types, sources, the embedded data set."""

from rpo.preferences.containers import KINDS
from rpo.preferences.dialogue import Role, Turn, brief, headline, last_turn, transcript, turns
from rpo.preferences.embedded import Directness, directness
from rpo.preferences.guesses import Way, guess, guess_better, guess_held_out, way_of
from rpo.preferences.mapping import Columns
from rpo.preferences.scores import SCORES, readable, score_of, scores
from rpo.preferences.sources import (
    EMBEDDED,
    EMBEDDED_LOG,
    Peek,
    add,
    at_hand,
    load,
    peek,
    shelf,
    text_columns,
    trial,
)
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
    "SCORES",
    "Broken",
    "Columns",
    "Directness",
    "Judged",
    "Kind",
    "Peek",
    "Preference",
    "PreferenceSet",
    "Role",
    "Turn",
    "Way",
    "add",
    "at_hand",
    "brief",
    "directness",
    "guess",
    "guess_better",
    "guess_held_out",
    "headline",
    "last_turn",
    "load",
    "peek",
    "readable",
    "score_of",
    "scores",
    "shelf",
    "sides",
    "text_columns",
    "transcript",
    "trial",
    "turns",
    "way_of",
]
