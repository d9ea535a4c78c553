"""A run as its folder on disk: started, followed, stopped, compared. The folder is the truth.

Importing this is cheap: torch, transformers and peft come with the first call that needs them.
"""

from rpo.runs.affected import doubt
from rpo.runs.answers import (
    AnswerPair,
    answer_pairs,
    answered,
    answering,
    askable,
    generations_table,
    pairs_of_two,
    request_answers,
)
from rpo.runs.backends.backend import THIS_MACHINE, Backend, Here, RayCluster
from rpo.runs.data import as_learned, data_of
from rpo.runs.diagnostics import Alarm, diagnose, notes
from rpo.runs.inputs import unchecked
from rpo.runs.launch import resume, start
from rpo.runs.listed import (
    RunRow,
    Standing,
    delete,
    found_by,
    give_label,
    run_of_best,
    run_rows,
    settings_that_differ,
    standing_of,
)
from rpo.runs.needs import Need, need
from rpo.runs.run import Run, all_runs, titles
from rpo.runs.sweep import Sweep, SweepCell, by_setting, compare, grid, sweeps
from rpo.runs.sweep import start_sweep as start_sweep
from rpo.runs.sweep import time_of as sweep_time
from rpo.runs.timing import estimated

__all__ = [
    "THIS_MACHINE",
    "Alarm",
    "AnswerPair",
    "Backend",
    "Here",
    "Need",
    "RayCluster",
    "Run",
    "RunRow",
    "Standing",
    "Sweep",
    "SweepCell",
    "all_runs",
    "answer_pairs",
    "answered",
    "answering",
    "as_learned",
    "askable",
    "by_setting",
    "compare",
    "data_of",
    "delete",
    "diagnose",
    "doubt",
    "estimated",
    "found_by",
    "generations_table",
    "give_label",
    "grid",
    "need",
    "notes",
    "pairs_of_two",
    "request_answers",
    "resume",
    "run_of_best",
    "run_rows",
    "settings_that_differ",
    "standing_of",
    "start",
    "start_sweep",
    "sweep_time",
    "sweeps",
    "titles",
    "unchecked",
]
