"""What a judge's two opinions on a pair amount to: a win only if both orders agree, else a tie; no vote where one is missing.

And what the orders show of the judge itself: how often it flips, and whether it likes the first place. An imported judge was
asked in one order, so its word counts as it is and nothing can be said of its flips.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from rpo.judging.cache import JudgementCache
from rpo.judging.judges import Imported, Known
from rpo.judging.types import Opinion, Outcome, Question
from rpo.statistics import Result, Share
from rpo.statistics.intervals import same_raters
from rpo.statistics.raters import share
from rpo.voting import Choice, Comparison, Vote

CHOICE_OF = {Outcome.FIRST: Choice.LEFT, Outcome.SECOND: Choice.RIGHT, Outcome.TIE: Choice.TIE}
TURNED = {Outcome.FIRST: Outcome.SECOND, Outcome.SECOND: Outcome.FIRST}


@dataclass(frozen=True)
class PairVerdict:
    """A pair, the baseline's answer first, and what was said with it first (`forward`) and second (`backward`)."""

    pair: Comparison
    forward: Opinion | None
    backward: Opinion | None
    one_order: bool = False

    @property
    def verdict(self) -> Outcome | None:
        """Who won, in the pair's own order; None where an opinion is missing or is no verdict."""
        said = [outcome for outcome in (self.ahead, self.behind) if outcome is not None]
        if self.one_order:
            return said[0] if said else None
        if len(said) < 2:
            return None
        return said[0] if said[0] is said[1] else Outcome.TIE

    @property
    def ahead(self) -> Outcome | None:
        """What was said with the baseline first."""
        return self.forward.outcome if self.forward and self.forward.outcome.verdict else None

    @property
    def behind(self) -> Outcome | None:
        """What was said with the candidate first, turned into the pair's own order."""
        if not (self.backward and self.backward.outcome.verdict):
            return None
        return TURNED.get(self.backward.outcome, self.backward.outcome)

    @property
    def preference(self) -> float | None:
        """What part of the win the baseline has, from 0 to 1, by the judge's own number; None where it gave none."""
        numbers = [one.preference for one in (self.forward, self.backward) if one]
        if not self.one_order or not numbers or numbers[0] is None:
            return None
        return 2 - numbers[0] if self.forward else numbers[0] - 1

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """What came instead of verdicts."""
        return tuple(one.outcome for one in (self.forward, self.backward) if one and not one.outcome.verdict)


@dataclass(frozen=True)
class Lean(Result):
    """The share of the first place with a 95 % interval over `pairs`; NaN where it cannot be known."""

    value: float
    low: float
    high: float
    pairs: int
    question: str = "Of the verdicts for a side, how many are for the answer shown first? No lean: half."


@dataclass(frozen=True)
class Orders(Result):
    """What the two orders show of a judge: flips among pairs decided both ways, and the lean to the first place.

    Both count pairs, as the two calls of a pair are not independent; `refused`, `malformed`, `too_long`, `missing` count calls.
    """

    pairs: int
    ruled: int
    flips: Share
    first: Lean
    refused: int
    malformed: int
    too_long: int
    missing: int
    question: str = "Does the judge follow the answers, or their places?"


def pair_verdicts(archive: JudgementCache, judge: Known, pairs: Sequence[Comparison]) -> tuple[PairVerdict, ...]:
    """What this judge says to these pairs; those that need no rater are left out, unless annotations from elsewhere have them."""
    asked = [(pair, Question(pair.prompt, pair.first.text, pair.second.text)) for pair in pairs]
    said = archive.said(judge.id, [key for _, question in asked for key in (question.key, question.swap().key)])
    once = isinstance(judge, Imported)
    every = [PairVerdict(pair, said.get(one.key), said.get(one.swap().key), once) for pair, one in asked]
    return tuple(one for one in every if one.pair.verdict is None or (once and (one.forward or one.backward)))


def both_orders(archive: JudgementCache, pairs: Sequence[Comparison]) -> dict[Known, tuple[PairVerdict, ...]]:
    """What each judge says to these pairs, of those that have said anything; the newest judge first."""
    found = {judge: pair_verdicts(archive, judge, pairs) for judge in archive.judges()}
    return {judge: ruled for judge, ruled in found.items() if any(one.forward or one.backward for one in ruled)}


def judge_votes(ruled: Sequence[PairVerdict], judge: Known) -> tuple[Vote, ...]:
    """The verdicts as votes of one rater, the judge, with the baseline on the left; its own numbers are left aside."""
    return tuple(
        Vote(
            comparison=one.pair.id,
            prompt=one.pair.prompt,
            slice=one.pair.slice,
            rater=judge.name,
            choice=CHOICE_OF[one.verdict],
            both_bad=False,
            left=one.pair.first.author,
            right=one.pair.second.author,
            revision=0,
            time=0.0,
            reason=" / ".join(opinion.reply for opinion in (one.forward, one.backward) if opinion),
        )
        for one in ruled
        if one.verdict is not None
    )


def orders(ruled: Sequence[PairVerdict]) -> Orders:
    """Count flips, first places and failures."""
    decided = [one for one in ruled if {one.ahead, one.behind} <= {Outcome.FIRST, Outcome.SECOND}]
    failures = Counter(failure for one in ruled for failure in one.failures)
    calls = sum(opinion is not None for one in ruled for opinion in (one.forward, one.backward))
    return Orders(
        pairs=len(ruled),
        ruled=sum(one.verdict is not None for one in ruled),
        flips=share(
            [one.ahead is not one.behind for one in decided],
            "Of the pairs with a winner in both orders, how often is it another one?",
        ),
        first=_first(ruled),
        refused=failures[Outcome.REFUSED],
        malformed=failures[Outcome.MALFORMED],
        too_long=failures[Outcome.TOO_LONG],
        missing=(1 if any(one.one_order for one in ruled) else 2) * len(ruled) - calls,
    )


def _first(ruled: Sequence[PairVerdict]) -> Lean:
    """How often the answer shown first wins; a pair counts once, by the mean of its verdicts for a side."""
    shares = [
        float(np.mean(sides))
        for one in ruled
        if (sides := [said.outcome is Outcome.FIRST for said in (one.forward, one.backward) if said and said.outcome in TURNED])
    ]
    if not shares or any(one.one_order for one in ruled):
        return Lean(nan, nan, nan, 0)
    ends = same_raters(np.array(shares)[:, None])
    return Lean(float(np.mean(shares)), ends.low, ends.high, len(shares))
