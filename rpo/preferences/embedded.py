"""The embedded data set: small everyday questions, each with an answer to prefer and one to reject.

Data card
    What: 260 prompts in 20 everyday topics (13 each), every one with a chosen and a rejected answer of 25 to 44 words; 140
    further prompts (7 a topic) without answers, for blind panels; a log of 80 answers (4 a topic), half liked, half not, on
    prompts of their own.
    Principle: *answer first, concrete, short* is preferred to *vague and rambling*. Length is nearly shared: 35 words on average
    for chosen answers, 38 for rejected ones. Rejected answers are useless rather than false or rude.
    How: written for this project, item by item. Inside a topic some prompts ask the same thing in other words, others are
    related, so that real neighbourhoods exist.
    Split: fixed and by prompt: 200 pairs to train on, 60 to measure on; with the 140 bare prompts 200 are held out.
    Rule: `directness` scores an answer by four checks anyone can repeat, written while looking at training rows only. Mean score
    of chosen and rejected answers: 0.99 and 0.27 on the training rows, 1.00 and 0.29 on the held-out ones.
    Log split: 60 rows to train on (30 liked), 20 held out (10 liked).
    Limits: English, one writer's voice, household common sense; the rule rewards a figure and cannot tell whether it is right.
    Licence: the project's own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from rpo.preferences.types import Judged, Kind, Preference, PreferenceSet

PAIRS_NAME, LOG_NAME = "embedded", "embedded-log"
FOLDER = Path(__file__).parent / "embedded_data"
MOST_WORDS = 70  # the longest answer that still counts as short

EARLY = 20  # words within which an answer that comes first has shown a figure
VERDICT = re.compile(r"^\W*(yes|no)\b", re.IGNORECASE)
HEDGES = re.compile(
    r"\b(depends?|depending|var(y|ies|ied)|generally|typically|various|variety|perhaps|maybe|might|may (be|want|need|or)|"
    r"(many|some|most|all|lots of|different) (of )?(people|ways|things|factors|kinds|sorts|opinions|reasons)|somewhat|"
    r"a (number|range|lot) of|(it'?s|it is|it can be) (important|essential|crucial|always|hard|difficult|best|wise|easy)|"
    r"important|essential|crucial|consider(ing)?|keep in mind|no (single|right)|one-size|overwhelming|journey|in the end|"
    r"good idea|a (matter|question) of|everyone|everybody|no one|nobody|personal|possible|possibly|probably|what works|"
    r"step-by-step|i'm (sorry|not sure))\b",
    re.IGNORECASE,
)
MARKUP = re.compile(r"\*\*|^\s*(#+|[-*]|\d+[.)])\s", re.MULTILINE)


@dataclass(frozen=True)
class Directness:
    """The documented rule: four checks of an answer's manner, none of its truth."""

    opens: bool
    """The answer comes first: a figure within its first 20 words, or a plain yes or no."""
    concrete: bool
    """It holds a figure: a digit."""
    plain: bool
    """It does not hedge, and it is prose: no list, heading or bold."""
    short: bool
    """At most 70 words, and it ends as a sentence does."""

    @property
    def score(self) -> float:
        """Share of the four checks that hold."""
        return (self.opens + self.concrete + self.plain + self.short) / 4


def directness(answer: str) -> Directness:
    """Score how directly an answer answers, by its manner alone."""
    text = answer.strip()
    prose = MARKUP.sub("", text)
    return Directness(
        opens=VERDICT.search(text) is not None or _has_figure(" ".join(prose.split()[:EARLY])),
        concrete=_has_figure(prose),
        plain=bool(text) and HEDGES.search(text) is None and MARKUP.search(text) is None,
        short=0 < len(text.split()) <= MOST_WORDS and text.endswith((".", "!", "?")),
    )


def _has_figure(text: str) -> bool:
    return re.search(r"\d", text) is not None


def load_embedded(name: str) -> PreferenceSet:
    """The embedded pairs (`embedded`) or the winner/loser log (`embedded-log`)."""
    return _log() if name == LOG_NAME else _pairs()


@lru_cache(maxsize=1)
def _pairs() -> PreferenceSet:
    raw = list(_records("pairs.jsonl"))
    pairs = [Preference(r["prompt"], r["chosen"], r["rejected"], PAIRS_NAME, r["topic"]) for r in raw]
    columns = {
        field: [getattr(pair, field) for pair in pairs] for field in ("id", "prompt", "chosen", "rejected", "source", "slice")
    }
    rows = _dataset({**columns, "split": [r["split"] for r in raw]})
    spare, topics = zip(*((record["prompt"], record["topic"]) for record in _records("panel.jsonl")), strict=True)
    return PreferenceSet(PAIRS_NAME, Kind.PAIRED, rows, (), len(raw), spare, topics)


@lru_cache(maxsize=1)
def _log() -> PreferenceSet:
    raw = list(_records("log.jsonl"))
    judged = [Judged(r["prompt"], r["answer"], r["liked"], LOG_NAME, r["topic"]) for r in raw]
    columns = {field: [getattr(one, field) for one in judged] for field in ("id", "prompt", "answer", "liked", "source", "slice")}
    return PreferenceSet(LOG_NAME, Kind.UNPAIRED, _dataset({**columns, "split": [r["split"] for r in raw]}), (), len(raw))


def _dataset(columns: dict[str, list[Any]]) -> Any:
    from datasets import Dataset

    return Dataset.from_dict(columns)


def _records(name: str) -> Iterator[dict[str, Any]]:
    yield from map(orjson.loads, (FOLDER / name).read_bytes().splitlines())
