"""The prompt map as a scatter: one point a prompt, coloured by slice; its customdata is the prompt's row number.

Drawn as SVG up to a thousand prompts: without a graphics card that is a second or two sooner on the screen than WebGL.
"""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from rpo.home import digest
from rpo.prompts import PromptMap

PALETTE = (
    *("#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#b6992d", "#b07aa1", "#d37295", "#9c755f", "#79706e"),
    *("#499894", "#86bcb6", "#d4a6c8", "#a0cbe8", "#ffbe7d", "#8cd17d", "#f1ce63", "#ff9d9a", "#bab0ac", "#d7b5a6"),
)
SIZES = ((500, 9), (2000, 7), (5000, 5), (math.inf, 4))  # up to so many prompts a point is so many pixels wide
PLAIN = 1000  # prompts up to which WebGL costs more than it saves
HOVER = 5000  # above this many points texts on hover cost more than the picture


def map_figure(drawn: PromptMap, slices: Sequence[str], picked: int | None = None) -> go.Figure:
    """All N prompts, coloured by slice; a ring marks the `picked` row."""
    figure = go.Figure()
    names, labels = tuple(dict.fromkeys(slices)), np.array(slices, dtype=object)
    for number, name in enumerate(names):
        figure.add_trace(_points(drawn, np.flatnonzero(labels == name), name or "(no slice)", PALETTE[number % len(PALETTE)]))
    if picked is not None:
        figure.add_trace(_ring(drawn, picked))
    figure.update_layout(
        height=570,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        uirevision=f"{drawn.method} {digest(drawn.encoder, more=drawn.prompts)}",  # a zoom means nothing on another map
        dragmode="pan",
        legend={"itemsizing": "constant", "font": {"size": 11}, "orientation": "h", "y": 0},
        showlegend=len(names) > 1,
        xaxis={"visible": False},
        yaxis={"visible": False, "scaleanchor": "x"},
    )
    return figure


def _kind(drawn: PromptMap) -> type[go.Scatter] | type[go.Scattergl]:
    return go.Scatter if len(drawn.prompts) <= PLAIN else go.Scattergl


def _points(drawn: PromptMap, rows: np.ndarray, name: str, colour: str) -> go.Scatter | go.Scattergl:
    words = [_short(drawn.prompts[row]) for row in rows] if len(drawn.prompts) <= HOVER else None
    size = next(size for most, size in SIZES if len(drawn.prompts) <= most)
    return _kind(drawn)(
        x=drawn.points[rows, 0],
        y=drawn.points[rows, 1],
        mode="markers",
        name=name,
        customdata=rows,
        text=words,
        hovertemplate="%{text}<extra></extra>" if words else None,
        hoverinfo=None if words else "skip",
        marker={"color": colour, "size": size, "opacity": 0.85},
        selected={"marker": {"size": 1.8 * size, "opacity": 1}},
        unselected={"marker": {"opacity": 0.3}},
    )


def _ring(drawn: PromptMap, row: int) -> go.Scatter | go.Scattergl:
    x, y = drawn.points[row].tolist()
    marker = {"size": 22, "color": "rgba(0,0,0,0)", "line": {"color": "#ef4444", "width": 3}}
    return _kind(drawn)(x=[x], y=[y], mode="markers", marker=marker, hoverinfo="skip", showlegend=False, name="picked")


def _short(prompt: str, length: int = 70) -> str:
    plain = " ".join(prompt[-600:].replace("Assistant:", " ").split()).replace("<", "‹")
    return plain if len(plain) <= length else f"…{plain[-length:]}" if prompt.startswith("\n\n") else f"{plain[:length]}…"
