"""The health of an embedding as a picture: how far the nearest prompts stand out from unrelated ones."""

import numpy as np
import plotly.graph_objects as go

from rpo.embeddings import Health

BINS = 60
FAR, CLOSE_COLOURS = "#9ca3af", "#6366f1"


def cosines_figure(found: Health) -> go.Figure:
    """Two histograms over one axis: cosines of random pairs, and of each prompt to its nearest."""
    low, high = float(min(found.unrelated.min(), 0)), 1.0
    edges = np.linspace(low, high, BINS + 1)
    figure = go.Figure()
    for name, values, colour in (("unrelated prompts", found.unrelated, FAR), ("nearest prompt", found.closest, CLOSE_COLOURS)):
        shares = np.histogram(np.clip(values, low, high), edges)[0] / len(values)
        figure.add_trace(_bars(edges, shares, name, colour))
    figure.update_xaxes(title="cosine", range=[low, high])
    figure.update_yaxes(visible=False)
    figure.update_layout(
        height=190,
        margin={"l": 0, "r": 0, "t": 8, "b": 8},
        barmode="overlay",
        bargap=0,
        legend={"orientation": "h", "x": 0, "y": 1.15},
        dragmode=False,
    )
    return figure


def _bars(edges: np.ndarray, shares: np.ndarray, name: str, colour: str) -> go.Bar:
    return go.Bar(
        x=(edges[1:] + edges[:-1]) / 2,
        y=shares,
        name=name,
        marker={"color": colour, "line": {"width": 0}},
        opacity=0.75,
        hovertemplate=f"{name}: %{{y:.1%}} at cosine %{{x:.2f}}<extra></extra>",
    )
