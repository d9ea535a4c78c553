"""A rule that judges without a model: the documented check of the embedded data (`rpo.preferences.directness`).

So that the whole figure works without a key. It looks at manner alone (answer first, a figure, no hedging, short), cannot tell
right from wrong, and says nothing about data that follows another taste.
"""

from dataclasses import dataclass

from rpo.judging.types import Opinion, Outcome, Question
from rpo.preferences import directness
from rpo.storage import digest

ABOUT = (
    "A rule, not a model: four checks of an answer's manner (answer first, a figure, plain, short). "
    "It cannot tell right from wrong."
)


@dataclass(frozen=True)
class Rule:
    """The more direct answer wins; equally direct ones tie."""

    @property
    def id(self) -> str:
        """The same on every machine."""
        return digest("rule", "directness", "1")

    @property
    def name(self) -> str:
        """Says that it is a rule."""
        return "directness (a rule, not a model)"

    def most(self, question: Question) -> float:
        """Nothing."""
        return 0.0

    def likely(self, question: Question) -> float:
        """Nothing."""
        return 0.0

    def cost(self, opinion: Opinion, question: Question) -> float:
        """Nothing."""
        return 0.0

    def ready(self) -> None:
        """Nothing to refuse: it sends nothing anywhere."""

    def ask(self, question: Question) -> Opinion:
        """Compare the shares of the four checks that hold."""
        first, second = (directness(answer).score for answer in (question.first, question.second))
        outcome = Outcome.TIE if first == second else (Outcome.FIRST if first > second else Outcome.SECOND)
        return Opinion(outcome, f"{first:.2f} against {second:.2f} of four checks")
