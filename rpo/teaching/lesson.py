"""The lesson's batch of three prompts, its words and its pictures. notebooks/1_loss_by_hand.ipynb works it out by hand.

The prompts' places and log-ratios are made up, so that a reader can check every number; no encoder or model was asked.
"""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import torch
from torch import Tensor

from rpo.contrast import ContrastMatrix, dpo_loss, limits, own_weight, reward_margins, weights_of_cosines
from rpo.teaching.paper import Difference, Reported

LESSON_PROMPTS = ("Coffee on a shirt?", "A coffee stain?", "A mortgage?")
DEGREES = (0.0, 20.0, 100.0)
CHOSEN, REJECTED = (2.0, 0.5, -1.0), (-1.0, 0.0, 1.5)  # log-ratios, nats
LESSON_BETA, LESSON_M = 0.1, 8
LESSON_TAUS = (0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.0, 5.0)
TELLING_FLOOR, DULL_FLOOR = 0.3, 0.8  # cosine of unrelated prompts for a telling encoder, and for one that is not
CASES = ((4, TELLING_FLOOR), (8, TELLING_FLOOR), (64, TELLING_FLOOR), (8, DULL_FLOOR))  # M and that cosine
REWARDS = {"easy": (3.0, 2.0), "hard": (1.0, 0.0)}  # chosen, rejected: every answer to the easy prompt pleases 2 more
LINE_STYLES = (("#0d9488", "solid"), ("#6366f1", "solid"), ("#d97706", "solid"), ("#6366f1", "dot"))
SHOWN_AND_NOT = (
    "**Shown.** Between a ✓ and a ✗ of two prompts (E) DPO has nothing to compare; the others have. Beside pairs (B) shared "
    "parameters are enough. **Not shown.** Which method is better, or whether H should learn. Points on a half circle are no "
    "language model; does what you saw stay with another seed?"
)
PROJECTOR_LETTERS = 19  # pixels of letters on a projector
PLAIN_COLOURS, RPO, DPO = "#9aa0a6", "#6366f1", "#d97706"


def three(tau: float) -> ContrastMatrix:
    """The batch of three at a temperature."""
    angles = torch.tensor(DEGREES, dtype=torch.float64) * math.pi / 180
    weights = weights_of_cosines((angles[:, None] - angles[None, :]).cos(), tau)
    return ContrastMatrix.of(weights, *ratios_of_three(), tau, LESSON_BETA)


def dpo_of_three() -> float:
    """DPO's loss of the batch."""
    return float(dpo_loss(*ratios_of_three(), LESSON_BETA))


def ends_of_three() -> tuple[float, float]:
    """What RPO's loss of the batch becomes as tau → 0 and as tau → ∞."""
    return limits(*ratios_of_three(), LESSON_BETA)


def easier() -> float:
    """By how much every answer to the easy prompt pleases more."""
    easy, hard = REWARDS.values()
    return easy[0] - hard[0]


def rewards_table() -> dict[str, list[str]]:
    """Columns: a contrast (whose chosen against whose rejected), the true difference of rewards, what log-ratios say of it."""
    names, (true, said) = list(REWARDS), reward_margins(torch.tensor(list(REWARDS.values())), LESSON_BETA)
    return {
        "contrast": [f"{one} chosen − {other} rejected" for one in names for other in names],
        "true difference": [f"{value:+.1f}" for value in true.flatten().tolist()],
        "log-ratios say": [f"{value:+.1f}" for value in said.flatten().tolist()],
    }


def tests_table(found: Sequence[Difference]) -> dict[str, list[str]]:
    """Columns of what tests of one method against others found."""
    return {
        f"{found[0].method} against": [one.other for one in found],
        "points": [f"{100 * one.rate:+.1f}" for one in found],
        "z": [f"{one.z:.2f}" for one in found],
        "p": [f"{one.p:.3f}" for one in found],
        "p, Holm": [f"{one.holm:.3f}" for one in found],
    }


def in_large_letters(figure: go.Figure) -> go.Figure:
    """The same figure for a projector: all its letters at least PROJECTOR_LETTERS pixels high, and room for them."""
    figure.update_layout(
        font={"size": PROJECTOR_LETTERS}, height=round(1.35 * figure.layout.height), legend={"font": {"size": PROJECTOR_LETTERS}}
    )
    figure.update_xaxes(tickfont={"size": PROJECTOR_LETTERS}, title_font={"size": PROJECTOR_LETTERS})
    figure.update_yaxes(tickfont={"size": PROJECTOR_LETTERS}, title_font={"size": PROJECTOR_LETTERS}, automargin=True)
    return figure


