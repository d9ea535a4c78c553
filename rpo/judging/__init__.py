"""What a language model says of the same comparisons, what it costs, and whether people agree."""

from rpo.judging.alpaca import LARGEST, Taken, command, model_outputs, take_in
from rpo.judging.budget import Purse, Spent
from rpo.judging.cache import Archive
from rpo.judging.endpoints.endpoint import KEY, Endpoint
from rpo.judging.instruction import DIALOGUE, SUMMARY, Instruction
from rpo.judging.job import Estimate, Judging, Plan, begin, estimate, judgings, questions, troubles
from rpo.judging.judges import ABOUT, Askable, Imported, Known, Rule
from rpo.judging.types import Opinion, Outcome, Question
from rpo.judging.verdicts import Lean, Orders, Ruling, heard, orders, rulings, votes
from rpo.judging.vs_humans import VERDICTS, Beside, Differing, Measure, beside
from rpo.judging.weighted import WinRate, unsaid, weighted, win_rate

__all__ = [
    "ABOUT",
    "DIALOGUE",
    "KEY",
    "LARGEST",
    "SUMMARY",
    "VERDICTS",
    "Archive",
    "Askable",
    "Beside",
    "Differing",
    "Endpoint",
    "Estimate",
    "Imported",
    "Instruction",
    "Judging",
    "Known",
    "Lean",
    "Measure",
    "Opinion",
    "Orders",
    "Outcome",
    "Plan",
    "Purse",
    "Question",
    "Rule",
    "Ruling",
    "Spent",
    "Taken",
    "WinRate",
    "begin",
    "beside",
    "command",
    "estimate",
    "heard",
    "judgings",
    "model_outputs",
    "orders",
    "questions",
    "rulings",
    "take_in",
    "troubles",
    "unsaid",
    "votes",
    "weighted",
    "win_rate",
]
