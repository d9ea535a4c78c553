"""How the two sides of a panel differ: how often, or how much, each has a trait, and whether the side with more of it wins.

Prompts are the clusters and each has one answer a side, so differences are paired. A share has Wilson's interval and the exact
test of its difference (`intervals.difference_of`, `sign_flips`); a count has Student's, whose paired t test has the p.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np

from rpo.reading.found import WinsFound, wins_of
from rpo.reading.pairs import ReadPair
from rpo.reading.traits import Trait, values
from rpo.statistics import Looks, Result
from rpo.statistics.intervals import difference_of, mean_of, share_of
from rpo.statistics.sign_flips import sign_flip_p


@dataclass(frozen=True)
class SideRate(Result):
    """How much of a trait the answers of one side have, with a 95 % interval over n prompts: a share, or a mean count."""

    value: float
    low: float
    high: float
    n: int
    question: str = "What would it be on other prompts like these?"


@dataclass(frozen=True)
class SidesApart(Result):
    """How much more of a trait the candidate has; `p` of no difference, `holm` corrected for all that is looked at together."""

    value: float
    low: float
    high: float
    p: float
    n: int
    holm: float = nan
    question: str = "How much more of it has the candidate's answer than the baseline's to the same prompt?"


@dataclass(frozen=True)
class TraitDifference(Result):
    """A trait in both sides' answers, and how often the side with more of it wins (`wins.n`: prompts on which they differ)."""

    trait: str
    counted: bool
    baseline: SideRate
    candidate: SideRate
    apart: SidesApart
    wins: WinsFound
    question: str = "Do the sides differ in this, and does the side that has more of it win?"

    @property
    def seen(self) -> bool:
        """Whether any answer has it at all."""
        return bool(self.baseline.value or self.candidate.value)


def sides_differ(trait: Trait, pairs: Sequence[ReadPair], look: Looks) -> TraitDifference:
    """The trait in both answers of all pairs, and the win rate of the side with more of it; needs one pair at least."""
    found = values(trait, pairs)
    scores = np.array([pair.score for pair in pairs])
    more = found[:, 1] - found[:, 0]
    differ = (more != 0) & ~np.isnan(scores)
    won = np.where(more > 0, scores, 1 - scores)[differ]
    sides = [_side(found[:, side], trait.counted) for side in (0, 1)]
    return TraitDifference(trait.name, trait.counted, sides[0], sides[1], _apart(more, trait.counted), wins_of(won, look))


def _side(found: np.ndarray, counted: bool) -> SideRate:
    low, high = (mean_of if counted else share_of)(found)
    return SideRate(float(found.mean()), max(0.0, low) if low == low else low, high, len(found))


def _apart(more: np.ndarray, counted: bool) -> SidesApart:
    """Both ends and the p of a difference, (P,)."""
    if not counted:
        return SidesApart(float(more.mean()), *difference_of(more), sign_flip_p((1 + more) / 2), len(more))
    return SidesApart(float(more.mean()), *mean_of(more), _paired_p(more), len(more))


def _paired_p(more: np.ndarray) -> float:
    from scipy.stats import ttest_1samp

    if not more.std():
        return nan if len(more) < 2 else float(not more[0])
    found: Any = ttest_1samp(more, 0)
    return float(found.pvalue)
