"""How far raters' own win rates lie apart beyond chance: what a plan for raters like these starts from."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from rpo.statistics.effects.components import cell_weights, components
from rpo.statistics.effects.other_raters import RATERS
from rpo.statistics.intervals import vote_table
from rpo.statistics.result import Result
from rpo.voting.columns import Votes, columns

WIDEST = 0.5  # no win rates lie further apart


@dataclass(frozen=True)
class RaterSpread(Result):
    """Standard deviation of the win rates of decided votes, of raters like these; 0 where they differ no more than chance."""

    value: float
    raters: int
    prompts: int
    question: str = "How far do the raters' own win rates lie apart?"

    @property
    def n(self) -> int:
        """How many raters it was measured on."""
        return self.raters


def rater_spread(votes: Votes, candidate: str) -> RaterSpread | None:
    """As a panel shows it; None below three raters or three prompts, where all is a tie, or where one rater did nearly all."""
    first = columns(votes).first
    grid, decided = vote_table(first, candidate), float((first.side != 0).mean()) if len(first) else 0.0
    prompts, raters = grid.shape
    if min(prompts, raters) < RATERS or decided == 0:
        return None
    shares = (cell_weights(grid).sum(axis=0) ** 2).sum()
    if 1 / shares < RATERS - 1:
        return None
    apart = sqrt(components(grid).of_raters / float(shares)) / decided
    return RaterSpread(float(np.minimum(apart, WIDEST)), raters, prompts)
