"""Contrasts as pictures: the weights of one batch, and what many batches have to compare with over tau.

The live picture of one batch is `rpo.components.tau`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale
from plotly.subplots import make_subplots

from rpo.charts.letters import letters
from rpo.contrast import ContrastMatrix, TauCurves
from rpo.preferences import headline
from rpo.tuning.choice import WINDOW

TAUS_DRAWN = tuple(np.geomspace(*WINDOW, 41).tolist())
TICKS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
TAU_PLOTS = (
    ("effective_contrasts", "Effective contrasts a row", {"type": "log", "dtick": 1}),
    ("diagonal", "Diagonal share W_ii", {"range": [0, 1.02]}),
    ("gradient", "Gradient against DPO, before training", {"type": "log", "dtick": 1, "tickformat": ".3~g"}),
)
MOST_NAMED_ROWS = 32  # rows up to which each is named on its axis
TICK, HOVER_CHARACTERS = 35, 71  # characters of a prompt on an axis, and under the pointer
MOST_HOVER_ROWS = 64  # rows up to which each cell says its prompts
BESIDE = {"l": 8, "r": 8, "t": 8, "b": 48}  # the same below both, so that a row and its bar stand at one height


def matrix_figure(contrast: ContrastMatrix, rows: Sequence[str], columns: Sequence[str]) -> go.Figure:
    """The weights (M, N) as a heat map; rows are chosen answers' prompts, columns those of the rejected answers."""
    weights = contrast.weights.numpy()
    heat = go.Heatmap(
        z=weights,
        colorscale="Viridis",
        zmin=0,
        zmax=float(weights.max()),
        colorbar={"title": "weight", "thickness": 12},
        **_hover(rows, columns),
    )
    figure = go.Figure(heat)
    order = ", in the same order" if list(rows) == list(columns) else ""
    figure.update_xaxes(title=f"rejected answers, by prompt{order}", showticklabels=False, ticks="", automargin=False)
    figure.update_yaxes(title="chosen answers, by prompt", autorange="reversed", **_names(rows))
    figure.update_layout(height=480, margin=BESIDE, uirevision="matrix")
    return figure


def _hover(rows: Sequence[str], columns: Sequence[str]) -> dict[str, Any]:
    """Both prompts under the pointer, or their numbers where so many texts would weigh more than the picture."""
    if max(len(rows), len(columns)) > MOST_HOVER_ROWS:
        return {"hovertemplate": "chosen %{y} against rejected %{x}<br><b>weight %{z:.3f}</b><extra></extra>"}
    texts = [
        [f"{row}<br>against<br>{column}" for column in _lines(columns, HOVER_CHARACTERS)]
        for row in _lines(rows, HOVER_CHARACTERS)
    ]
    return {"text": texts, "hovertemplate": "%{text}<br><b>weight %{z:.3f}</b><extra></extra>"}


def tau_curves_figure(curves: Mapping[int, TauCurves], tau: float, size: int) -> go.Figure:
    """Effective contrasts, W_ii and gradient scale over tau, a line an M: the mean of batches, a band from 5 to 95 % of them.

    `size` is the M whose line is drawn strong; unpaired batches have no W_ii and no DPO to compare with.
    """
    panels = TAU_PLOTS if all(curve.diagonal is not None for curve in curves.values()) else TAU_PLOTS[:1]
    figure = make_subplots(1, len(panels), subplot_titles=[title for _, title, _ in panels], horizontal_spacing=0.06)
    colours = [str(one) for one in sample_colorscale("Viridis", np.linspace(0.1, 0.85, len(curves)).tolist())]
    for (many, curve), colour in zip(curves.items(), colours, strict=True):
        for column, (name, _, _) in enumerate(panels, 1):
            for trace in _band(curve.taus.numpy(), getattr(curve, name).numpy(), many, colour, many == size):
                figure.add_trace(trace.update(showlegend=trace.showlegend and column == 1), 1, column)
    figure.add_vline(tau, line={"color": "gray", "dash": "dash"})
    shown = np.log10([min(tau, TAUS_DRAWN[0]), max(tau, TAUS_DRAWN[-1])]).tolist()  # τ now may lie beside the curves
    ticks = {"tickvals": TICKS, "ticktext": [f"{value:g}" for value in TICKS]}
    figure.update_xaxes(title="τ (log scale)", type="log", range=shown, **ticks)
    for column, (_, _, axis) in enumerate(panels, 1):
        figure.update_yaxes(axis, row=1, col=column)
    figure.update_layout(height=380, margin={"l": 8, "r": 8, "t": 40, "b": 8}, legend={"title": "M", "traceorder": "reversed"})
    return figure


def _band(taus: np.ndarray, values: np.ndarray, many: int, colour: str, strong: bool) -> list[go.Scatter]:
    """A line of the mean over batches (B, T), and a band behind it."""
    low, high = np.quantile(values, [0.05, 0.95], axis=0)
    group = {"legendgroup": str(many), "hoverinfo": "skip", "showlegend": False, "line": {"width": 0}}
    faint = colour.replace("rgb(", "rgba(").replace(")", ", 0.18)")
    return [
        go.Scatter(x=taus, y=low, **group),
        go.Scatter(x=taus, y=high, fill="tonexty", fillcolor=faint, **group),
        go.Scatter(
            x=taus,
            y=values.mean(axis=0),
            name=f"{many}",
            legendgroup=str(many),
            line={"color": colour, "width": 4 if strong else 1.5},
            showlegend=True,
            hovertemplate=f"M {many}, τ %{{x:.3g}}: %{{y:.3g}}<extra></extra>",
        ),
    ]


def _names(rows: Sequence[str]) -> dict[str, Any]:
    """Tick labels where there is room for them."""
    if len(rows) > MOST_NAMED_ROWS:
        return {"showticklabels": False, "ticks": ""}
    return {"tickvals": list(range(len(rows))), "ticktext": _lines(rows, TICK), "automargin": True}


def _lines(prompts: Sequence[str], length: int) -> list[str]:
    return [letters(headline(prompt, length)) for prompt in prompts]
