"""What a server's answer holds: the judge's words as one text, how they ended, and the tokens that were counted.

The client takes any JSON for an answer, so nothing here relies on its types. Servers differ: a message may be missing or null,
its content a text, null, or a list of parts of which some are the model's thoughts. Not what the text means: see `instruction`.
"""

from dataclasses import dataclass
from typing import Any

from rpo.judging.types import Unreached

SPOKEN = ("text", "output_text", None)  # kinds of parts that are the reply itself; a part without a kind is one
REFUSED = ("refusal",)


@dataclass(frozen=True)
class Reply:
    """The first choice of an answer; `refusal` is what the model said instead, "" where it did not refuse."""

    text: str
    refusal: str
    ended: str
    tokens_in: int
    tokens_out: int

    @property
    def refused(self) -> bool:
        """Whether the model or the server's filter kept the reply back."""
        return bool(self.refusal) or self.ended == "content_filter"

    @property
    def cut(self) -> bool:
        """Whether the reply ended at the limit of tokens."""
        return self.ended == "length"


def reply_of(answer: Any) -> Reply:
    """The reply in an answer; `Unreached` where there is no choice at all: that is a server's trouble, not a judgement."""
    choices = getattr(answer, "choices", None)
    if not choices:
        raise Unreached("the server's answer held no choices", paid=True)
    if not isinstance(choices, list) or not hasattr(choices[0], "message"):
        raise Unreached("the server's answer was not of the form that OpenAI's have", paid=True)
    message, ended = choices[0].message, str(choices[0].finish_reason or "")
    content = _field(message, "content")
    refusal = _field(message, "refusal") or _joined(content, REFUSED, "refusal")
    return Reply(_text(content), str(refusal or ""), ended, *_counted(answer.usage))


def _text(content: Any) -> str:
    if isinstance(content, list):
        return _joined(content, SPOKEN, "text")
    return "" if content is None else str(content)


def _joined(content: Any, kinds: tuple[str | None, ...], name: str) -> str:
    """What the parts of these kinds say, one after another; "" where there are no parts."""
    parts = content if isinstance(content, list) else []
    texts = [part if isinstance(part, str) else _field(part, name) for part in parts if _field(part, "type") in kinds]
    return "".join(text for text in texts if isinstance(text, str))


def _field(about: Any, name: str) -> Any:
    return about.get(name) if isinstance(about, dict) else getattr(about, name, None)


def _counted(usage: Any) -> tuple[int, int]:
    """Tokens in and out as the server counts them; zeros where it does not, or where they are no counts."""
    counts = _field(usage, "prompt_tokens"), _field(usage, "completion_tokens")
    known = all(isinstance(count, int) and count >= 0 for count in counts)
    return counts if known else (0, 0)
