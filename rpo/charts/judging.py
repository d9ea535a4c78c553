"""A judge beside people as a picture: who said what on the same prompts."""

import plotly.graph_objects as go

from rpo.glossary import quantity
from rpo.judging import VERDICT_NAMES, JudgeVsHumans


def confusion_figure(found: JudgeVsHumans) -> go.Figure:
    """Prompts by the judge's verdict (down) and the majority of people (across); on the diagonal they agree."""
    figure = go.Figure(
        go.Heatmap(
            z=found.confusion,
            text=[[quantity(count, "prompt") for count in row] for row in found.confusion],
            x=VERDICT_NAMES,
            y=VERDICT_NAMES,
            colorscale=[[0, "rgba(99,102,241,0.06)"], [1, "rgba(99,102,241,0.6)"]],
            showscale=False,
            xgap=3,
            ygap=3,
            hovertemplate="judge: %{y}, people: %{x}<br>%{text}<extra></extra>",
        )
    )
    for down, row in zip(VERDICT_NAMES, found.confusion, strict=True):
        for across, count in zip(
            VERDICT_NAMES, row, strict=True
        ):  # annotations take the theme's colour, which reads on every cell
            figure.add_annotation(x=across, y=down, text=str(count), showarrow=False)
    figure.update_xaxes(title="most people say, for the candidate", side="top", showgrid=False)
    figure.update_yaxes(title="the judge says", autorange="reversed", showgrid=False)
    figure.update_layout(height=260, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    return figure
