"""A judge behind any OpenAI-compatible endpoint, by the `openai` client: one call, and the different ways in which it can end.

The key is read from the environment at the call; it is in no record, and taken out of whatever a server says. What a server does
not know (structured output, a name of a field) is left out or renamed after its first refusal. Not the waiting between tries and
not the money: see `asking` and `budget`.
"""

import os
import re
from dataclasses import dataclass, field
from typing import Any

from rpo.errors import RpoError
from rpo.judging.endpoints.address import API_VERSION, parted, permit
from rpo.judging.endpoints.client import client_of
from rpo.judging.endpoints.refusals import asked_wait, ended, reason, unknown, without
from rpo.judging.endpoints.replies import Reply, reply_of
from rpo.judging.instruction import DIALOGUE_INSTRUCTION, SCHEMA, Instruction, verdict_in
from rpo.judging.types import Opinion, Outcome, Question, Unreached
from rpo.storage import digest
from rpo.weights import library

KEY = "OPENAI_API_KEY"
KEY_NAME = re.compile(r"[A-Z][A-Z0-9_]*(KEY|TOKEN)")
MILLION = 1_000_000
BYTES = 4  # of a token of ordinary text, about
REPLY = 60  # tokens of an ordinary reply, about
FORM_BYTES = 1_000  # what a chat template may add to the texts
REPLY_FORMAT = {"type": "json_schema", "json_schema": {"name": "verdict", "strict": True, "schema": SCHEMA}}
RENAMED = {"max_tokens": "max_completion_tokens"}


