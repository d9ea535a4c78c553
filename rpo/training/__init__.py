"""Runs in the background: a spec, a folder, a detached process, and the loop it runs.

Importing this is cheap; torch, transformers and peft come with `rpo.training.loop` and what it imports.
"""

from rpo.training.alarms import Alarm, alarms
from rpo.training.answers import AnswerPair, answering, pairs, request, told
from rpo.training.batches import Batching
from rpo.training.launcher import Need, data_of, need, resume, start
from rpo.training.places import HERE, Here, Place, RayCluster
from rpo.training.presets import PAPER
from rpo.training.run import Run, runs
from rpo.training.spec import PRESETS, Control, Objective, Optimizer, RunSpec, Weighting
from rpo.training.sweep import Cell, Sweep, compare, grid, sweeps
from rpo.training.sweep import start as start_sweep

__all__ = [
    "HERE",
    "PAPER",
    "PRESETS",
    "Alarm",
    "AnswerPair",
    "Batching",
    "Cell",
    "Control",
    "Here",
    "Need",
    "Objective",
    "Optimizer",
    "Place",
    "RayCluster",
    "Run",
    "RunSpec",
    "Sweep",
    "Weighting",
    "alarms",
    "answering",
    "compare",
    "data_of",
    "grid",
    "need",
    "pairs",
    "request",
    "resume",
    "runs",
    "start",
    "start_sweep",
    "sweeps",
    "told",
]
