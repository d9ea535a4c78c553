"""What a judge is asked and what comes back: one question in one order, and an outcome that may be no verdict at all.

Not a vote: see `rulings`, which needs both orders. A refusal or a failure is an outcome of its own and never becomes a vote.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from rpo.storage import digest


class Outcome(StrEnum):
    """What one answer of a judge amounts to."""

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"
    REFUSED = "refused"
    MALFORMED = "malformed"
    TOO_LONG = "too long"

    @property
    def verdict(self) -> bool:
        """Whether the judge said something of the two answers."""
        return self in (Outcome.FIRST, Outcome.SECOND, Outcome.TIE)


@dataclass(frozen=True)
class Question:
    """A prompt and two answers in the order in which the judge sees them."""

    prompt: str
    first: str
    second: str

    @property
    def key(self) -> str:
        """A name for its content and order."""
        return digest(self.prompt, self.first, self.second)

    def swap(self) -> "Question":
        """The same two answers in the other order."""
        return Question(self.prompt, self.second, self.first)


@dataclass(frozen=True)
class Opinion:
    """What a judge said to one question; `reply` as it came, tokens as the server counted them (0 where it did not).

    `preference` is the judge's own number where it gave one, from 1 (all for the first answer) to 2 (all for the second).
    """

    outcome: Outcome
    reply: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    preference: float | None = None


class Judge(Protocol):
    """Whoever can be asked which of two answers is better: a model behind an endpoint, or a rule."""

    @property
    def id(self) -> str:
        """Changes with all that can change an opinion: the model, the settings, the instruction."""
        ...

    @property
    def name(self) -> str:
        """For a person to read."""
        ...

    def most(self, question: Question) -> float:
        """What one call can cost at the most, in dollars."""
        ...

    def likely(self, question: Question) -> float:
        """About what one call will cost, in dollars."""
        ...

    def cost(self, opinion: Opinion, question: Question) -> float:
        """What the call behind this opinion cost, in dollars."""
        ...

    def ready(self) -> None:
        """Refuse in words if it may not be asked."""
        ...

    def ask(self, question: Question) -> Opinion:
        """One call; `Unreached` where the server gave no answer."""
        ...


class Unreached(Exception):  # noqa: N818 - not this question's fault
    """A call without an answer. `paid` is False where the server says so; `wait` is how many seconds it asks for."""

    def __init__(self, why: str, paid: bool, wait: float | None = None) -> None:
        super().__init__(why)
        self.paid, self.wait = paid, wait