def lesson_cells_figure(values: Tensor, title: str, own_only: bool = False, form: str = ".2f") -> go.Figure:
    """One number for each chosen × rejected cell of the batch (3, 3), light where large; only a prompt's own if asked."""
    shown: list[list[float | None]] = values.tolist()
    if own_only:
        shown = [[value if i == j else None for j, value in enumerate(row)] for i, row in enumerate(shown)]
    texts = [["not compared" if value is None else f"{value:{form}}" for value in row] for row in shown]
    heat = {
        "z": shown,
        "x": list(LESSON_PROMPTS),
        "y": list(LESSON_PROMPTS),
        "colorscale": "Viridis",
        "showscale": False,
        "xgap": 3,
        "ygap": 3,
    }
    figure = go.Figure(go.Heatmap(**heat, zmin=min(0.0, float(values.min())), hoverinfo="skip"))
    _print(figure, shown, texts)
    figure.update_xaxes(title="rejected answer to", side="bottom", showgrid=False)
    figure.update_yaxes(title="chosen answer to", autorange="reversed", showgrid=False)
    heading = {"text": title, "font": {"size": 15}, "x": 0, "xanchor": "left"}
    figure.update_layout(height=330, margin={"l": 8, "r": 8, "t": 36, "b": 8}, title=heading)
    return figure


def _print(figure: go.Figure, shown: Sequence[Sequence[float | None]], texts: Sequence[Sequence[str]]) -> None:
    """Each cell's text in ink that reads on its colour, or the page's on an empty cell."""
    top = max(value for row in shown for value in row if value is not None)
    for i, row in enumerate(shown):
        for j, value in enumerate(row):
            font = {"size": 13} if value is None else {"size": 16, "color": "#111" if value > 0.6 * top else "#fff"}
            figure.add_annotation(x=LESSON_PROMPTS[j], y=LESSON_PROMPTS[i], text=texts[i][j], showarrow=False, font=font)


def own_figure(tau: float) -> go.Figure:
    """The weight of the own rejected answer over tau, a line for each M and encoder; dashed: tau now."""
    taus = np.geomspace(LESSON_TAUS[0], LESSON_TAUS[-1], 61).tolist()
    figure = go.Figure()
    for (size, cosine), (colour, dash) in zip(CASES, LINE_STYLES, strict=True):
        shares, line = [own_weight(one, size, cosine) for one in taus], {"color": colour, "dash": dash, "width": 3}
        figure.add_trace(go.Scatter(x=taus, y=shares, name=f"M {size}, cosine {cosine:g}", mode="lines", line=line))
    figure.add_vline(tau, line={"color": "gray", "dash": "dash"})
    ticks = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]
    figure.update_xaxes(title="τ (log scale)", type="log", tickvals=ticks, ticktext=[f"{one:g}" for one in ticks])
    figure.update_yaxes(title="weight of the own rejected answer", range=[0, 1.02], tickformat=".0%")
    figure.update_layout(height=330, margin={"l": 8, "r": 8, "t": 8, "b": 8}, hovermode="x unified")
    return figure


def reported_figure(rows: Sequence[Reported]) -> go.Figure:
    """Printed win rates with their 95 % intervals, the first on top."""
    figure = go.Figure()
    labels = [f"{one.method}  ({one.data})" for one in rows]
    for place, one in enumerate(rows):
        low, high = one.interval
        line = {"color": RPO if one.method.startswith("RPO") else DPO if one.method == "DPO" else PLAIN_COLOURS, "width": 5}
        words = f"{labels[place]}: {one.rate:.2%}, 95 % {low:.1%} to {high:.1%}"
        ends = {"x": [low, one.rate, high], "y": [place] * 3, "marker": {"size": [0, 12, 0], "opacity": 1}, "line": line}
        figure.add_trace(go.Scatter(**ends, mode="lines+markers", text=[words] * 3, hovertemplate="%{text}<extra></extra>"))
    figure.add_vline(0.5, line={"dash": "dash", "color": "gray"})
    figure.update_xaxes(title="wins against the data set's chosen answer", tickformat=".0%")
    axis = {"tickvals": list(range(len(rows))), "ticktext": labels, "range": [len(rows) - 0.5, -0.5], "showgrid": False}
    figure.update_yaxes(**axis, zeroline=False)
    figure.update_layout(height=80 + 40 * len(rows), margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False)
    return figure


def ratios_of_three() -> tuple[Tensor, Tensor]:
    """Log-ratios of the batch's chosen and of its rejected answers, (3,) each."""
    return torch.tensor(CHOSEN, dtype=torch.float64), torch.tensor(REJECTED, dtype=torch.float64)
