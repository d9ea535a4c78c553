"""What a score would be if the answers looked alike: at equal length, and with lists, headings and bold words alike too."""

from rpo.statistics.style.controlled import Effect, StyleControlled, style_controlled
from rpo.statistics.style.features import Feature, Style, style_of
from rpo.statistics.style.lengths import LengthAdjusted, length_adjusted

__all__ = ["Effect", "Feature", "LengthAdjusted", "Style", "StyleControlled", "length_adjusted", "style_controlled", "style_of"]
