"""A panel's pairs as a file that LLM Comparator opens, by the schema of github.com/PAIR-code/llm-comparator (Kahng et al. 2024).

Model A is the candidate. Scores lie between 1.5 (A is better) and −1.5: three times the distance of the mean vote from a tie. A
vote's score is that of A whichever side it stood on; `is_flipped` says that A stood right.
"""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

import orjson

from rpo.reading.pairs import ReadPair, RulingRead, VoteRead
from rpo.reading.traits import TRAITS
from rpo.voting import Panel

FULL_WIN = 1.5  # the score of a win in LLM Comparator's format
COMPARATOR_FIELDS = (
    ("pair", "string"),
    ("slice", "category"),
    ("verdict", "category"),
    ("both_bad_votes", "number"),
    *((trait.name.replace(" ", "_"), "per_model_number" if trait.counted else "per_model_boolean") for trait in TRAITS),
    ("said_by", "per_rating_string"),
)


def comparator_json(panel: Panel, pairs: Sequence[ReadPair], titles: Mapping[str, str]) -> bytes:
    """The file's content; `titles` are names of authors for people, an author without one keeps its own."""
    schema = [{"name": name, "type": kind} for name, kind in COMPARATOR_FIELDS]
    names = [titles.get(author, author) for author in (panel.candidate, panel.baseline)]
    document = {
        "metadata": {"source_path": f"rpo panel {panel.name} ({panel.id})", "custom_fields_schema": schema},
        "models": [{"name": name} for name in names],
        "examples": [_example(pair) for pair in pairs],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def comparator_score(outcome: float) -> float | None:
    """An outcome of the candidate, 0 to 1, on LLM Comparator's scale; None where there is none."""
    return None if isnan(outcome) else round(2 * FULL_WIN * (outcome - 0.5), 6)


def _example(pair: ReadPair) -> dict[str, Any]:
    return {
        "input_text": pair.pair.prompt,
        "tags": list(pair.tags),
        "output_text_a": pair.candidate.text,
        "output_text_b": pair.baseline.text,
        "score": comparator_score(pair.score),
        "individual_rater_scores": [*map(_of_rater, pair.votes), *map(_of_judge, pair.rulings)],
        "custom_fields": _fields(pair),
    }


def _fields(pair: ReadPair) -> dict[str, Any]:
    about = {"pair": pair.id, "slice": pair.pair.slice, "verdict": str(pair.standing), "both_bad_votes": pair.both_bad}
    for trait in TRAITS:
        values = [trait.of(answer.text) for answer in (pair.candidate, pair.baseline)]
        about[trait.name.replace(" ", "_")] = values if trait.counted else list(map(bool, values))
    return about


def _of_rater(vote: VoteRead) -> dict[str, Any]:
    """As LLM Comparator's own runner writes a rating: its label speaks of the answers as they were shown."""
    left = {1.0: vote.candidate_left, 0.0: not vote.candidate_left}.get(vote.outcome)
    label = "same" if left is None else "A is better" if left else "B is better"
    why = " ".join(filter(None, (f"[{', '.join(vote.tags)}]" * bool(vote.tags), vote.reason)))
    return _rating(vote.outcome, not vote.candidate_left, label, why, vote.rater)


def _of_judge(ruling: RulingRead) -> dict[str, Any]:
    label = "same" if ruling.outcome == 0.5 else "A is better" if ruling.outcome > 0.5 else "B is better"
    return _rating(ruling.outcome, False, label, ruling.reply, ruling.judge)


def _rating(outcome: float, flipped: bool, label: str, why: str, by: str) -> dict[str, Any]:
    about = {"score": comparator_score(outcome), "is_flipped": flipped, "rating_label": label, "rationale": why}
    return {**about, "custom_fields": {"said_by": by}}