@dataclass(frozen=True)
class Endpoint:
    """A model at a base URL with an instruction. Prices in dollars a million tokens, `timeout` in seconds.

    `key_name` is the environment variable that holds the key; a local server needs none. Opinions are kept apart by URL, model,
    temperature, `max_tokens` and the instruction's version, not by prices or patience.
    """

    base_url: str
    model: str
    instruction: Instruction = DIALOGUE_INSTRUCTION
    temperature: float = 0.0
    max_tokens: int = 400
    key_name: str = KEY
    price_in: float = 0.0
    price_out: float = 0.0
    timeout: float = 60.0
    lacks: set[str] = field(default_factory=set, compare=False, repr=False)

    def __post_init__(self) -> None:
        parted(self.base_url)
        if not self.model.strip():
            raise RpoError("a judge needs the name of a model, got an empty one; ask the server's /models for its names")
        if not KEY_NAME.fullmatch(self.key_name):
            raise RpoError(f"the key's variable must be named like {KEY} (ending in KEY or TOKEN), got another name; rename it")
        if min(self.price_in, self.price_out) < 0 or self.max_tokens < 16 or self.timeout <= 0:
            raise RpoError("prices must be 0 or more, max_tokens 16 or more, the timeout positive; correct the judge's settings")

    @property
    def id(self) -> str:
        """Changes with all that can change an opinion."""
        bare, version = parted(self.base_url)
        url = f"{bare}?{API_VERSION}={version}" if version else bare
        how = (url, self.model, repr(self.temperature), str(self.max_tokens), self.instruction.version)
        return digest("endpoint", *how)

    @property
    def name(self) -> str:
        """The model and the instruction."""
        return f"{self.model}, {self.instruction.name} {self.instruction.version}"

    def most(self, question: Question) -> float:
        """What one call can cost at the most: a token holds a byte at least."""
        return self._dollars(self._bytes(question) + FORM_BYTES, self.max_tokens)

    def likely(self, question: Question) -> float:
        """About what one call will cost."""
        return self._dollars(self._bytes(question) / BYTES, min(REPLY, self.max_tokens))

    def cost(self, opinion: Opinion, question: Question) -> float:
        """By the server's count; where it gave none, the most that it can have been."""
        if opinion.tokens_in == 0:
            return self.most(question)
        return self._dollars(opinion.tokens_in, opinion.tokens_out)

    def _bytes(self, question: Question) -> int:
        return sum(len(message["content"].encode("utf-8", "replace")) for message in self.instruction.messages(question))

    def _dollars(self, tokens_in: float, tokens_out: float) -> float:
        return (tokens_in * self.price_in + tokens_out * self.price_out) / MILLION

    def ready(self) -> None:
        """Refuse in words if the owner of this installation does not allow its base URL."""
        permit(self.base_url)

    def ask(self, question: Question) -> Opinion:
        """One call. What the server lacks is found out on the way; a wrong key, model or address ends it in words."""
        self.ready()
        openai, doubted = library("openai"), set[str]()
        while True:
            offered = self._request(question, self.lacks | doubted)
            try:
                answer = self._client().chat.completions.create(**offered)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if (opinion := ended(error)) is not None:
                    return opinion
                doubted.add(self._unknown(error, offered))
            except openai.APIError as error:
                raise self._failure(openai, error) from None
            except RpoError:  # of `client`; it is a ValueError too
                raise
            except (ValueError, RecursionError):  # a body that is no JSON
                raise Unreached("the server's answer was not JSON", paid=True) from None
            else:
                self.lacks.update(doubted)  # without these it answers: no other question is asked twice
                return self._opinion(reply_of(answer))

    def _client(self) -> Any:
        return client_of(self.base_url, self._key(), self.timeout)

    def _key(self) -> str:
        return os.environ.get(self.key_name, "").strip()

    def _request(self, question: Question, lacks: set[str]) -> dict[str, Any]:
        wanted = {"temperature": self.temperature, "max_tokens": self.max_tokens, "response_format": REPLY_FORMAT}
        known = {RENAMED.get(name, "") if name in lacks else name: value for name, value in wanted.items()}
        known.pop("", None)
        return {"model": self.model, "messages": self.instruction.messages(question), **known}

    def _unknown(self, error: Any, offered: dict[str, Any]) -> str:
        """The optional field to leave out of the next try; where it can be none, the refusal stays, with the server's reason."""
        if name := unknown(error, offered):
            return name
        raise RpoError(
            f"the server must take the question, it refused it with {error.status_code}: {self._reason(error)}; check the "
            "judge's settings"
        ) from None

    def _opinion(self, reply: Reply) -> Opinion:
        tokens = reply.tokens_in, reply.tokens_out
        if reply.refused:
            return Opinion(Outcome.REFUSED, self._clean(reply.refusal), *tokens)
        text = self._clean(reply.text)
        return Opinion(Outcome.TOO_LONG if reply.cut else verdict_in(text), text, *tokens)

    def _failure(self, openai: Any, error: Any) -> Exception:
        """What went wrong, without the key: an error that ends all, or one that another try may resolve."""
        status = getattr(error, "status_code", None)
        if isinstance(error, openai.APITimeoutError):
            return Unreached(f"no answer within {self.timeout:g} s", paid=True)
        if isinstance(error, openai.APIConnectionError):
            never = type(error.__cause__).__name__ == "ConnectError"
            return Unreached("nobody answers at that address" if never else "the connection broke", paid=not never)
        said = self._reason(error)
        if status in (408, 409, 429) or (status or 0) >= 500:
            if getattr(error, "code", "") == "insufficient_quota":
                return RpoError(f"the account behind the key must have credit, the server says: {said}; add some and start again")
            return Unreached(f"the server answered {status} ({said})", paid=False, wait=asked_wait(error))
        if status in (401, 403):
            return RpoError(f"the server at {self.base_url} must accept the key in {self.key_name}, it answered {status}: {said}")
        if status == 404:
            return RpoError(f"{self.base_url} must know the model {self.model}, it answered 404: {said}; check both names")
        if status is not None and status >= 400:
            return RpoError(f"the server refused the question with {status} ({said}); check the judge's settings")
        return Unreached(said or type(error).__name__, paid=True)

    def _reason(self, error: Any) -> str:
        return reason(error, self._key())

    def _clean(self, text: str) -> str:
        return without(text, self._key())[:20_000]
