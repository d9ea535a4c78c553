"""A cross-prompt question, the data that it is of, and what a rater answered. It is no vote and in no score."""

from dataclasses import dataclass
from enum import StrEnum

from rpo.preferences import View
from rpo.storage import digest
from rpo.voting.types import Choice

CROSS_RUBRIC = "Each answer belongs to the prompt above it. Which one serves its own prompt better?"
CROSS_DEFAULT, CROSS_MOST = 20, 100  # questions a panel asks


class Nearness(StrEnum):
    """How near the second prompt is to the first, by its rank among all others: parts of equal width in the rank's logarithm."""

    NEAREST = "nearest"
    NEAR = "near"
    DISTANT = "distant"
    UNRELATED = "unrelated"


@dataclass(frozen=True)
class AskedOf:
    """The data set that questions are drawn from, and the encoder, with what it reads, that says how alike two prompts are."""

    data: str
    encoder: str
    reads: View = View.LAST_TURN


@dataclass(frozen=True)
class CrossQuestion:
    """The chosen answer to one prompt beside the rejected answer to another; `cosine` of the two prompts by the encoder."""

    chosen_prompt: str
    chosen: str
    rejected_prompt: str
    rejected: str
    cosine: float
    nearness: Nearness
    of: AskedOf

    @property
    def id(self) -> str:
        """A name for its content."""
        return digest(self.chosen_prompt, self.chosen, self.rejected_prompt, self.rejected)


@dataclass(frozen=True)
class CrossAnswer:
    """What one rater says of one question now. `chosen_left`: the chosen answer stood left. Times in Unix seconds and seconds."""

    panel: str
    question: CrossQuestion
    rater: str
    choice: Choice
    both_bad: bool
    reason: str
    chosen_left: bool
    time: float
    seconds: float | None = None

    @property
    def held(self) -> float:
        """1 where the chosen answer serves its prompt better, as RPO assumes; 0 where the rejected one does; a tie 0.5."""
        if self.choice is Choice.TIE:
            return 0.5
        return float((self.choice is Choice.LEFT) == self.chosen_left)
