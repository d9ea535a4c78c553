"""AlpacaEval's files: answers out as `model_outputs`, its `annotations.json` in as a judge's opinions.

The command is theirs (see `command`); nothing is called here. An annotation
holds one order only, drawn by that tool, so a judge that came this way cannot be checked for flips. Preferences lie between 1
(first output) and 2 (second) and stay the numbers they are; 1.5, and 0 in older files, is a tie; nothing or less is a call that
failed. What its leaderboard makes of them: see `weighted`.
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from rpo.errors import RpoError
from rpo.judging.cache import JudgementCache
from rpo.judging.judges import Imported
from rpo.judging.types import Opinion, Outcome, Question
from rpo.voting import Answer, Comparison

LARGEST_UPLOAD = 25  # MiB of a file, which is read whole into up to 30 times as much; AlpacaEval's 805 rows take about 10
NEEDED = ("instruction", "output_1", "output_2", "generator_1", "generator_2")


@dataclass(frozen=True)
class Taken:
    """What came in: the judges' names, opinions that were new, rows in all, and the pairs themselves for a panel."""

    judges: tuple[str, ...]
    new: int
    rows: int
    pairs: tuple[Comparison, ...]


def model_outputs(pairs: Iterable[Comparison], author: str, dataset: str) -> bytes:
    """One author's answers as the JSON that `--model_outputs` and `--reference_outputs` take."""
    rows = [
        {"instruction": pair.prompt, "output": answer.text, "generator": answer.author, "dataset": dataset}
        for pair in pairs
        for answer in (pair.first, pair.second)
        if answer.author == author
    ]
    if not rows:
        raise RpoError(f"an export needs answers, there is none by {author!r}; choose an author of the panel")
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2)


def command(panel: str) -> str:
    """The command for the two files of a panel, with the one metric that holds for any prompts.

    Its default, the length-controlled win rate, needs the difficulty of AlpacaEval's own 805 prompts and looks it up by row.
    """
    files = f"--model_outputs model_outputs-{panel}.json --reference_outputs reference_outputs-{panel}.json"
    return f"alpaca_eval {files} --fn_metric get_winrate --sort_by win_rate"


def take_in(archive: JudgementCache, name: str, content: bytes) -> Taken:
    """Keep the annotations as opinions of the judges they name; the first row that cannot be read is named."""
    rows = _rows(name, content)
    pairs, judges = [], defaultdict[str, list[tuple[str, Opinion]]](list)
    for number, row in enumerate(rows, 1):
        question, opinion = _opinion(number, row)
        judges[str(row.get("annotator") or "unnamed")].append((question.key, opinion))
        pairs.append(_pair(row))
    fresh = 0
    for annotator, opinions in judges.items():
        judge = Imported(annotator)
        archive.know(judge)
        fresh += archive.take(judge.id, opinions)
    return Taken(tuple(sorted(judges)), fresh, len(rows), tuple(pairs))


def _rows(name: str, content: bytes) -> Sequence[dict[str, Any]]:
    if len(content) > LARGEST_UPLOAD << 20:
        raise RpoError(f"{name} must hold at most {LARGEST_UPLOAD} MiB of annotations, got {len(content) >> 20}; split the file")
    try:
        rows = json.loads(content)  # theirs may hold NaN
    except (ValueError, RecursionError) as error:
        raise RpoError(f"{name} must be AlpacaEval's annotations.json, but {error}; add another file") from error
    if not isinstance(rows, list) or not rows:
        raise RpoError(f"{name} must be a list of annotations, got {type(rows).__name__}; add AlpacaEval's annotations.json")
    return rows


def _opinion(number: int, row: Any) -> tuple[Question, Opinion]:
    missing = NEEDED if not isinstance(row, dict) else [name for name in NEEDED if not isinstance(row.get(name), str)]
    if missing:
        raise RpoError(f"annotation {number} must have text in {', '.join(missing)}; add AlpacaEval's annotations.json")
    outcome = _outcome(number, row.get("preference"))
    preference = (row["preference"] or 1.5) if outcome.verdict else None
    opinion = Opinion(outcome, _reply(row.get("raw_completion")), preference=preference)
    return Question(row["instruction"], row["output_1"], row["output_2"]), opinion


def _outcome(number: int, preference: Any) -> Outcome:
    if preference is None or (isinstance(preference, int | float) and (math.isnan(preference) or preference < 0)):
        return Outcome.MALFORMED
    if isinstance(preference, bool) or not isinstance(preference, int | float) or not (preference == 0 or 1 <= preference <= 2):
        raise RpoError(f"annotation {number} must have a preference from 1 to 2, got {preference!r}; correct the file")
    if preference in (0, 1.5):
        return Outcome.TIE
    return Outcome.FIRST if preference < 1.5 else Outcome.SECOND


def _reply(raw: Any) -> str:
    if raw is None:
        return ""
    return raw if isinstance(raw, str) else orjson.dumps(raw).decode()


def _pair(row: dict[str, Any]) -> Comparison:
    answers = Answer(row["output_1"], row["generator_1"]), Answer(row["output_2"], row["generator_2"])
    return Comparison(row["instruction"], *answers, str(row.get("dataset") or ""))
