"""Runs read back as they went: what each had learned at what distance from its reference, and how a batch's margins grew.

Importing this is cheap: torch comes with the first call that needs it.
"""

from rpo.courses.course import Course, Evaluation, courses_of
from rpo.courses.equal_kl import AtEqualKl, CourseDifference, EqualKl, difference, equal_kl
from rpo.courses.playback import Replay, replay

__all__ = [
    "AtEqualKl",
    "Course",
    "CourseDifference",
    "EqualKl",
    "Evaluation",
    "Replay",
    "courses_of",
    "difference",
    "equal_kl",
    "replay",
]
