"""The contrast of one batch as pictures: its weights, what each row has to compare with, and how both change with tau."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import torch
from plotly.subplots import make_subplots

from rpo.contrast import ContrastMatrix, contrast_matrix

TAUS = (0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0)
TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
NAMED = 32  # rows up to which each is named on its axis
TOLD = 64  # rows up to which each cell says its prompts
BESIDE = {"l": 8, "r": 8, "t": 8, "b": 48}  # the same below both, so that a row and its bar stand at one height
ACCENT, SECOND = "#6366f1", "#f28e2b"


def contrast_of(chosen: np.ndarray, rejected: np.ndarray, tau: float, beta: float) -> ContrastMatrix:
    """The matrix before training of a batch whose prompts have these unit vectors, (M, D) and (N, D)."""
    return contrast_matrix(torch.tensor(chosen), torch.tensor(rejected), tau, beta)


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
    if max(len(rows), len(columns)) > TOLD:
        return {"hovertemplate": "chosen %{y} against rejected %{x}<br><b>weight %{z:.3f}</b><extra></extra>"}
    texts = [[f"{_short(row)}<br>against<br>{_short(column)}" for column in columns] for row in rows]
    return {"text": texts, "hovertemplate": "%{text}<br><b>weight %{z:.3f}</b><extra></extra>"}


def rivals_figure(contrast: ContrastMatrix, rows: Sequence[str]) -> go.Figure:
    """Effective contrasts of each row, beside the most there can be (N)."""
    rivals, most = contrast.rivals.numpy(), contrast.weights.shape[1]
    bars = go.Bar(
        y=list(range(len(rows))),
        x=rivals,
        orientation="h",
        marker={"color": ACCENT},
        text=[_short(row) for row in rows],
        textposition="none",
        hovertemplate="%{text}<br><b>%{x:.2f} effective contrasts</b><extra></extra>",
    )
    figure = go.Figure(bars)
    figure.add_vline(x=float(rivals.mean()), line={"color": SECOND, "dash": "dash"})
    figure.update_xaxes(title="effective contrasts a row", range=[0, most * 1.02], automargin=False)
    figure.update_yaxes(showticklabels=False, range=[len(rows) - 0.5, -0.5])
    figure.update_layout(height=480, margin=BESIDE, bargap=0.15)
    return figure


def tau_figure(chosen: np.ndarray, rejected: np.ndarray, tau: float, paired: bool) -> go.Figure:
    """Mean effective contrasts, and for paired data the diagonal share, over tau for this batch; the current tau is marked."""
    swept = [contrast_of(chosen, rejected, value, beta=1.0) for value in TAUS]
    figure = make_subplots(specs=[[{"secondary_y": True}]])
    rivals = [float(matrix.rivals.mean()) for matrix in swept]
    figure.add_trace(go.Scatter(x=TAUS, y=rivals, name="effective contrasts", line={"color": ACCENT}))
    if paired:
        shares = [matrix.diagonal_share for matrix in swept]
        figure.add_trace(
            go.Scatter(x=TAUS, y=shares, name="diagonal share", line={"color": SECOND, "dash": "dot"}), secondary_y=True
        )
        figure.update_yaxes(title="diagonal share W_ii", range=[0, 1.05], dtick=0.25, secondary_y=True, showgrid=False)
    figure.add_vline(x=tau, line={"color": "gray", "dash": "dash"})
    figure.add_annotation(x=float(np.log10(tau)), y=1.06, yref="paper", text=f"τ = {tau:g}", showarrow=False)
    figure.update_xaxes(title="τ (log scale)", type="log", tickvals=TICKS, ticktext=[f"{value:g}" for value in TICKS])
    figure.update_yaxes(title="effective contrasts", range=[0, rejected.shape[0] * 1.05], secondary_y=False)
    figure.update_layout(height=320, margin={"l": 8, "r": 8, "t": 30, "b": 8}, legend={"orientation": "h", "y": 1.15})
    return figure


def _names(rows: Sequence[str]) -> dict[str, Any]:
    """Tick labels where there is room for them."""
    if len(rows) > NAMED:
        return {"showticklabels": False, "ticks": ""}
    return {"tickvals": list(range(len(rows))), "ticktext": [_short(row, 34) for row in rows], "automargin": True}


def _short(prompt: str, length: int = 70) -> str:
    plain = " ".join(prompt[-300:].replace("Assistant:", " ").split()).replace("<", "‹")
    return plain if len(plain) <= length else f"{plain[:length]}…"
