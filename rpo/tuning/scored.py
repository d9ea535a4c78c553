"""What a batch's scores say against its contrasts: how much weight lies on contradicted cells, by cosine, in words and figures.

Only what is there to see before a run. A run leaves such cells out where its spec says so (`RunSpec.true_contrasts`).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rpo.contrast import ContradictedWeight, contradicted, contradicted_weight
from rpo.glossary import quantity
from rpo.tuning.point import Point
from rpo.tuning.reading import rounded
from rpo.tuning.sample import Sample

NAMED_FROM = 0.005  # of all weight: a bin of cosines with less is not named


@dataclass(frozen=True)
class Contradictions:
    """The others' weight of one batch on contradicted cells, the scores' name, and how many of its `answers` have no score."""

    weight: ContradictedWeight
    scale: str
    lacking: int
    answers: int

    @property
    def words(self) -> str:
        """The share, what it means, and what cannot be known of answers without a score."""
        part = self.weight.share
        share = "No weight" if np.isnan(part) else f"{rounded(100 * part, 0):.0f} % of the others' weight"
        rule = f"the chosen answer's {self.scale} is below the rejected one's, {self.scale} taken for one scale across prompts"
        lacking = f" {self.lacking} of {quantity(self.answers, 'answer')} without a score: their cells count as true."
        return f"{share} lies on contradicted pairs: {rule}.{lacking if self.lacking else ''}"

    @property
    def by_cosine(self) -> str:
        """Of the weight on others at each cosine of the prompts, the contradicted part; "" where no other has weight."""
        edges = [round(edge, 1) + 0.0 for edge in self.weight.edges.tolist()]  # no -0.0
        bins = zip(edges, edges[1:], self.weight.weight.tolist(), self.weight.contradicted.tolist(), strict=False)
        seen = [(low, high, bad / there) for low, high, there, bad in bins if there > NAMED_FROM]
        parts = [f"{low:.1f} to {high:.1f} {100 * part:.0f} %" for low, high, part in seen]
        return f"By the prompts' cosine: {', '.join(parts)}." if parts else ""


def contradictions(sample: Sample, cosines: np.ndarray, point: Point) -> Contradictions | None:
    """Where the weight of one batch (M, N) lies at a point; None where its data carry no scores."""
    if not sample.scale:
        return None
    seen = torch.as_tensor(cosines)
    weight = contradicted_weight(point.weights(seen, sample.paired), seen, cells_of(sample), sample.paired)
    scores = (*sample.chosen_scores, *sample.rejected_scores)
    return Contradictions(weight, sample.scale, int(np.isnan(scores).sum()), len(scores))


def cells_of(sample: Sample) -> Tensor:
    """The contradicted cells (M, N) of a batch whose data carry scores."""
    chosen, rejected = (torch.tensor(side, dtype=torch.float64) for side in (sample.chosen_scores, sample.rejected_scores))
    return contradicted(chosen, rejected, sample.paired)
