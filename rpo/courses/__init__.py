"""Runs read back as they went: what each had learned at what distance from its reference, and how a batch's margins grew.

Importing this is cheap: torch comes with the first call that needs it.
"""

from rpo.courses.before_after import BeforeAfter, Written, before_after
from rpo.courses.course import Course, Evaluation, courses_of, held_out_ends
from rpo.courses.equal_kl import AtEqualKl, CourseDifference, EqualKl, difference, equal_kl
from rpo.courses.latest import LatestFigure, latest_figures
from rpo.courses.playback import Replay, replay

__all__ = [
    "AtEqualKl",
    "BeforeAfter",
    "Course",
    "CourseDifference",
    "EqualKl",
    "Evaluation",
    "LatestFigure",
    "Replay",
    "Written",
    "before_after",
    "courses_of",
    "difference",
    "equal_kl",
    "held_out_ends",
    "latest_figures",
    "replay",
]
