"""What of an answer's looks is counted: its letters, and the list items, headings and bold words of its markdown.

The four are those of Chatbot Arena's style control (Li, Angelopoulos and Chiang 2024, lmsys.org/blog/2024-08-28-style-control),
which counts tokens where this counts letters. What stands in a fenced block of code is no markdown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

FENCED = re.compile(r"^\s*```.*?(?:^\s*```|\Z)", re.MULTILINE | re.DOTALL)


class Feature(Enum):
    """A countable part of how an answer looks, named as pages name it."""

    LENGTH = "length"
    LISTS = "list items"
    HEADINGS = "headings"
    BOLD = "bold"


PATTERNS: Mapping[Feature, re.Pattern[str]] = {
    Feature.LISTS: re.compile(r"^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S", re.MULTILINE),
    Feature.HEADINGS: re.compile(r"^ {0,3}#{1,6}[ \t]+\S", re.MULTILINE),
    Feature.BOLD: re.compile(r"\*\*(?=\S)[^*\n]+\*\*|(?<!\w)__(?=\S)[^_\n]+__(?!\w)"),
}


@dataclass(frozen=True)
class Style:
    """How often each feature is found in one answer; its length is in letters."""

    counts: Mapping[Feature, int]


def style_of(text: str) -> Style:
    """Count the features of a text."""
    prose = FENCED.sub("", text)
    found = {feature: len(pattern.findall(prose)) for feature, pattern in PATTERNS.items()}
    return Style({Feature.LENGTH: len(text)} | found)
