"""Contrasts as pictures: one batch's weights, its margins over training, and what many batches have to compare with over tau.

The live picture of one batch is `rpo.components.tau`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale
from plotly.subplots import make_subplots

from rpo.charts.letters import letters
from rpo.contrast import WIDE, ContrastMatrix, MarginsOverTraining, TauCurves
from rpo.preferences import headline
from rpo.tuning.choice import WINDOW

TAUS_DRAWN = tuple(np.geomspace(*WINDOW, 41).tolist())
TICKS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
TAU_PLOTS = (
    ("own", "Own share W_ii", {"range": [0, 1.02]}),
    ("others", "Effective others a row", {"type": "log", "dtick": 1}),
)
MOST_NAMED_ROWS = 32  # rows up to which each is named on its axis
TICK, HOVER_CHARACTERS = 35, 71  # characters of a prompt on an axis, and under the pointer
MOST_HOVER_ROWS = 64  # rows up to which each cell says its prompts
MOST_PLAYED = 64  # rows and columns of margins that are drawn, the first ones
LABEL_GAP = 0.07  # of the axis of shares
SHORT_NAME = 12  # characters up to which a prompt can stand on the axis of margins
PUSHED = (
    ("own", "gradient to own pairs", "#0d9488", "solid"),
    ("near", "to near others", "#6366f1", "solid"),
    ("far", "to far others", "#d97706", "solid"),
    ("wide", f"cells with |β · margin| ≥ {WIDE:g}", "#9aa0a6", "dot"),
)  # of the shares over training: name, words, colour, dash
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


def _hover(rows: Sequence[str], columns: Sequence[str], value: str = "weight %{z:.3f}") -> dict[str, Any]:
    """Both prompts under the pointer, or their numbers where so many texts would weigh more than the picture."""
    if max(len(rows), len(columns)) > MOST_HOVER_ROWS:
        return {"hovertemplate": f"chosen %{{y}} against rejected %{{x}}<br><b>{value}</b><extra></extra>"}
    texts = [
        [f"{row}<br>against<br>{column}" for column in _lines(columns, HOVER_CHARACTERS)]
        for row in _lines(rows, HOVER_CHARACTERS)
    ]
    return {"text": texts, "hovertemplate": f"%{{text}}<br><b>{value}</b><extra></extra>"}


def margins_figure(seen: MarginsOverTraining, rows: Sequence[str], columns: Sequence[str]) -> go.Figure:
    """A batch's margins times beta as a heat map that plays over training, and beside it where the gradient goes.

    The browser steps through the frames by itself: a slider, Play and Pause. Of large batches the first 64 rows and columns are
    drawn; the shares are of the whole batch.
    """
    margins = seen.margins[:, :MOST_PLAYED, :MOST_PLAYED].numpy()
    most = max(float(np.abs(margins).max()), 0.01)
    figure = make_subplots(1, 2, column_widths=[0.46, 0.54], horizontal_spacing=0.14)
    scale = {"colorscale": "RdBu", "zmid": 0, "zmin": -most, "zmax": most}
    bar = {"title": "β · margin", "thickness": 10, "x": 0.4, "xanchor": "left", "tickformat": ".2~f"}
    hover = _hover(rows[:MOST_PLAYED], columns[:MOST_PLAYED], "β · margin %{z:.2f}")
    figure.add_trace(go.Heatmap(z=margins[-1], **scale, colorbar=bar, **hover), 1, 1)
    lines = [one for one in PUSHED if getattr(seen.shares, one[0]) is not None]
    for name, words, colour, dash in lines:
        look = {"color": colour, "dash": dash, "width": 2}
        values = getattr(seen.shares, name).tolist()
        figure.add_trace(go.Scatter(x=seen.steps, y=values, name=words, mode="lines", line=look, hoverinfo="skip"), 1, 2)
    last = len(seen.steps) - 1
    for trace in _now(seen, lines, last):
        figure.add_trace(trace, 1, 2)
    moved = [0, len(lines) + 1, len(lines) + 2]
    figure.frames = [
        go.Frame(name=str(step), data=[go.Heatmap(z=margins[place]), *_now(seen, lines, place)], traces=moved)
        for place, step in enumerate(seen.steps)
    ]
    return _played(figure, seen, rows, columns)


def _now(seen: MarginsOverTraining, lines: Sequence[tuple[str, ...]], place: int) -> tuple[go.Scatter, go.Scatter]:
    """The shares at one evaluation: dots, and their values beside them, moved apart where they would meet."""
    values, colours = [float(getattr(seen.shares, name)[place]) for name, *_ in lines], [colour for _, _, colour, _ in lines]
    at = {"x": [seen.steps[place]] * len(values), "showlegend": False, "cliponaxis": False}
    hover = "step %{x}: %{y:.1%}<extra></extra>"
    words = {"text": [f"  {value:.0%}" for value in values], "textposition": "middle right", "hoverinfo": "skip"}
    return (
        go.Scatter(**at, y=values, mode="markers", marker={"size": 11, "color": colours}, hovertemplate=hover),
        go.Scatter(**at, **words, y=_apart(values), mode="text", textfont={"color": colours, "size": 13}),
    )


def _apart(values: Sequence[float]) -> list[float]:
    """The values, each at least `LABEL_GAP` above the next smaller one."""
    found, last = [0.0] * len(values), -1.0
    for place in sorted(range(len(values)), key=lambda place: values[place]):
        found[place] = last = max(values[place], last + LABEL_GAP)
    return found


def _played(figure: go.Figure, seen: MarginsOverTraining, rows: Sequence[str], columns: Sequence[str]) -> go.Figure:
    """The axes, and the slider with its buttons."""
    still = {"frame": {"duration": 0, "redraw": True}, "mode": "immediate", "transition": {"duration": 0}}
    steps = [{"label": str(step), "method": "animate", "args": [[str(step)], still]} for step in seen.steps]
    going = {**still, "frame": {"duration": 500, "redraw": True}, "fromcurrent": False}
    buttons = [
        {"label": "Play", "method": "animate", "args": [None, going]},
        {"label": "Pause", "method": "animate", "args": [[None], still]},
    ]
    figure.update_xaxes(title="rejected answers, by prompt", **_short(columns), row=1, col=1)
    figure.update_yaxes(title="chosen answers, by prompt", autorange="reversed", **_short(rows), row=1, col=1)
    most = max(seen.steps[-1], 1)
    figure.update_xaxes(title="step", range=[-0.03 * most, 1.12 * most], row=1, col=2)
    figure.update_yaxes(range=[-0.02, 1.1], tickformat=".0%", row=1, col=2)
    slider = {
        "active": len(steps) - 1,
        "steps": steps,
        "currentvalue": {"prefix": "After step "},
        "x": 0.16,
        "len": 0.84,
        "y": -0.22,
    }
    look = {"showactive": False, "bgcolor": "rgba(128, 128, 128, 0.12)", "font": {"color": "#808495"}}  # reads on both themes
    place = {"x": 0, "xanchor": "left", "y": -0.3, "yanchor": "top"}
    menu = {"type": "buttons", "direction": "right", "buttons": buttons, **look, **place}
    legend = {"orientation": "h", "x": 0.54, "y": 1.02, "yanchor": "bottom"}
    margin = {"l": 8, "r": 16, "t": 64, "b": 96}
    figure.update_layout(height=460, margin=margin, sliders=[slider], updatemenus=[menu], legend=legend)
    return figure


def _short(names: Sequence[str]) -> dict[str, Any]:
    """Ticks where the names are short enough to stand on an axis; else the hover text says them."""
    if len(names) > MOST_NAMED_ROWS or max(map(len, names)) > SHORT_NAME:
        return {"showticklabels": False, "ticks": ""}
    return {"tickvals": list(range(len(names))), "ticktext": _lines(names, SHORT_NAME)}


def tau_curves_figure(curves: Mapping[int, TauCurves], tau: float | None, size: int) -> go.Figure:
    """Own share and effective others over tau, a line an M: the mean of batches, a band from 5 to 95 % of them.

    Dotted: what random vectors give. `size` is the M whose line is drawn strong, `tau` is marked; unpaired batches have no own
    pair.
    """
    panels = [one for one in TAU_PLOTS if all(getattr(curve, one[0]) is not None for curve in curves.values())]
    figure = make_subplots(1, len(panels), subplot_titles=[title for _, title, _ in panels], horizontal_spacing=0.06)
    colours = [str(one) for one in sample_colorscale("Viridis", np.linspace(0.1, 0.85, len(curves)).tolist())]
    for (many, curve), colour in zip(curves.items(), colours, strict=True):
        for column, (name, _, _) in enumerate(panels, 1):
            for trace in _band(curve.taus.numpy(), getattr(curve, name).numpy(), many, colour, many == size):
                figure.add_trace(trace.update(showlegend=trace.showlegend and column == 1), 1, column)
            figure.add_trace(_by_chance(curve.taus.numpy(), getattr(curve, f"random_{name}").numpy(), many, colour), 1, column)
    if tau is not None:
        figure.add_vline(tau, line={"color": "gray", "dash": "dash"})
    seen = (*TAUS_DRAWN, tau) if tau is not None else TAUS_DRAWN  # τ now may lie beside the curves
    shown = np.log10([min(seen), max(seen)]).tolist()
    ticks = {"tickvals": TICKS, "ticktext": [f"{value:g}" for value in TICKS]}
    figure.update_xaxes(title="τ (log scale); dotted: random vectors", type="log", range=shown, **ticks)
    for column, (_, _, axis) in enumerate(panels, 1):
        figure.update_yaxes(axis, row=1, col=column)
    figure.update_layout(height=380, margin={"l": 8, "r": 8, "t": 40, "b": 8}, legend={"title": "M", "traceorder": "reversed"})
    return figure


def _by_chance(taus: np.ndarray, values: np.ndarray, many: int, colour: str) -> go.Scatter:
    """What random vectors give over tau, (T,)."""
    return go.Scatter(
        x=taus,
        y=values,
        legendgroup=str(many),
        showlegend=False,
        line={"color": colour, "dash": "dot", "width": 1.5},
        hovertemplate=f"random vectors, M {many}, τ %{{x:.3g}}: %{{y:.3g}}<extra></extra>",
    )


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
