"""Recognising how a file writes its preferences, and reading each row so.

One small reader a format: the first that recognises the first rows reads them all. A row that does not fit raises `RpoError`
with the rule it breaks. Formats: TRL's preference (explicit, implicit prompt, conversational) and unpaired types, HH-RLHF
transcripts, OpenAI's summarize-from-feedback comparisons, a winner/loser log. Not a reader of files: see `sources`.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rpo.errors import RpoError
from rpo.preferences.types import Judged, Kind, Preference, Role, Turn, transcript

Row = Mapping[str, Any]
Example = Preference | Judged

LIKED = {"win", "winner", "good", "yes", "up", "chosen", "true", "1", "liked", "like", "1.0"}
DISLIKED = {"lose", "loser", "loss", "bad", "no", "down", "rejected", "false", "0", "disliked", "dislike", "0.0", "-1"}
ROLE_NAMES = {"human": Role.USER, "gpt": Role.ASSISTANT, **{str(role): role for role in Role}}
SLICES = ("slice", "topic", "category", "source")
CUE = "\n\nAssistant:"
NAMED = 20  # columns that are named where none fits, and letters of each


@dataclass(frozen=True)
class Format:
    """A way to write preferences: who recognises a row, and how it is read."""

    name: str
    kind: Kind
    fits: Callable[[Row], bool]
    read: Callable[[Row], Example]


def recognise(rows: Sequence[Row], columns: Mapping[str, str] | None = None) -> Format:
    """The format of these first rows; with `columns` (field -> column) a log whose columns a person named."""
    if columns:
        return _mapped(columns)
    for row in rows:
        for known in FORMATS:
            if known.fits(row):
                return known
    seen = sorted({str(key) for row in rows for key in row})
    more = ", …" if len(seen) > NAMED else ""
    raise RpoError(
        "the columns must be prompt, chosen, rejected or prompt, answer, liked (or a known format); "
        f"got {', '.join(name[:NAMED] for name in seen[:NAMED]) or 'none'}{more}; say which column is which"
    )


def _has(row: Row, *names: str) -> bool:
    return all(row.get(name) is not None for name in names)


def _slice(row: Row) -> str:
    return next((str(row[name]) for name in SLICES if isinstance(row.get(name), str)), "")


def _pair(row: Row, prompt: str, chosen: Any, rejected: Any) -> Preference:
    return Preference(prompt, chosen, rejected, slice=_slice(row))


def _explicit(row: Row) -> Preference:
    _need(row, "prompt", "chosen", "rejected")
    return _pair(row, row["prompt"], row["chosen"], row["rejected"])


def _need(row: Row, *names: str) -> None:
    absent = [name for name in names if row.get(name) is None]
    if absent:
        raise RpoError(f"{' and '.join(absent)} must be there")


def _dialogue(value: Any) -> list[Turn]:
    if not isinstance(value, list) or not all(isinstance(message, dict) for message in value):
        raise RpoError("a conversation must be a list of messages with role and content")
    spoken = []
    for message in value:
        role = ROLE_NAMES.get(str(message.get("role", message.get("from"))).lower())
        text = message.get("content", message.get("value"))
        if role is None or not isinstance(text, str) or not text.strip():
            raise RpoError("a message must have a role (system, user, assistant) and content")
        spoken.append(Turn(role, text))
    return spoken


def _answer(value: Any) -> str:
    spoken = _dialogue(value)
    if len(spoken) != 1 or spoken[0].role is not Role.ASSISTANT:
        raise RpoError("an answer must be one assistant message")
    return spoken[0].text


def _conversational(row: Row) -> Preference:
    _need(row, "chosen", "rejected")
    if row.get("prompt") is not None:
        prompt = _dialogue(row["prompt"]) if isinstance(row["prompt"], list) else [Turn(Role.USER, row["prompt"])]
        chosen, rejected = _dialogue(row["chosen"]), _dialogue(row["rejected"])
        shared = _shared(chosen, rejected)
        return _pair(row, transcript(prompt), *_ends(chosen[shared:], rejected[shared:]))
    chosen, rejected = _dialogue(row["chosen"]), _dialogue(row["rejected"])
    shared = _shared(chosen, rejected)
    if not shared:
        raise RpoError("chosen and rejected must begin with the same messages, the prompt")
    return _pair(row, transcript(chosen[:shared]), *_ends(chosen[shared:], rejected[shared:]))


def _shared(one: Sequence[Turn], other: Sequence[Turn]) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count


def _ends(chosen: Sequence[Turn], rejected: Sequence[Turn]) -> tuple[str, str]:
    if len(chosen) != 1 or len(rejected) != 1 or {chosen[0].role, rejected[0].role} != {Role.ASSISTANT}:
        raise RpoError("chosen and rejected must differ in their last assistant message only")
    return chosen[0].text, rejected[0].text


def _transcripts(row: Row) -> Preference:
    _need(row, "chosen", "rejected")
    sides = [row["chosen"], row["rejected"]]
    if not all(isinstance(side, str) and CUE in side for side in sides):
        raise RpoError('a transcript must hold "\\n\\nAssistant:"')
    (prompt, chosen), (other, rejected) = (side.rsplit(CUE, 1) for side in sides)
    if prompt != other:
        raise RpoError('chosen and rejected must share everything up to the last "Assistant:"')
    if not prompt.strip():
        raise RpoError("prompt must not be empty")
    return _pair(row, prompt + CUE, chosen.strip(), rejected.strip())


def _implicit(row: Row) -> Preference:
    _need(row, "chosen", "rejected")
    chosen, rejected = row["chosen"], row["rejected"]
    if not (isinstance(chosen, str) and isinstance(rejected, str)):
        raise RpoError("chosen and rejected must be text")
    shared = os.path.commonprefix([chosen, rejected])  # noqa: RUF071 - characters are what is meant
    ends = [shared.rfind(mark) + len(mark) for mark in ("\n", ": ", "? ", ". ") if mark in shared]
    cut = max(ends, default=shared.rfind(" ") + 1)  # a sentence's end, else a word's, as TRL cuts
    if not shared[:cut].strip():
        raise RpoError("without a prompt column, chosen and rejected must begin with the same text, the prompt")
    return _pair(row, chosen[:cut].strip(), chosen[cut:].strip(), rejected[cut:].strip())


def _summaries(row: Row) -> Preference:
    info, summaries, choice = row.get("info"), row.get("summaries"), row.get("choice")
    text = (info.get("post") or info.get("article")) if isinstance(info, dict) else None
    if not isinstance(info, dict) or not isinstance(text, str) or not text.strip():
        raise RpoError("post (or article) must not be empty")
    if not isinstance(summaries, list) or len(summaries) != 2 or type(choice) is not int or choice not in (0, 1):
        raise RpoError("a comparison needs two summaries and a choice of 0 or 1")
    texts = [summary["text"] for summary in summaries if isinstance(summary, dict) and isinstance(summary.get("text"), str)]
    if len(texts) != 2:
        raise RpoError("a summary must have text")
    heads = [f"{name.upper()}: {info[name]}" for name in ("subreddit", "title") if isinstance(info.get(name), str)]
    prompt = "\n".join([*heads, f"{'POST' if info.get('post') else 'ARTICLE'}: {text.strip()}", "TL;DR:"])
    return Preference(prompt, texts[choice].strip(), texts[1 - choice].strip(), slice=str(info.get("subreddit") or ""))


def liked(value: Any) -> bool:
    """Read a verdict: a boolean, 0 or 1, or a word such as win, loser, good, bad, yes, no."""
    word = str(value).strip().lower() if isinstance(value, str | int | float) else ""
    if word in LIKED:
        return True
    if word in DISLIKED:
        return False
    raise RpoError(f"liked must be true/false, 0/1 or win/lose, got {word[:30] or type(value).__name__!r}")


def _unpaired(row: Row) -> Judged:
    _need(row, "prompt", "completion", "label")
    if isinstance(row["completion"], str):
        return Judged(row["prompt"], row["completion"], liked(row["label"]), slice=_slice(row))
    prompt = _dialogue(row["prompt"]) if isinstance(row["prompt"], list) else [Turn(Role.USER, row["prompt"])]
    return Judged(transcript(prompt), _answer(row["completion"]), liked(row["label"]), slice=_slice(row))


def _log(row: Row) -> Judged:
    _need(row, "prompt", "answer", "liked")
    return Judged(row["prompt"], row["answer"], liked(row["liked"]), slice=_slice(row))


def _mapped(columns: Mapping[str, str]) -> Format:
    paired = {"prompt", "chosen", "rejected"} <= set(columns)
    if not paired and not {"prompt", "answer", "liked"} <= set(columns):
        raise RpoError(f"columns must name prompt, chosen, rejected or prompt, answer, liked; got {', '.join(columns) or 'none'}")
    kind, read = (Kind.PAIRED, _explicit) if paired else (Kind.UNPAIRED, _log)

    def renamed(row: Row) -> Row:
        return {**row, **{field: row.get(column) for field, column in columns.items()}}

    return Format("log", kind, lambda row: True, lambda row: read(renamed(row)))


def _texts(row: Row, *names: str) -> bool:
    return all(isinstance(row.get(name), str) for name in names)


FORMATS = (
    Format("preference", Kind.PAIRED, lambda row: _texts(row, "prompt", "chosen", "rejected"), _explicit),
    Format(
        "conversational preference",
        Kind.PAIRED,
        lambda row: isinstance(row.get("chosen"), list) and isinstance(row.get("rejected"), list),
        _conversational,
    ),
    Format("transcripts", Kind.PAIRED, lambda row: _texts(row, "chosen", "rejected") and CUE in row["chosen"], _transcripts),
    Format("implicit prompt", Kind.PAIRED, lambda row: _texts(row, "chosen", "rejected"), _implicit),
    Format("summaries", Kind.PAIRED, lambda row: _has(row, "info", "summaries", "choice"), _summaries),
    Format("unpaired", Kind.UNPAIRED, lambda row: _has(row, "prompt", "completion", "label"), _unpaired),
    Format("log", Kind.UNPAIRED, lambda row: _texts(row, "prompt", "answer") and _has(row, "liked"), _log),
)
