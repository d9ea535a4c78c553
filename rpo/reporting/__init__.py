"""What is written of a panel, to be copied; each number is from the object that the page shows. Not the figures: `statistics`."""

from rpo.reporting.figure import Vector, figure_of
from rpo.reporting.findings import Findings, JudgeFound, find
from rpo.reporting.heds import Item, datasheet, heds_json
from rpo.reporting.limitations import limitations_of
from rpo.reporting.methods import methods_of
from rpo.reporting.sentence import first_sentence
from rpo.reporting.table import escaped, table_of

__all__ = [
    "Findings",
    "Item",
    "JudgeFound",
    "Vector",
    "datasheet",
    "escaped",
    "figure_of",
    "find",
    "first_sentence",
    "heds_json",
    "limitations_of",
    "methods_of",
    "table_of",
]
