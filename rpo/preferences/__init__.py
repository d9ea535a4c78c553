"""What people preferred: types, sources, the embedded data set."""

from rpo.preferences.dialogue import Role, Turn, View, brief, headline, last_turn, transcript, turns
from rpo.preferences.embedded import Directness, directness
from rpo.preferences.files.containers import KINDS
from rpo.preferences.formats.guesses import Way, guess, guess_better, guess_held_out, way_of
from rpo.preferences.formats.mapping import Columns
from rpo.preferences.scores import SCORES, readable, score_of, scores
from rpo.preferences.sources import EMBEDDED, EMBEDDED_LOG, Peek, add, at_hand, load, peek, shelf, text_columns, trial
from rpo.preferences.subset import keep_part, part_name
from rpo.preferences.types import Broken, Judged, Kind, Preference, PreferenceSet, sides

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
    "View",
    "Way",
    "add",
    "at_hand",
    "brief",
    "directness",
    "guess",
    "guess_better",
    "guess_held_out",
    "headline",
    "keep_part",
    "last_turn",
    "load",
    "part_name",
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
