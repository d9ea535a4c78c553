"""The picked prompt on the map: a ring, and lines to its nearest prompts as wide as their contrast weights.

Drawn over the chart in the browser, so that a pick or another tau leaves the figure, and with it the reader's zoom, as it is. Not
part of the figure for that reason. Axes: K neighbours.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rpo.embeddings import PromptMap, neighbours

LINES_DRAWN = 10
JS = "\n".join(Path(__file__).with_name(f"{name}.js").read_text(encoding="utf-8") for name in ("over_chart", "neighbours"))


@dataclass(frozen=True)
class Links:
    """A prompt's row, its K nearest rows with their cosines, and weights that sum to 1 with `own`, the prompt's own pair."""

    row: int
    rows: np.ndarray
    cosines: np.ndarray
    weights: np.ndarray
    own: float


def links_of(drawn: PromptMap, row: int, tau: float, count: int = LINES_DRAWN) -> Links:
    """The weights of a batch of a prompt and its `count` nearest: softmax of −(1 − cos)/tau over its row (arXiv 2402.10958)."""
    import torch

    from rpo.contrast import contrast_weights

    rows, cosines = neighbours(drawn.vectors, row, count)
    batch = torch.tensor(drawn.vectors[np.concatenate([[row], rows])])
    own, *others = contrast_weights(batch[:1], batch, tau)[0].tolist()
    return Links(row, rows, cosines, np.array(others), own)


def overlay(drawn: PromptMap, links: Links | None, chart: str) -> dict[str, Any]:
    """What `neighbours.js` draws over the chart of that key: the ring's place, lines' ends and shares of the largest weight."""
    if links is None:
        return {"chart": chart, "at": None, "ends": []}
    most = float(links.weights.max()) if len(links.weights) else 1.0
    ends = [[*drawn.points[row].tolist(), weight / most] for row, weight in zip(links.rows, links.weights.tolist(), strict=True)]
    return {"chart": chart, "at": drawn.points[links.row].tolist(), "ends": ends}


def ring(drawn: PromptMap, row: int | None, chart: str) -> dict[str, Any]:
    """The ring alone."""
    return {"chart": chart, "at": None if row is None else drawn.points[row].tolist(), "ends": []}
