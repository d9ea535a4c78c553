"""How far two maps of the same prompts agree on who is near whom, and where they differ most.

Not which of them is right: two encoders may both be good and see other things. Axes: N prompts, K neighbours.
"""

from dataclasses import dataclass

import numpy as np

from rpo.embeddings.graph import NEIGHBOURS, Graph
from rpo.embeddings.health import overlap, plane_neighbours
from rpo.embeddings.prompt_map import PromptMap
from rpo.errors import RpoError


@dataclass(frozen=True)
class MapAgreement:
    """For each prompt the share of its K nearest that both maps have in common, (N,); `chance` is what two random maps share."""

    shares: np.ndarray
    chance: float

    @property
    def mean(self) -> float:
        """The mean share."""
        return float(self.shares.mean())

    def least(self, count: int) -> tuple[int, ...]:
        """The rows on which the maps differ most, the worst first."""
        return tuple(int(row) for row in np.argsort(self.shares, kind="stable")[:count])


def agree(one: PromptMap, other: PromptMap, graphs: tuple[Graph, Graph] | None = None) -> MapAgreement:
    """The agreement of neighbours in the original spaces if their graphs are given, else on the pictures."""
    if one.prompts != other.prompts:
        raise RpoError(
            f"two maps can be compared when they show the same prompts, these have {len(one.prompts):,} and "
            f"{len(other.prompts):,}; choose maps of one data set"
        )
    count = min(NEIGHBOURS, len(one.prompts)) - 1
    if graphs:
        near, far = (indices[:, 1:] for indices, _ in graphs)
    else:
        near, far = (plane_neighbours(drawn.points, count) for drawn in (one, other))
    return MapAgreement(overlap(near, far), count / max(1, len(one.prompts) - 1))
