"""Runs as a list: what each is doing in words, its name and best step, what tells it from others, and how it is deleted."""

from rpo.runs.listed.best import run_of_best
from rpo.runs.listed.label import give_label
from rpo.runs.listed.removal import delete
from rpo.runs.listed.row import RunRow, found_by, run_rows, settings_that_differ
from rpo.runs.listed.standing import Standing, standing_of

__all__ = [
    "RunRow",
    "Standing",
    "delete",
    "found_by",
    "give_label",
    "run_of_best",
    "run_rows",
    "settings_that_differ",
    "standing_of",
]
