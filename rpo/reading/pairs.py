"""The pairs of a panel as its owner reads them: both answers with their authors, who voted what and why, what judges said.

Not for raters: a rater sees a pair without authors and without the others' votes (`rpo.voting.session`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import isnan, nan

from rpo.statistics.score import EVEN
from rpo.voting import Answer, Ballots, Columns, Comparison, Vote

WrittenOfVotes = Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]
"""By rater and pair, the reason and the tags of a vote."""


class PairStanding(StrEnum):
    """What the votes on one pair amount to for the candidate, by their mean; open as long as there is none."""

    WON = "won"
    TIED = "tied"
    LOST = "lost"
    OPEN = "no vote yet"


def standing_at(outcome: float) -> PairStanding:
    """The standing of a mean outcome of the candidate, 0 to 1, NaN where there is none."""
    if isnan(outcome):
        return PairStanding.OPEN
    if abs(outcome - 0.5) <= EVEN:
        return PairStanding.TIED
    return PairStanding.WON if outcome > 0.5 else PairStanding.LOST


@dataclass(frozen=True)
class VoteRead:
    """One rater's vote on a pair: `outcome` is 1, 0.5 or 0 for the candidate, whose answer stood left or right."""

    rater: str
    outcome: float
    both_bad: bool
    candidate_left: bool
    tags: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class RulingRead:
    """A judge's verdict on a pair: `outcome` for the candidate, 0 to 1, and what the judge wrote."""

    judge: str
    outcome: float
    reply: str = ""

    @property
    def standing(self) -> PairStanding:
        """Whom it is for."""
        return standing_at(self.outcome)


@dataclass(frozen=True)
class ReadPair:
    """A pair, the baseline's answer first, with the votes on its first showings and the verdicts of judges."""

    pair: Comparison
    votes: tuple[VoteRead, ...] = ()
    rulings: tuple[RulingRead, ...] = ()

    @property
    def id(self) -> str:
        """The pair's id, which an address can hold."""
        return self.pair.id

    @property
    def baseline(self) -> Answer:
        """The baseline's answer."""
        return self.pair.first

    @property
    def candidate(self) -> Answer:
        """The candidate's answer."""
        return self.pair.second

    @cached_property
    def score(self) -> float:
        """The candidate's mean outcome, as in the panel's score: of the votes, or without a rater; NaN where there is none."""
        if self.pair.verdict is not None:
            return 0.5 if self.pair.verdict.tie else float(bool(self.candidate.text.strip()))
        return sum(vote.outcome for vote in self.votes) / len(self.votes) if self.votes else nan

    @property
    def standing(self) -> PairStanding:
        """Won, tied or lost by the mean of the votes."""
        return standing_at(self.score)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Votes for the candidate, for neither, for the baseline."""
        outcomes = [vote.outcome for vote in self.votes]
        return outcomes.count(1.0), outcomes.count(0.5), outcomes.count(0.0)

    @property
    def split(self) -> bool:
        """Whether raters named different winners."""
        won, _, lost = self.counts
        return bool(won and lost)

    @property
    def both_bad(self) -> int:
        """How many votes found neither answer usable."""
        return sum(vote.both_bad for vote in self.votes)

    @property
    def most(self) -> PairStanding:
        """What more raters said than anything else, a tie where nothing leads: what a judge is held against."""
        if not self.votes:
            return PairStanding.OPEN
        counts = self.counts
        leading = [place for place, count in enumerate(counts) if count == max(counts)]
        return (PairStanding.WON, PairStanding.TIED, PairStanding.LOST)[leading[0] if len(leading) == 1 else 1]

    @property
    def judge_differs(self) -> bool:
        """Whether a judge came to another verdict than most raters."""
        return bool(self.votes) and any(ruling.standing is not self.most for ruling in self.rulings)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that raters attached, each once, in the order they came."""
        return tuple(dict.fromkeys(tag for vote in self.votes for tag in vote.tags))

    @cached_property
    def words(self) -> tuple[int, int]:
        """How many words the answers have, the baseline's first."""
        return len(self.baseline.text.split()), len(self.candidate.text.split())

    @cached_property
    def searched(self) -> str:
        """All that a search looks through, in small letters: prompt, answers, reasons."""
        reasons = (vote.reason for vote in self.votes)
        return "\n".join((self.pair.prompt, self.baseline.text, self.candidate.text, *reasons)).casefold()


def read_pairs(ballots: Ballots, panel: str, votes: Columns | None = None, ruled: Iterable[Vote] = ()) -> tuple[ReadPair, ...]:
    """The panel's pairs in its order; `votes` on it, where they are read already, and `ruled`, judges' verdicts as votes."""
    candidate = ballots.panel(panel).candidate
    said = _votes_read(ballots.columns(panel) if votes is None else votes, candidate, ballots.written(panel))
    rulings: dict[str, list[RulingRead]] = defaultdict(list)
    for one in ruled:
        rulings[one.comparison].append(RulingRead(one.rater, one.outcome(candidate), one.reason))
    return tuple(ReadPair(pair, tuple(said[name]), tuple(rulings[name])) for name, pair in ballots.comparisons(panel).items())


def _votes_read(votes: Columns, candidate: str, written: WrittenOfVotes) -> dict[str, list[VoteRead]]:
    """The votes on first showings, in the order they came."""
    first, said = votes.first, defaultdict[str, list[VoteRead]](list)
    columns = (first.comparison.codes, first.rater.codes, first.outcomes(candidate), first.both_bad)
    left = first.left.codes == first.left.code(candidate)
    for pair, rater, outcome, bad, on_left in zip(*(column.tolist() for column in (*columns, left)), strict=True):
        name, pair_id = first.rater.names[rater], first.comparison.names[pair]
        reason, tags = written.get((name, pair_id), ("", ()))
        said[pair_id].append(VoteRead(name, outcome, bad, on_left, tags, reason))
    return said
