"""The comparisons that split the raters, the most split first: what to read when agreement is low.

Not a figure of agreement (see `agreement`) and not a verdict on who is right. Hidden repeats do not count.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rpo.voting.comparison import Vote
from rpo.voting.result import Result


@dataclass(frozen=True)
class Disagreement(Result):
    """A comparison with votes for both answers; `opposed` is the share of pairs of votes that name different winners."""

    comparison: str
    prompt: str
    slice: str
    candidate: tuple[str, ...]
    baseline: tuple[str, ...]
    tie: tuple[str, ...]
    opposed: float

    @property
    def question(self) -> str:
        """What reading it may tell."""
        return "Why do some prefer one answer here and some the other?"

    @property
    def n(self) -> int:
        """How many votes there are on it."""
        return len(self.candidate) + len(self.baseline) + len(self.tie)


def disagreements(votes: Sequence[Vote], candidate: str) -> tuple[Disagreement, ...]:
    """Each comparison that some raters gave to one side and some to the other, the most opposed and then the most voted first."""
    groups: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        if vote.repeat == 0:
            groups[vote.comparison].append(vote)
    split = [_split(group, candidate) for group in groups.values()]
    return tuple(sorted((one for one in split if one.opposed > 0), key=lambda one: (-one.opposed, -one.n, one.comparison)))


def _split(group: Sequence[Vote], candidate: str) -> Disagreement:
    won, lost, tied = (
        tuple(sorted(vote.rater for vote in group if vote.outcome(candidate) == outcome)) for outcome in (1.0, 0.0, 0.5)
    )
    pairs = len(group) * (len(group) - 1) / 2
    about = group[0]
    return Disagreement(about.comparison, about.prompt, about.slice, won, lost, tied, len(won) * len(lost) / max(pairs, 1))
