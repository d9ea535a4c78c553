"""All that a write-up says of a panel, gathered once by the functions that Results uses, so that each number has one origin.

Not the words: see `methods`, `limitations`, `table` and `datasheet`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rpo.judging import (
    JudgementCache,
    JudgeVsHumans,
    Known,
    PairVerdict,
    Question,
    both_orders,
    judge_votes,
    judge_vs_humans,
    unsaid,
    weighted,
)
from rpo.statistics import Agreement, Ending, RaterStats, Reading, Standings, agreement, by_slice, rater_stats, standings
from rpo.voting import Ballots, Columns, Comparison, Panel, Unrated


@dataclass(frozen=True)
class JudgeFound:
    """One judge's own score on the panel and how it compares with the raters, None where they share no prompt.

    `first` and `last`: when its first and last opinion was kept, in Unix seconds.
    """

    judge: Known
    score: Standings
    raters: JudgeVsHumans | None
    first: float
    last: float


@dataclass(frozen=True)
class Findings:
    """A panel with all that is known of it; `candidate` and `baseline` as people call them, `cut` and `practice` count pairs."""

    panel: Panel
    candidate: str
    baseline: str
    end: Ending
    score: Standings
    slices: tuple[Standings, ...]
    agreement: Agreement
    raters: tuple[RaterStats, ...]
    settled: tuple[Unrated, ...]
    judges: tuple[JudgeFound, ...]
    cut: int
    practice: int = 0

    @property
    def reading(self) -> Reading:
        """The score by the interval that the panel goes by."""
        return self.score.reading(self.end.look)

    @property
    def together(self) -> RaterStats:
        """All raters as one."""
        return self.raters[0]

    @property
    def each(self) -> tuple[RaterStats, ...]:
        """Each rater by name."""
        return self.raters[1:]


def find(
    ballots: Ballots, panel: Panel, votes: Columns, settled: tuple[Unrated, ...], end: Ending, titles: Mapping[str, str]
) -> Findings:
    """Gather what these votes on a panel say; `titles` name authors that are runs. Needs one vote at least."""
    pairs = ballots.comparisons(panel.id)
    parts = by_slice(votes, panel.candidate, settled)
    return Findings(
        panel=panel,
        candidate=titles.get(panel.candidate, panel.candidate),
        baseline=titles.get(panel.baseline, panel.baseline),
        end=end,
        score=standings(votes, panel.candidate, settled),
        slices=parts if len(parts) > 1 else (),
        agreement=agreement(votes, panel.candidate),
        raters=rater_stats(votes),
        settled=settled,
        judges=judged(JudgementCache(ballots.database), panel, votes, settled, list(pairs.values())),
        practice=len(ballots.practice(panel.id)),
        cut=sum(pair.first.cut or pair.second.cut for pair in pairs.values()),
    )


def judged(
    archive: JudgementCache, panel: Panel, votes: Columns, settled: tuple[Unrated, ...], pairs: Sequence[Comparison]
) -> tuple[JudgeFound, ...]:
    """Each judge that has a verdict on one of these pairs, in both orders where it was asked in both."""
    said = both_orders(archive, pairs)
    return tuple(_one(archive, judge, ruled, panel, votes, settled) for judge, ruled in said.items() if judge_votes(ruled, judge))


def _one(
    archive: JudgementCache,
    judge: Known,
    ruled: Sequence[PairVerdict],
    panel: Panel,
    votes: Columns,
    settled: tuple[Unrated, ...],
) -> JudgeFound:
    numbers, verdicts = weighted(ruled, judge), judge_votes(ruled, judge)
    questions = [Question(one.pair.prompt, one.pair.first.text, one.pair.second.text) for one in ruled]
    keys = [key for question in questions for key in (question.key, question.swap().key)]
    first, last = archive.asked(judge.id, keys) or (0.0, 0.0)
    shared = {vote.comparison for vote in verdicts} & set(votes.first.comparison.used().names)
    beside = judge_vs_humans(verdicts, votes, panel.candidate) if shared else None
    return JudgeFound(judge, standings(numbers, panel.candidate, unsaid(settled, numbers)), beside, first, last)
