"""Runs in the background: a spec, a folder, a detached process, and the loop it runs.

Importing this is cheap; torch, transformers and peft come with `rpo.training.loop` and `rpo.training.policy`.
"""

from rpo.training.answers import AnswerPair, answering, pairs, request
from rpo.training.launcher import check, resume, start
from rpo.training.run import Run, runs
from rpo.training.spec import PRESETS, Objective, RunSpec

__all__ = [
    "PRESETS",
    "AnswerPair",
    "Objective",
    "Run",
    "RunSpec",
    "answering",
    "check",
    "pairs",
    "request",
    "resume",
    "runs",
    "start",
]
