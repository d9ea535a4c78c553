"""What can be looked for in an answer: its words, its markdown, how it begins, a refusal, a question back, one's own expression.

Guesses by simple rules, made for English. List items, headings and bold are counted as in `rpo.statistics.style`.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import regex

from rpo.errors import RpoError
from rpo.preferences import brief
from rpo.reading.pairs import ReadPair
from rpo.statistics import Feature, Style, style_of

LONGEST_EXPRESSION = 200  # characters
PATIENCE = 2.0  # seconds that an expression may take over all answers
OPENING_WORDS, OPENINGS, FEWEST_OPENED = 2, 3, 4  # words of an opening; openings looked at; answers that begin so, at least
START = 300  # characters within which a refusal is said
REFUSAL = re.compile(
    r"\b(?:i(?:['’]m| am) (?:sorry|unable|not able|afraid)|i (?:can(?:['’]t|not)|won['’]t|must decline)|i apologi[sz]e"
    r"|as an ai\b|unfortunately,? i)",
    re.IGNORECASE,
)
ASKING = ("?", "？", "؟", "⸮")


@dataclass(frozen=True)
class Trait:
    """Something an answer has: so many of it where it is `counted`, else 1 or 0."""

    name: str
    of: Callable[[str], float]
    counted: bool = False


def words_in(text: str) -> int:
    """How many words a text has, parted by white space."""
    return len(text.split())


def refuses(text: str) -> bool:
    """Whether an answer seems to begin with a refusal or an apology."""
    return REFUSAL.search(text[:START]) is not None


def asks_back(text: str) -> bool:
    """Whether an answer ends with a question."""
    return text.rstrip(" \t\n\"'”’*_)").endswith(ASKING)


_style = lru_cache(maxsize=8192)(style_of)


def _counted(feature: Feature) -> Trait:
    return Trait(feature.value, lambda text: _count(_style(text), feature), counted=True)


def _count(style: Style, feature: Feature) -> float:
    return style.counts[feature]


TRAITS = (
    Trait("words", words_in, counted=True),
    _counted(Feature.LISTS),
    _counted(Feature.HEADINGS),
    _counted(Feature.BOLD),
    Trait("seems to refuse", refuses),
    Trait("ends with a question", asks_back),
)


def opening(text: str) -> str:
    """The first words of an answer, in small letters and without the marks around them."""
    return " ".join(word.strip(".,:;!?*#_\"'“”‘’()").casefold() for word in text.split(maxsplit=OPENING_WORDS)[:OPENING_WORDS])


def openings(pairs: Sequence[ReadPair]) -> tuple[Trait, ...]:
    """The most frequent first words of all answers as traits: chosen without a look at whose they are or who won."""
    often = Counter(opening(answer.text) for pair in pairs for answer in (pair.baseline, pair.candidate))
    common = [words for words, count in often.most_common(OPENINGS) if words and count >= FEWEST_OPENED]
    return tuple(Trait(f"begins “{words}”", lambda text, words=words: opening(text) == words) for words in common)


def values(trait: Trait, pairs: Sequence[ReadPair]) -> np.ndarray:
    """The trait in both answers of each pair, (P, 2), the baseline's first."""
    return np.array([[trait.of(pair.baseline.text), trait.of(pair.candidate.text)] for pair in pairs], float).reshape(-1, 2)


def expression(pattern: str, patience: float = PATIENCE) -> Trait:
    """Whether an answer has what a regular expression of one's own describes.

    Refuses an expression that is none, too long, or still at work after `patience` seconds over all answers that it is asked of.
    """
    if len(pattern) > LONGEST_EXPRESSION:
        raise RpoError(f"a regular expression may have {LONGEST_EXPRESSION} characters, this one has {len(pattern)}; shorten it")
    try:
        compiled = regex.compile(pattern, regex.MULTILINE)
    except (regex.error, OverflowError, RecursionError, MemoryError) as error:
        raise RpoError(f"a regular expression must be one, got {brief(pattern)}: {error}; correct it") from error
    end = time.monotonic() + patience

    def found(text: str) -> bool:
        try:
            return compiled.search(text, timeout=max(end - time.monotonic(), 1e-3), concurrent=True) is not None
        except TimeoutError as error:
            raise RpoError(
                f"a regular expression must be through all answers in {patience:g} s, {brief(pattern)} is not; "
                "take out repetitions within repetitions"
            ) from error

    return Trait(f"matches {pattern}", found)
