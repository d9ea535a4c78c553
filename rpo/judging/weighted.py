"""A judge's own numbers as a win rate, by the definitions of AlpacaEval's leaderboard, beside what its verdicts alone would give.

`win_rate` is the mean of preference − 1 over prompts, `standard_error` that of this mean (alpaca_eval 0.6.6,
`metrics/helpers.py`); `discrete_win_rate` takes a preference above 1.5 for a whole win. Calls that failed count for none of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan, sqrt

from rpo.judging.judges import Known
from rpo.judging.verdicts import PairVerdict, judge_votes
from rpo.statistics import Interval, Result
from rpo.statistics.intervals import means, same_raters, vote_table
from rpo.voting import Unrated, Vote, columns


@dataclass(frozen=True)
class WinRate(Result):
    """Shares from 0 to 1 over `n` prompts; `standard_error` is NaN for one prompt, `interval` follows from it on Wilson's scale.

    `unknown` of the n prompts have a verdict but no number: they count as their verdict.
    """

    win_rate: float
    standard_error: float
    interval: Interval
    discrete_win_rate: float
    n: int
    unknown: int
    question: str = "What part of the win does the judge's number give the candidate, on the mean over prompts?"

    @property
    def known(self) -> bool:
        """Whether the judge gave any number at all."""
        return self.unknown < self.n


def weighted(ruled: Sequence[PairVerdict], judge: Known) -> tuple[Vote, ...]:
    """The rulings as votes of one rater that count by the judge's own numbers, where it gave them."""
    numbers = {one.pair.id: one.preference for one in ruled}
    return tuple(replace(vote, preference=numbers[vote.comparison]) for vote in judge_votes(ruled, judge))


def win_rate(said: Sequence[Vote], candidate: str) -> WinRate:
    """The figures of these votes of one judge, one vote a prompt."""
    plain = [replace(vote, preference=None) for vote in said]
    grid = vote_table(columns(said), candidate)
    scores, count = means(grid), len(said)
    error = sqrt(float(((scores - scores.mean()) ** 2).sum()) / (count - 1) / count) if count > 1 else nan
    return WinRate(
        win_rate=float(scores.mean()),
        standard_error=error,
        interval=same_raters(grid),
        discrete_win_rate=float(means(vote_table(columns(plain), candidate)).mean()),
        n=count,
        unknown=sum(vote.preference is None for vote in said),
    )


def unsaid(settled: Sequence[Unrated], said: Sequence[Vote]) -> tuple[Unrated, ...]:
    """Of the pairs that need no rater, those on which this judge has not said a word of its own."""
    named = {vote.comparison for vote in said}
    return tuple(one for one in settled if one.comparison not in named)
