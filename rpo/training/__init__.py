"""Runs in the background: a spec, a folder, a detached process, and the loop it runs.

Importing this is cheap; torch, transformers and peft come with `rpo.training.loop` and what it imports.
"""

from rpo.training.advice import Advice, Kinship, Outlook, advise, agreement, curves, kinship, outlook, same_tau
from rpo.training.affected import doubt
from rpo.training.alarms import Alarm, alarms
from rpo.training.answers import AnswerPair, answered, answering, askable, pairs, request, told
from rpo.training.batches import Batching
from rpo.training.cuts import Cuts
from rpo.training.data import data_of
from rpo.training.drafts import Draft, draft_on
from rpo.training.inputs import unchecked
from rpo.training.launcher import resume, start
from rpo.training.needs import Need, need
from rpo.training.places import HERE, Here, Place, RayCluster
from rpo.training.presets import PAPER
from rpo.training.preview import MOST, Sample, cosines, picked, ratios_of, sample, smaller_side
from rpo.training.reading import Part, Piece, Reading
from rpo.training.report import Report, report
from rpo.training.run import Run, runs, titles
from rpo.training.span import Span
from rpo.training.spec import PRESETS, Control, Objective, Optimizer, RunSpec, Weighting
from rpo.training.sweep import Cell, Sweep, compare, grid, sweeps
from rpo.training.sweep import start as start_sweep
from rpo.training.sweep import time_of as sweep_time
from rpo.training.timing import estimated

__all__ = [
    "HERE",
    "MOST",
    "PAPER",
    "PRESETS",
    "Advice",
    "Alarm",
    "AnswerPair",
    "Batching",
    "Cell",
    "Control",
    "Cuts",
    "Draft",
    "Here",
    "Kinship",
    "Need",
    "Objective",
    "Optimizer",
    "Outlook",
    "Part",
    "Piece",
    "Place",
    "RayCluster",
    "Reading",
    "Report",
    "Run",
    "RunSpec",
    "Sample",
    "Span",
    "Sweep",
    "Weighting",
    "advise",
    "agreement",
    "alarms",
    "answered",
    "answering",
    "askable",
    "compare",
    "cosines",
    "curves",
    "data_of",
    "doubt",
    "draft_on",
    "estimated",
    "grid",
    "kinship",
    "need",
    "outlook",
    "pairs",
    "picked",
    "ratios_of",
    "report",
    "request",
    "resume",
    "runs",
    "same_tau",
    "sample",
    "smaller_side",
    "start",
    "start_sweep",
    "sweep_time",
    "sweeps",
    "titles",
    "told",
    "unchecked",
]
