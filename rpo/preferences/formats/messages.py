"""What a cell of a file says: a text, or messages as TRL, OpenAI and ShareGPT write them, also as JSON or Python text.

From a prompt and its answers in any of these forms `settled` makes one prompt and plain answers. Whatever cannot be said as text
(tool calls, images) is refused by name, and so is what the parts of a row say of each other in two ways.
"""

import ast
import json
import math
from collections.abc import Sequence
from typing import Any

from rpo.errors import RpoError
from rpo.preferences.dialogue import CUE, FIRST_HEADING, Role, Turn, as_prompt, in_headings, transcript, turns

ROLE_OF = {
    **{str(role): role for role in Role},
    "developer": Role.SYSTEM,
    **dict.fromkeys(("human", "prompter"), Role.USER),
    **dict.fromkeys(("gpt", "chatgpt", "model", "bot", "ai"), Role.ASSISTANT),
}
TOOLS = {"tool", "tools", "function", "function_call", "observation", "ipython"}
MISSING = {"nan", "none", "null"}  # what programs write for a value that is not there
WORD_LETTERS = 20  # letters that such a word, and white space around it, has at most
LONGEST_CELL = 1 << 20  # letters of a cell that are read as messages

CellText = str | list[Turn]
"""What a cell says: plain text, or turns."""


def absent(value: Any) -> bool:
    """Whether a cell is empty: nothing, NaN, or no text, list or object that holds anything."""
    return value is None or (isinstance(value, float) and math.isnan(value)) or value in ("", [], {})


def empty(value: Any) -> bool:
    """Whether a cell that may be empty is so: no value, white space, or the word that programs write for none."""
    return absent(value) or (isinstance(value, str) and value.strip().lower() in ("", *MISSING))


def cell_text(value: Any, name: str) -> CellText:
    """What a cell says that must say something. Raises `RpoError` with the rule it breaks; `name` is the cell's."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        raise RpoError(f"{name} must be there")
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return [_message(value, name)]
    if isinstance(value, list):
        return dialogue(value, name)
    raise RpoError(f"{name} must be text, got {type(value).__name__}")


def written_text(text: str, name: str) -> str:
    """The text, unless it is the word that programs write for a missing value."""
    if len(text) < WORD_LETTERS and text.strip().lower() in MISSING:
        raise RpoError(f"{name} must be a text, not a word that programs write for a missing value, got {text.strip()!r}")
    return text


def dialogue(value: Sequence[Any], name: str = "a conversation") -> list[Turn]:
    """The turns of a list of messages; a system message without text is none."""
    if not all(isinstance(message, dict) for message in value):
        raise RpoError(f"{name} must be a list of messages with role and content")
    spoken = (_message(message, name) for message in value)
    return [turn for turn in spoken if turn.role is not Role.SYSTEM or turn.text.strip()]


def _message(message: dict[str, Any], name: str) -> Turn:
    role = str(message.get("role", message.get("from"))).lower()
    if role in TOOLS or message.get("tool_calls") or message.get("function_call"):
        raise RpoError(f"{name} must be text alone, it holds the call of a tool or its result")
    text = _content(message.get("content", message.get("value")), name)
    if role not in ROLE_OF or text is None or (not text.strip() and ROLE_OF[role] is not Role.SYSTEM):
        raise RpoError(f"{name} must hold messages, and a message must have a role (system, user, assistant) and content")
    return Turn(ROLE_OF[role], text)


def _content(value: Any, name: str) -> str | None:
    """A message's text; of several parts their texts, one after the other, as chat templates write them."""
    if not isinstance(value, list):
        return value if isinstance(value, str) else None
    texts = []
    for part in value:
        text = part.get("text") if isinstance(part, dict) and part.get("type", "text") == "text" else part
        if not isinstance(text, str):
            kind = str(part.get("type", "")) if isinstance(part, dict) else type(part).__name__
            raise RpoError(f"{name} must be text alone, it holds a part of type {kind[:20]!r}")
        texts.append(text)
    return "".join(texts)


def encoded(texts: Sequence[str]) -> bool:
    """Whether these texts of one column all look like messages written as JSON or Python text."""
    return bool(texts) and all(_looks_encoded(text) for text in texts)


def _looks_encoded(text: str) -> bool:
    bare = text.strip()
    keys = any(f"{quote}{key}{quote}" in bare for key in ("role", "from") for quote in "'\"")
    return keys and bare[:1] in ("[", "{") and bare[-1:] in ("]", "}")


def decoded(text: str, name: str) -> Any:
    """The messages that such a text writes."""
    try:
        if len(text) > LONGEST_CELL:
            raise ValueError
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        if len(text) > LONGEST_CELL:
            raise ValueError
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        raise RpoError(f"{name} must be messages as JSON or Python text like the first rows', this one cannot be read") from None


