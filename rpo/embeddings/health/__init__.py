"""How far an embedding and its picture can be trusted: the figures, and what they mean."""

from rpo.embeddings.health.figures import Health, density, examine, faithfulness, overlap, plane_neighbours, random_cosines
from rpo.embeddings.health.report import Finding, Grade, findings, judge

__all__ = [
    "Finding",
    "Grade",
    "Health",
    "density",
    "examine",
    "faithfulness",
    "findings",
    "judge",
    "overlap",
    "plane_neighbours",
    "random_cosines",
]
