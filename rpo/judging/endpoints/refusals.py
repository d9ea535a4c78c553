"""Why a server refused a question, in its own words, and what can be left out so that it may take it.

Servers differ in what they know of OpenAI's protocol and in how they say so: a message, a `detail` with places, plain text. Not
what is done about it: see `endpoint`.
"""

import json
import re
from collections.abc import Collection
from textwrap import shorten
from typing import Any

from rpo.judging.types import Opinion, Outcome

LONGEST_SERVER_WORDS = 300  # letters of a server's words that are shown
FORMAT_FIELD = "response_format"
FIELD_WORDS = {
    FORMAT_FIELD: (FORMAT_FIELD, "json_schema", "json schema"),
    "max_tokens": ("max_tokens",),
    "temperature": ("temperature",),
}
SECRET = re.compile(r"\b(?:sk|pk|gsk|xai|hf|key|AIza)[-_]?[\w-]{16,}|(?<=Bearer )[\w.~+/=-]{8,}", re.IGNORECASE)


def reason(error: Any, key: str) -> str:
    """The server's words, shortened; the key that was sent and whatever looks like another one are taken out first."""
    return shorten(SECRET.sub("(key)", without(_words(error) or _whole(error), key)), LONGEST_SERVER_WORDS, placeholder=" …")


def without(text: str, key: str) -> str:
    """The text without the key, were a server to repeat it."""
    return text.replace(key, "(key)") if len(key) >= 4 else text


def ended(error: Any) -> Opinion | None:
    """A refusal that is an answer: the material was refused, or is too long for the model."""
    said = f"{error.code} {_words(error)}".lower()
    if "content_filter" in said or "content_policy" in said:
        return Opinion(Outcome.REFUSED, "the server's filter refused the texts")
    if "context" in said and ("exceed" in said or "length" in said or "size" in said):
        return Opinion(Outcome.TOO_LONG, "the texts are longer than the model's context")
    return None


def unknown(error: Any, offered: Collection[str]) -> str:
    """The optional field of the question that the server does not know; "" where it can be none of those.

    Where the server names no field it is the form of the reply, the one that most servers lack.
    """
    said = f"{error.param} {_words(error)}".lower()
    named = [name for name, words in FIELD_WORDS.items() if any(word in said for word in words)]
    return next((name for name in (*named, FORMAT_FIELD) if name in offered), "")


def asked_wait(error: Any) -> float | None:
    """How many seconds the server wants to be left alone, if it says so."""
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None


def _words(error: Any) -> str:
    """What the body says for a person to read, "" where it has no such place."""
    body = error.body
    if not isinstance(body, dict):
        return body if isinstance(body, str) else ""
    said = next((body[name] for name in ("message", "detail", "error", "title") if body.get(name)), "")
    if isinstance(said, list):
        return "; ".join(_placed(one) for one in said)
    return said if isinstance(said, str) else _dumped(said)


def _placed(one: Any) -> str:
    """One complaint of a `detail`, as FastAPI writes them, with the place it is about."""
    if not isinstance(one, dict) or "msg" not in one:
        return one if isinstance(one, str) else _dumped(one)
    place = one.get("loc")
    return f"{'.'.join(map(str, place))}: {one['msg']}" if isinstance(place, list) else str(one["msg"])


def _whole(error: Any) -> str:
    return _dumped(error.body) if error.body else str(error)


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
