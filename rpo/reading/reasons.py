"""Why, in the raters' own words: how often the candidate wins where a tag was attached, or where a reason holds a word.

Which tags and words are looked at goes by how many prompts have them, never by who won there.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from rpo.reading.found import GroupFound, Grouping, groups_found
from rpo.reading.pairs import ReadPair, VoteRead
from rpo.statistics import Looks

MOST_REASON_WORDS, MOST_REASON_TAGS = 12, 12  # looked at: more would leave nothing after the correction
WORD_OF_REASON = re.compile(r"[^\W\d_]{3,}")  # letters of any script, three at least


def reasons_found(pairs: Sequence[ReadPair], look: Looks) -> tuple[GroupFound, ...]:
    """The candidate's win rate by tag, then by word of reasons; each prompt counts once, with its votes that have it."""
    tags = _commonest(_scores(pairs, lambda vote: vote.tags), MOST_REASON_TAGS)
    words = _commonest(_scores(pairs, reason_words), MOST_REASON_WORDS)
    return groups_found(Grouping.TAG, tags, look) + groups_found(Grouping.WORD, words, look)


def reason_words(vote: VoteRead) -> set[str]:
    """The words of a vote's reason, in small letters, without those of every sentence (English)."""
    if not vote.reason:
        return set()
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return set(WORD_OF_REASON.findall(vote.reason.casefold())) - ENGLISH_STOP_WORDS


def _scores(pairs: Sequence[ReadPair], names: Callable[[VoteRead], Iterable[str]]) -> Mapping[str, list[float]]:
    """For each name the candidate's mean outcome on each prompt, over the votes that have it."""
    found: dict[str, list[float]] = defaultdict(list)
    for pair in pairs:
        here: dict[str, list[float]] = defaultdict(list)
        for vote in pair.votes:
            for name in names(vote):
                here[name].append(vote.outcome)
        for name, outcomes in here.items():
            found[name].append(sum(outcomes) / len(outcomes))
    return found


def _commonest(found: Mapping[str, list[float]], most: int) -> dict[str, list[float]]:
    order = sorted(found, key=lambda name: (-len(found[name]), name))
    return {name: found[name] for name in order[:most]}
