"""What raters do whatever the answers are: the side they like, whether they repeat themselves, how fast, how often "both bad".

And of one of them, for their own eyes, how often others said the same. Not the result, and not how far all agree.

Sides are drawn and balanced for each rater, so quality gives no reason to prefer the left; a hidden repeat is the same comparison
with its sides exchanged. All showings count here, repeats too. Whether a rater leans to one side is an exact binomial test,
corrected after Holm (1979) for how many raters are looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan

import numpy as np

from rpo.statistics.ending import Ending
from rpo.statistics.intervals import ERROR_RATE, LEVEL
from rpo.statistics.result import Result
from rpo.statistics.score import holm
from rpo.voting.columns import Columns, Votes, columns

SHOWN_AGAIN = "Of the pairs shown again with their sides exchanged, how many got the same verdict?"


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
class RaterStats(Result):
    """What one rater does, or all raters where the name is empty; `seconds` is the median from display to vote.

    `lean` is the p of "no lean to one side", corrected for all rows that are looked at together.
    """

    rater: str
    votes: int
    left: Share
    consistent: Share
    both_bad: Share
    seconds: float
    lean: float

    @property
    def question(self) -> str:
        """What they show."""
        return "Does the vote follow the answers, or something else?"

    @property
    def leans(self) -> bool:
        """Whether the share of left is away from one half by more than chance has it, in 1 of 20 panels for any rater at all."""
        return self.lean <= ERROR_RATE


@dataclass(frozen=True)
class OwnAgreement(Result):
    """For a rater at the end: how often others' votes on the same pairs, and their own on a second showing, say the same."""

    others: Share
    repeats: Share

    @property
    def question(self) -> str:
        """What it shows a rater."""
        return "How often did the other raters say what I said, and how often did I say it again?"


def own_agreement(votes: Votes, rater: str, end: Ending) -> OwnAgreement | None:
    """A rater's agreement with the others and with themselves; None until all have finished, as votes can change till then."""
    if end.late:
        return None
    every = columns(votes)
    first, mine = every.first, every.rater.codes == every.rater.code(rater)
    own, winners = first.rater.codes == first.rater.code(rater), _winners(first)
    said = dict(zip(first.comparison.codes[own].tolist(), winners[own], strict=True))
    theirs = zip(first.comparison.codes[~own].tolist(), winners[~own], strict=True)
    alike = [said[pair] == winner for pair, winner in theirs if pair in said]
    return OwnAgreement(
        share(alike, "Of the other raters' votes on the same pairs, how many say what this rater said?"),
        share(_repeated(every.where(mine)), SHOWN_AGAIN),
    )


def rater_stats(votes: Votes) -> tuple[RaterStats, ...]:
    """All raters together, then each by name."""
    every = columns(votes)
    names = every.rater.used().names
    rows = [_stats("", every), *(_stats(name, every.where(every.rater.codes == every.rater.code(name))) for name in names)]
    different = rows if len(names) > 1 else rows[:1]  # of one rater, all together are the same votes
    corrected = holm([one.lean for one in different]) * (1 if len(names) > 1 else len(rows))
    return tuple(replace(one, lean=lean) for one, lean in zip(rows, corrected, strict=True))


def _stats(rater: str, votes: Columns) -> RaterStats:
    seconds, left = votes.seconds[~np.isnan(votes.seconds)], votes.side[votes.side != 0] == 1
    return RaterStats(
        rater=rater,
        votes=len(votes),
        left=share(left, "Of the votes for a side, how many are for the left? No lean: half."),
        consistent=share(_repeated(votes), SHOWN_AGAIN),
        both_bad=share(votes.both_bad, "Of all votes, how many say that both answers are bad?"),
        seconds=float(np.median(seconds)) if len(seconds) else nan,
        lean=_lean(left),
    )


def _lean(left: np.ndarray) -> float:
    from scipy.stats import binomtest

    return float(binomtest(int(left.sum()), len(left)).pvalue) if len(left) else 1.0


def _repeated(votes: Columns) -> np.ndarray:
    """For each hidden repeat whose first showing has a vote: whether both name the same winner."""
    places, winners = np.arange(len(votes)), _winners(votes)
    showings = list(zip(votes.rater.codes.tolist(), votes.comparison.codes.tolist(), strict=True))
    again = places[votes.repeat > 0].tolist()
    asked = np.isin(votes.comparison.codes, votes.comparison.codes[again])
    first = {showings[place]: place for place in places[(votes.repeat == 0) & asked].tolist()}
    same = [winners[first[showings[place]]] == winners[place] for place in again if showings[place] in first]
    return np.array(same, dtype=bool)


def _winners(votes: Columns) -> np.ndarray:
    """The author whom each vote names, None for a tie, (V,)."""
    left, right = (np.array(side.names, dtype=object)[side.codes] for side in (votes.left, votes.right))
    named = np.where(votes.side == 1, left, right)
    named[votes.side == 0] = None
    return named


def share(hits: Sequence[bool] | np.ndarray, question: str) -> Share:
    """How many of these are so."""
    from scipy.stats import binomtest

    count, k = len(hits), int(np.sum(hits))
    if not count:
        return Share(0, 0, nan, nan, question)
    ends = binomtest(k, count).proportion_ci(LEVEL, method="wilson")
    return Share(k, count, float(ends.low), float(ends.high), question)
