"""What the votes say: wins, ties, losses, a score with an interval and the question that interval answers.

The interval is for "these raters, other prompts like these": votes on one prompt are averaged first, then Wilson's interval is
taken over the n prompts (statsmodels). Ties make the prompt means less spread than wins and losses would, so with ties it is
somewhat too wide, never too narrow. It says nothing about other raters.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rpo.errors import RpoError
from rpo.voting.comparison import Vote


@dataclass(frozen=True)
class Standings:
    """The candidate against the baseline; `score` = (wins + ties/2)/n over prompts, `low` and `high` its 95 % interval."""

    wins: int
    ties: int
    losses: int
    score: float
    low: float
    high: float
    p: float
    prompts: int
    raters: int
    both_bad: int
    unrated: int
    slice: str = ""

    @property
    def votes(self) -> int:
        """How many votes stand behind it."""
        return self.wins + self.ties + self.losses


def standings(votes: Sequence[Vote], candidate: str, unrated: int = 0, slice_name: str = "") -> Standings:
    """Count and score `votes`; `unrated` identical answers count as ties that nobody had to see. Needs at least one of either."""
    from scipy.stats import binomtest
    from statsmodels.stats.proportion import proportion_confint

    if not votes and not unrated:
        raise RpoError("results need at least one vote, there is none yet; vote first")
    outcomes = [vote.outcome(candidate) for vote in votes]
    by_prompt: dict[str, list[float]] = defaultdict(list)
    for vote, outcome in zip(votes, outcomes, strict=True):
        by_prompt[vote.comparison].append(outcome)
    means = [sum(seen) / len(seen) for seen in by_prompt.values()] + [0.5] * unrated
    interval: Any = proportion_confint(sum(means), len(means), alpha=0.05, method="wilson")
    better, worse = (sum(1 for mean in means if (mean - 0.5) * sign > 0) for sign in (1, -1))
    return Standings(
        wins=outcomes.count(1.0),
        ties=outcomes.count(0.5),
        losses=outcomes.count(0.0),
        score=sum(means) / len(means),
        low=float(interval[0]),
        high=float(interval[1]),
        p=float(binomtest(better, better + worse).pvalue) if better + worse else 1.0,
        prompts=len(means),
        raters=len({vote.rater for vote in votes}),
        both_bad=sum(vote.both_bad for vote in votes),
        unrated=unrated,
        slice=slice_name,
    )


def by_slice(votes: Sequence[Vote], candidate: str) -> tuple[Standings, ...]:
    """Standings of each slice that has votes, by name."""
    groups: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        groups[vote.slice].append(vote)
    return tuple(standings(group, candidate, slice_name=name or "(none)") for name, group in sorted(groups.items()))
