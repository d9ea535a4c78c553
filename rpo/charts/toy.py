"""The toy's pictures: where its prompts lie, the weights between them, and what each method does to each prompt."""

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rpo.training.toy import BAD, GOOD, Method, Toy, ToyRun

COLOURS = {Method.DPO: "#f28e2b", Method.RPO: "#6366f1", Method.UNIFORM: "#9aa0a6"}


SIGNS = {"pair": "✓ ✗", "liked only": "✓", "disliked only": "✗", "no data": "–"}


def _marks(toy: Toy) -> list[str]:
    both = {(True, True): "pair", (True, False): "liked only", (False, True): "disliked only", (False, False): "no data"}
    return [both[prompt in toy.liked, prompt in toy.disliked] for prompt in range(len(toy.names))]


def outcome_figure(toy: Toy, runs: Sequence[ToyRun]) -> go.Figure:
    """After training: probability of the good answer (up is right) and of the bad one (down is right), prompt by prompt."""
    figure = make_subplots(1, 2, subplot_titles=("Probability of the good answer", "Probability of the bad answer"))
    labels = [f"{name}<br>{SIGNS[mark]}" for name, mark in zip(toy.names, _marks(toy), strict=True)]
    for run in runs:
        for column, answer in enumerate((GOOD, BAD), 1):
            bar = go.Bar(
                x=labels,
                y=run.probabilities[-1, :, answer].tolist(),
                name=str(run.method),
                marker={"color": COLOURS[run.method]},
                showlegend=column == 1,
            )
            figure.add_trace(bar, 1, column)
    figure.add_hline(y=1 / 3, line={"dash": "dot", "color": "gray"})
    figure.add_annotation(x=0, y=0.38, text="reference", showarrow=False, row=1, col=2)
    figure.update_xaxes(tickangle=0)
    figure.update_yaxes(range=[0, 1])
    figure.update_layout(
        height=360, margin={"l": 8, "r": 8, "t": 40, "b": 8}, legend={"orientation": "h", "y": -0.2}, barmode="group"
    )
    return figure


def path_figure(toy: Toy, runs: Sequence[ToyRun], prompt: int, answer: int) -> go.Figure:
    """One prompt's answer over the steps, by each method."""
    figure = go.Figure()
    for run in runs:
        values = run.probabilities[:, prompt, answer].tolist()
        figure.add_trace(go.Scatter(y=values, name=str(run.method), line={"color": COLOURS[run.method], "width": 3}))
    figure.update_xaxes(title="step")
    figure.update_yaxes(title=f"probability, prompt {toy.names[prompt]}", range=[0, 1])
    figure.update_layout(height=300, margin={"l": 8, "r": 8, "t": 8, "b": 8}, legend={"orientation": "h", "y": 1.15})
    return figure


def weights_figure(toy: Toy, tau: float) -> go.Figure:
    """The toy's weights as a heat map with numbers."""
    weights = toy.weights(tau).tolist()
    heat = go.Heatmap(
        z=weights,
        x=[f"{toy.names[prompt]} disliked" for prompt in toy.disliked],
        y=[f"{toy.names[prompt]} liked" for prompt in toy.liked],
        texttemplate="%{z:.2f}",
        colorscale="Viridis",
        zmin=0,
        zmax=1,
        colorbar={"title": "weight", "thickness": 10},
    )
    figure = go.Figure(heat)
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(height=300, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    return figure


def place_figure(toy: Toy) -> go.Figure:
    """The prompts on their half circle."""
    points = toy.vectors()
    marker = {"size": 26, "color": [{"pair": "#6366f1", "no data": "#9aa0a6"}.get(mark, "#f28e2b") for mark in _marks(toy)]}
    trace = go.Scatter(
        x=points[:, 0].tolist(),
        y=points[:, 1].tolist(),
        mode="markers+text",
        text=list(toy.names),
        textfont={"color": "white", "size": 14},
        marker=marker,
        hovertext=_marks(toy),
        hoverinfo="text",
    )
    figure = go.Figure(trace)
    figure.update_xaxes(visible=False, range=[-1.2, 1.2])
    figure.update_yaxes(visible=False, range=[-0.15, 1.2], scaleanchor="x")
    figure.update_layout(height=300, margin={"l": 0, "r": 0, "t": 8, "b": 0}, showlegend=False)
    return figure
