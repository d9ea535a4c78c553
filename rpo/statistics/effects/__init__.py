"""What prompts and raters each do to a score: their parts of its variance, and the interval for other raters like these."""

from rpo.statistics.effects.components import Components, Source, components
from rpo.statistics.effects.other_raters import OTHER_RATERS, RATERS, half_width, other_raters
from rpo.statistics.effects.spread import RaterSpread, rater_spread

__all__ = [
    "OTHER_RATERS",
    "RATERS",
    "Components",
    "RaterSpread",
    "Source",
    "components",
    "half_width",
    "other_raters",
    "rater_spread",
]