def settled(before: Sequence[Turn], prompt: CellText | None, answers: Sequence[CellText]) -> tuple[str, list[str]]:
    """The prompt and the plain answers. `before` comes first; a prompt that the answers repeat is taken off them.

    Without `prompt` it is what the answers begin with: the same messages, or the same text in headings. With it, what they begin
    with must hold it or lie within it, and the longer of both is the prompt.
    """
    texts = [answer for answer in answers if isinstance(answer, str)]
    if len(texts) < len(answers):
        prompt, plain = _from_messages(prompt, [[Turn(Role.ASSISTANT, a)] if isinstance(a, str) else a for a in answers])
    elif prompt is None or _dialogues(texts):
        prompt, plain = _from_transcripts(prompt, texts)
    else:
        plain = texts
    return _after(before, prompt), plain


def _after(before: Sequence[Turn], prompt: CellText) -> str:
    if isinstance(prompt, str) and (not before or not prompt.strip()):
        return prompt
    if not prompt:
        raise RpoError("prompt must be there")
    spoken = list(turns(prompt)) if isinstance(prompt, str) else list(prompt)
    if [_bare(turn) for turn in spoken[: len(before)]] == [_bare(turn) for turn in before]:
        return transcript(spoken)
    return transcript([*before, *spoken])


def _from_messages(prompt: CellText | None, answers: Sequence[list[Turn]]) -> tuple[CellText, list[str]]:
    shared = _shared(answers) if len(answers) > 1 else max(0, len(answers[0]) - 1)
    rest = [answer[shared:] for answer in answers]
    if any(len(end) != 1 or end[0].role is not Role.ASSISTANT for end in rest):
        if len(answers) == 1:
            raise RpoError("an answer must be one assistant message, after the messages of its prompt if they are repeated")
        raise RpoError("chosen and rejected must differ in their last assistant message only")
    if not shared and prompt is None:
        raise RpoError("without a prompt, the answers must begin with the same messages, the prompt")
    return _agreed(prompt, answers[0][:shared]), [end[0].text for end in rest]


def _shared(answers: Sequence[Sequence[Turn]]) -> int:
    count = 0
    while count < min(map(len, answers)) and len({answer[count] for answer in answers}) == 1:
        count += 1
    return count


def _agreed(prompt: CellText | None, shared: Sequence[Turn]) -> CellText:
    """The prompt and what the answers share, of which one must hold the other at its beginning or end."""
    if prompt is None or not shared:
        return list(shared) if prompt is None else prompt
    own = [_bare(turn) for turn in (turns(prompt) if isinstance(prompt, str) else prompt)]
    theirs = [_bare(turn) for turn in shared]
    if own in (theirs, theirs[-len(own) :]) or own == theirs[: len(own)]:
        return prompt if own == theirs else list(shared)
    if theirs == own[-len(theirs) :]:
        return prompt
    raise RpoError("the prompt must be in what chosen and rejected begin with, it says something else; correct the row")


def _bare(turn: Turn) -> tuple[Role, str]:
    return turn.role, turn.text.strip()


def _dialogues(texts: Sequence[str]) -> bool:
    """Whether answers are whole dialogues in headings, of which only the last answer differs."""
    if not all(CUE in text for text in texts):
        return False
    return all(map(in_headings, texts)) or (len(texts) > 1 and len({text.rsplit(CUE, 1)[0] for text in texts}) == 1)


def _from_transcripts(prompt: CellText | None, texts: Sequence[str]) -> tuple[CellText, list[str]]:
    """HH-RLHF's form: everything up to the last "Assistant:" is the prompt."""
    if not all(CUE in text for text in texts):
        raise RpoError('a transcript must hold "\\n\\nAssistant:"')
    parts = [text.rsplit(CUE, 1) for text in texts]
    if len({before for before, _ in parts}) > 1:
        raise RpoError('chosen and rejected must share everything up to the last "Assistant:"')
    before = parts[0][0]
    if not before.strip():
        raise RpoError("prompt must not be empty")
    answers = [answer.strip() for _, answer in parts]
    own = as_prompt(_with_beginning(before))
    return (own if prompt is None else _agreed(prompt, turns(own))), answers


def _with_beginning(before: str) -> str:
    """The transcript up to "Assistant:". What stands before its first heading is a system turn, or all of the prompt."""
    text = before + CUE
    if FIRST_HEADING.match(text):
        return text
    place = min((found for name in ("System", "Human", "Assistant") if (found := before.find(f"\n\n{name}:")) >= 0), default=-1)
    if place < 0:
        return before.strip()
    return f"\n\nSystem: {before[:place].strip()}{text[place:]}"
