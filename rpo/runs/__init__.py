"""A run as its folder on disk: started, followed, stopped, compared. The folder is the truth.

Importing this is cheap: torch, transformers and peft come with the first call that needs them.
"""

from rpo.runs.affected import doubt
from rpo.runs.answers import AnswerPair, answered, answering, askable, pairs, pairs_of_two, request, told
from rpo.runs.backends.backend import HERE, Here, Place, RayCluster
from rpo.runs.data import data_of
from rpo.runs.diagnostics import Alarm, alarms, notes
from rpo.runs.inputs import unchecked
from rpo.runs.launch import resume, start
from rpo.runs.needs import Need, need
from rpo.runs.run import Run, all_runs, titles
from rpo.runs.sweep import Cell, Sweep, compare, grid, sweeps
from rpo.runs.sweep import start as start_sweep
from rpo.runs.sweep import time_of as sweep_time
from rpo.runs.timing import estimated

__all__ = [
    "HERE",
    "Alarm",
    "AnswerPair",
    "Cell",
    "Here",
    "Need",
    "Place",
    "RayCluster",
    "Run",
    "Sweep",
    "alarms",
    "all_runs",
    "answered",
    "answering",
    "askable",
    "compare",
    "data_of",
    "doubt",
    "estimated",
    "grid",
    "need",
    "notes",
    "pairs",
    "pairs_of_two",
    "request",
    "resume",
    "start",
    "start_sweep",
    "sweep_time",
    "sweeps",
    "titles",
    "told",
    "unchecked",
]
