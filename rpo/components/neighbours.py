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
SLIDER_ENDS = 0.01, 10.0  # ends of the slider of tau, unless tau lies beyond
SLIDER = """<label>τ <input type="range" aria-label="τ of the weights"> <output></output></label>"""
SLIDER_STYLE = """
label { display: flex; gap: 0.5rem; align-items: center; font: 0.875rem var(--st-font); color: var(--st-text-color) }
input { flex: 1; accent-color: var(--st-primary-color); height: 1.5rem }
output { min-width: 3rem; text-align: right; font-variant-numeric: tabular-nums }
"""
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


def overlay(drawn: PromptMap, links: Links, chart: str, tau: float) -> dict[str, Any]:
    """What `neighbours.js` draws over the chart of that key: the ring's place, and the lines' ends with their cosines.

    The browser weighs them itself while its slider moves, which begins at `tau`; it gives back a `tau` when it is let go.
    """
    ends = [[*drawn.points[row].tolist(), cosine] for row, cosine in zip(links.rows, links.cosines.tolist(), strict=True)]
    return {
        **ring(drawn, links.row, chart),
        "ends": ends,
        "tau": tau,
        "range": [min(SLIDER_ENDS[0], tau), max(SLIDER_ENDS[1], tau)],
    }


def ring(drawn: PromptMap, row: int | None, chart: str) -> dict[str, Any]:
    """The ring alone."""
    return {"chart": chart, "at": None if row is None else drawn.points[row].tolist(), "ends": [], "tau": 1.0}
