"""A judge and people on the same panel: how they compare, and what they say together."""

from rpo.judging.people.vs_humans import VERDICT_NAMES, Differing, JudgeVsHumans, Measured, judge_vs_humans
from rpo.judging.people.with_raters import measured_agreement, of_the_same, verdicts_on, with_raters

__all__ = [
    "VERDICT_NAMES",
    "Differing",
    "JudgeVsHumans",
    "Measured",
    "judge_vs_humans",
    "measured_agreement",
    "of_the_same",
    "verdicts_on",
    "with_raters",
]
