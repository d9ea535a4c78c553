"""A run's curves: every recorded point, training as lines, held-out figures as dots on the same axes.

Not a logger: it draws records that the run wrote. Rewards are beta times the mean log-ratio; KL is nats a token.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.colors import qualitative
from plotly.subplots import make_subplots

from rpo.charts.letters import letters

Records = Sequence[Mapping[str, Any]]

CURVE_PLOTS = (
    ("loss", "Loss"),
    ("chosen_reward", "Chosen reward (β · log-ratio)"),
    ("rejected_reward", "Rejected reward (β · log-ratio)"),
    ("margin", "Margin (chosen − rejected reward)"),
    ("accuracy", "Reward accuracy"),
    ("kl", "KL to the reference (held-out, nats a token)"),
    ("grad_norm", "Gradient norm, before clipping"),
    ("tokens_per_second", "Tokens a second"),
    ("diagonal", "Own share W_ii, mean of rows"),
    ("others", "Effective others a row"),
    ("column", "Largest column sum of the weights"),
    ("lr", "Learning rate"),
)
COLUMNS_A_ROW = 4
FEW_POINTS = 60  # steps up to which each is a dot as well
PANELS_ROW = {key: place // COLUMNS_A_ROW for place, (key, _) in enumerate(CURVE_PLOTS)}
PANELS_COLUMN = {key: place % COLUMNS_A_ROW for place, (key, _) in enumerate(CURVE_PLOTS)}


def curves_figure(runs: Mapping[str, tuple[Records, Records]]) -> go.Figure:
    """Small multiples of the runs' curves: name -> (metrics a step, held-out evaluations)."""
    rows = -(-len(CURVE_PLOTS) // COLUMNS_A_ROW)
    figure = make_subplots(
        rows, COLUMNS_A_ROW, subplot_titles=[title for _, title in CURVE_PLOTS], vertical_spacing=0.1, horizontal_spacing=0.05
    )
    several = len(runs) > 1
    for number, (name, (metrics, evaluations)) in enumerate(runs.items()):
        shown, colour = letters(name), qualitative.Plotly[number % len(qualitative.Plotly)]
        for place, (key, _) in enumerate(CURVE_PLOTS):
            at = {"row": place // COLUMNS_A_ROW + 1, "col": place % COLUMNS_A_ROW + 1}
            line = {
                "mode": "lines" if len(metrics) > FEW_POINTS else "lines+markers",
                "marker": {"size": 4},
                "line": {"color": colour},
            }
            known = {"legendgroup": shown, "showlegend": several and place == 0}
            _add(figure, at, metrics, key, {**line, "name": shown, **known})
            dots = {"mode": "markers+lines", "marker": {"color": colour, "size": 8}, "line": {"color": colour, "dash": "dot"}}
            _add(figure, at, evaluations, key, {**dots, "name": f"{shown}, held-out", "legendgroup": shown, "showlegend": False})
    figure.update_annotations(font_size=13)
    figure.update_xaxes(rangemode="tozero")
    figure.update_xaxes(title_text="step", row=rows)
    figure.update_yaxes(exponentformat="power")
    figure.update_yaxes(range=[0, 1.02], row=PANELS_ROW["accuracy"] + 1, col=PANELS_COLUMN["accuracy"] + 1)
    legend = {"orientation": "h", "y": -0.06, "yanchor": "top"}
    below = 24 * (1 + len(runs) // 4) if several else 0
    figure.update_layout(
        height=220 * rows + below, margin={"l": 8, "r": 8, "t": 36, "b": 8 + below}, uirevision="curves", legend=legend
    )
    return figure


def _add(figure: go.Figure, at: Mapping[str, int], records: Records, key: str, look: Mapping[str, Any]) -> None:
    points = [(record["step"], record[key]) for record in records if record.get(key) is not None and record[key] == record[key]]
    if points:
        steps, values = zip(*points, strict=True)
        figure.add_trace(go.Scatter(x=steps, y=values, **look), at["row"], at["col"])
