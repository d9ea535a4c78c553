"""What a language model says of the same comparisons, what it costs, and whether people agree."""

from rpo.judging.alpaca import LARGEST_UPLOAD, Taken, command, model_outputs, take_in
from rpo.judging.budget import Budget, PaidCalls, Spent, paid_calls
from rpo.judging.cache import JudgementCache
from rpo.judging.endpoints.endpoint import KEY, Endpoint
from rpo.judging.instruction import DIALOGUE_INSTRUCTION, SUMMARY_INSTRUCTION, Instruction
from rpo.judging.job import Judging, JudgingCost, Plan, begin, judging_cost, judgings, questions, troubles
from rpo.judging.judges import ABOUT_THE_RULE, Askable, Imported, Known, RuleJudge
from rpo.judging.people import (
    VERDICT_NAMES,
    Differing,
    JudgeVsHumans,
    Measured,
    judge_vs_humans,
    measured_agreement,
    of_the_same,
    verdicts_on,
    with_raters,
)
from rpo.judging.types import Opinion, Outcome, Question
from rpo.judging.verdicts import Lean, Orders, PairVerdict, both_orders, judge_votes, orders, pair_verdicts
from rpo.judging.weighted import WinRate, unsaid, weighted, win_rate

__all__ = [
    "ABOUT_THE_RULE",
    "DIALOGUE_INSTRUCTION",
    "KEY",
    "LARGEST_UPLOAD",
    "SUMMARY_INSTRUCTION",
    "VERDICT_NAMES",
    "Askable",
    "Budget",
    "Differing",
    "Endpoint",
    "Imported",
    "Instruction",
    "JudgeVsHumans",
    "JudgementCache",
    "Judging",
    "JudgingCost",
    "Known",
    "Lean",
    "Measured",
    "Opinion",
    "Orders",
    "Outcome",
    "PaidCalls",
    "PairVerdict",
    "Plan",
    "Question",
    "RuleJudge",
    "Spent",
    "Taken",
    "WinRate",
    "begin",
    "both_orders",
    "command",
    "judge_votes",
    "judge_vs_humans",
    "judging_cost",
    "judgings",
    "measured_agreement",
    "model_outputs",
    "of_the_same",
    "orders",
    "paid_calls",
    "pair_verdicts",
    "questions",
    "take_in",
    "troubles",
    "unsaid",
    "verdicts_on",
    "weighted",
    "win_rate",
    "with_raters",
]
