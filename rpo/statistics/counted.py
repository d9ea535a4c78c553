"""Wins, ties and losses counted in prompts, so that the score follows from them: (won + tied / 2) / n.

A prompt counts once, shared out among its votes, as the score averages them first; a pair that needed no rater counts whole. Not
the votes themselves, of which raters may have cast several a prompt: see `score`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rpo.errors import RpoError
from rpo.statistics.result import Result
from rpo.statistics.score import ScoredPrompts
from rpo.voting.columns import Votes, columns


@dataclass(frozen=True)
class Counted(Result):
    """Prompts that the candidate won, tied and lost; fractions where raters differ on a prompt."""

    won: float
    tied: float
    lost: float
    question: str = "On how many prompts is the candidate's answer preferred, a prompt shared out among its votes?"

    @property
    def n(self) -> int:
        """All prompts."""
        return round(self.won + self.tied + self.lost)

    @property
    def score(self) -> float:
        """The score that follows."""
        return (self.won + self.tied / 2) / self.n

    @property
    def words(self) -> str:
        """Won, tied and lost for a page to print."""
        return " · ".join(map(counted_words, (self.won, self.tied, self.lost)))


def counted(votes: Votes, candidate: str, unrated: Sequence[ScoredPrompts] = ()) -> Counted:
    """Count prompts by votes on the first showing and by the pairs that needed no rater; needs one of either."""
    first = columns(votes).first
    settled = np.array([pair.outcome(candidate) for pair in unrated])
    if not len(first) and not len(settled):
        raise RpoError("counts need at least one vote, there is none yet; vote first")
    shares = 1 / np.bincount(first.comparison.codes)[first.comparison.codes] if len(first) else np.array([])
    outcomes = np.concatenate([first.outcomes(candidate), settled])
    weights = np.concatenate([shares, np.ones(len(settled))])
    won, tied, lost = (float(weights[part].sum()) for part in (outcomes > 0.5, outcomes == 0.5, outcomes < 0.5))
    return Counted(won, tied, lost)


def counted_words(count: float) -> str:
    """A count with as many digits as it needs, two at the most."""
    return f"{count:.2f}".rstrip("0").rstrip(".")
