"""What people preferred: types, sources, the embedded data set."""

from rpo.preferences.dialogue import Role, Turn, View, brief, headline, last_turn, one_line, transcript, turns
from rpo.preferences.embedded import Directness, directness
from rpo.preferences.files.containers import FILE_KINDS
from rpo.preferences.formats.guesses import Way, guess, guess_better, guess_held_out, way_of
from rpo.preferences.formats.mapping import ColumnMapping
from rpo.preferences.others import others_chosen
from rpo.preferences.scores import SCORES, answer_scores, readable, score_of, scores
from rpo.preferences.sources import EMBEDDED, EMBEDDED_LOG, Peek, add, at_hand, data_folder, load, peek, text_columns, tried
from rpo.preferences.subset import keep_part, part_name, part_of
from rpo.preferences.types import Judged, Kind, Preference, PreferenceSet, Skipped, sides

__all__ = [
    "EMBEDDED",
    "EMBEDDED_LOG",
    "FILE_KINDS",
    "SCORES",
    "ColumnMapping",
    "Directness",
    "Judged",
    "Kind",
    "Peek",
    "Preference",
    "PreferenceSet",
    "Role",
    "Skipped",
    "Turn",
    "View",
    "Way",
    "add",
    "answer_scores",
    "at_hand",
    "brief",
    "data_folder",
    "directness",
    "guess",
    "guess_better",
    "guess_held_out",
    "headline",
    "keep_part",
    "last_turn",
    "load",
    "one_line",
    "others_chosen",
    "part_name",
    "part_of",
    "peek",
    "readable",
    "score_of",
    "scores",
    "sides",
    "text_columns",
    "transcript",
    "tried",
    "turns",
    "way_of",
]
