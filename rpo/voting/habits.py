"""What raters do whatever the answers are: the side they like, whether they repeat themselves, how fast, how often "both bad".

Not the result and not agreement with others. Sides are drawn and balanced for each rater, so quality gives no reason to prefer
the left; a hidden repeat is the same comparison with its sides exchanged. All showings count here, repeats too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from statistics import median

from rpo.voting.comparison import Choice, Vote
from rpo.voting.intervals import LEVEL
from rpo.voting.result import Result


@dataclass(frozen=True)
class Share(Result):
    """k of n with Wilson's 95 % interval; NaN where n is 0."""

    k: int
    n: int
    low: float
    high: float
    question: str

    @property
    def value(self) -> float:
        """k/n."""
        return self.k / self.n if self.n else nan


@dataclass(frozen=True)
class Habits(Result):
    """One rater's habits, or all raters' where the name is empty; `seconds` is the median from display to vote."""

    rater: str
    votes: int
    left: Share
    consistent: Share
    both_bad: Share
    seconds: float

    @property
    def question(self) -> str:
        """What they tell."""
        return "Does the vote follow the answers, or a habit?"

    @property
    def leans(self) -> bool:
        """Whether the share of left is away from one half by more than chance has it."""
        return self.left.n > 0 and not self.left.low <= 0.5 <= self.left.high


def habits(votes: Sequence[Vote]) -> tuple[Habits, ...]:
    """All raters together, then each by name."""
    names = sorted({vote.rater for vote in votes})
    return (_habits("", votes), *(_habits(name, [vote for vote in votes if vote.rater == name]) for name in names))


def _habits(rater: str, votes: Sequence[Vote]) -> Habits:
    sides = [vote.choice for vote in votes if vote.choice is not Choice.TIE]
    seconds = [vote.seconds for vote in votes if vote.seconds is not None]
    return Habits(
        rater=rater,
        votes=len(votes),
        left=share([side is Choice.LEFT for side in sides], "Of the votes for a side, how many are for the left? No lean: half."),
        consistent=share(_repeated(votes), "Of the pairs shown again with their sides exchanged, how many got the same verdict?"),
        both_bad=share([vote.both_bad for vote in votes], "Of all votes, how many say that both answers are bad?"),
        seconds=float(median(seconds)) if seconds else nan,
    )


def _repeated(votes: Sequence[Vote]) -> list[bool]:
    """For each hidden repeat whose first showing has a vote: whether both name the same winner."""
    first = {(vote.rater, vote.comparison): _winner(vote) for vote in votes if vote.repeat == 0}
    again = [((vote.rater, vote.comparison), _winner(vote)) for vote in votes if vote.repeat > 0]
    return [first[key] == winner for key, winner in again if key in first]


def _winner(vote: Vote) -> str | None:
    if vote.choice is Choice.TIE:
        return None
    return vote.left if vote.choice is Choice.LEFT else vote.right


def share(hits: Sequence[bool], question: str) -> Share:
    """How many of these are so."""
    from scipy.stats import binomtest

    if not hits:
        return Share(0, 0, nan, nan, question)
    ends = binomtest(sum(hits), len(hits)).proportion_ci(LEVEL, method="wilson")
    return Share(sum(hits), len(hits), float(ends.low), float(ends.high), question)
