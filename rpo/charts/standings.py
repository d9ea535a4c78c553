"""Standings as pictures: a score with its interval against one half, and the votes behind it."""

from collections.abc import Sequence

import plotly.graph_objects as go

from rpo.voting import Standings

WIN, TIE, LOSS, FEW_COLOUR = "#3d8b40", "#6b7280", "#d1383b", "#9aa0a6"
FEW = 30  # prompts below which a slice is drawn grey


def score_figure(rows: Sequence[tuple[str, Standings]]) -> go.Figure:
    """Scores with 95 % intervals, one line each (name, standings); grey where fewer than 30 prompts stand behind it."""
    figure = go.Figure()
    for name, one in rows:
        colour = "#6366f1" if one.prompts >= FEW else FEW_COLOUR
        figure.add_trace(
            go.Scatter(
                x=[one.score],
                y=[f"{name}  (n = {one.prompts})"],
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [one.high - one.score],
                    "arrayminus": [one.score - one.low],
                },
                mode="markers",
                marker={"size": 13, "color": colour},
                hovertemplate=f"{name}: {one.score:.3f}, 95 % {one.low:.3f} to {one.high:.3f}<extra></extra>",
                showlegend=False,
            )
        )
    figure.add_vline(x=0.5, line={"dash": "dash", "color": "gray"}, annotation_text="no difference")
    figure.update_xaxes(title="score of the candidate, (wins + ties/2) / n", range=[0, 1])
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(height=110 + 44 * max(2, len(rows)), margin={"l": 8, "r": 8, "t": 24, "b": 8})
    return figure


def votes_figure(one: Standings) -> go.Figure:
    """Wins, ties and losses as one stacked bar."""
    figure = go.Figure()
    for name, count, colour in (("wins", one.wins, WIN), ("ties", one.ties, TIE), ("losses", one.losses, LOSS)):
        bar = {"x": [count], "y": ["votes"], "orientation": "h", "name": name, "marker": {"color": colour}}
        figure.add_trace(
            go.Bar(
                **bar,
                text=[f"{name} {count}"],
                textposition="inside",
                insidetextanchor="middle",
                insidetextfont={"color": "white"},
            )
        )
    figure.update_layout(barmode="stack", height=70, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False)
    figure.update_xaxes(visible=False, range=[0, max(1, one.votes)])
    figure.update_yaxes(visible=False)
    return figure
