"""Standings as pictures: scores with the intervals of three questions, the prompts behind them, a board of several runs.

An undefined interval is not drawn: its words say why (`rpo.voting.Interval`).
"""

from collections.abc import Sequence

import plotly.graph_objects as go

from rpo.charts.letters import letters
from rpo.glossary import quantity
from rpo.statistics import FEW_PROMPTS, Counted, Interval, Rank, Standings
from rpo.statistics.counted import counted_words

WIN, TIE, LOSS, FEW_COLOUR = "#3d8b40", "#6b7280", "#d1383b", "#9aa0a6"
SCORE = "#6366f1"
INTERVAL_NAMES = (
    ("same_raters", "these raters, other prompts", "#6366f1", 7, -0.2),
    ("other_raters", "raters like these, other prompts", "#d97706", 4, 0.06),
    ("peeking", "these raters, however often one looked", "#0d9488", 2, 0.28),
)


def score_figure(rows: Sequence[tuple[str, Standings]]) -> go.Figure:
    """Scores with three 95 % intervals, one line each (name, standings); grey where fewer than 30 prompts stand behind it.

    Where all are grey the legend is too: the widths tell the lines apart.
    """
    figure = go.Figure()
    for field, label, colour, width, shift in INTERVAL_NAMES:
        for place, (name, one) in enumerate(rows):
            interval: Interval = getattr(one, field)
            if interval.known:
                line = {"color": FEW_COLOUR if one.few else colour, "width": width}
                ends = _ends(name, one.score, interval, place + shift, line)
                figure.add_trace(ends.update(name=label, legendgroup=label, showlegend=False))
        known = [one.few for _, one in rows if getattr(one, field).known]
        shown = {"name": label, "legendgroup": label, "line": {"color": FEW_COLOUR if all(known) else colour, "width": width}}
        if known:
            figure.add_trace(go.Scatter(x=[None], y=[None], mode="lines", **shown))
    labels = [f"{name}  (n = {one.prompts}{', few' * one.few})" for name, one in rows]
    return _scored(figure, labels, "score of the candidate: mean over prompts, a tie half", 62)


def _ends(name: str, score: float, interval: Interval, place: float, line: dict[str, object]) -> go.Scatter:
    """A line from end to end through the score."""
    return go.Scatter(
        x=[interval.low, score, interval.high],
        y=[place] * 3,
        mode="lines+markers",
        line=line,
        marker={"size": [0, 10, 0], "color": line["color"], "opacity": 1},
        text=[f"{letters(name)}: {score:.1%}, 95 % {interval.words}<br>{interval.question}"] * 3,
        hovertemplate="%{text}<extra></extra>",
    )


def board_figure(places: Sequence[Rank]) -> go.Figure:
    """Several authors by score, the best on top, with 95 % intervals; grey where fewer than 30 prompts stand behind one."""
    figure = go.Figure()
    for number, one in enumerate(places):
        interval = Interval(one.low, one.high, one.n, one.question)
        line = {"color": FEW_COLOUR if one.prompts < FEW_PROMPTS else SCORE, "width": 5}
        figure.add_trace(_ends(one.author, one.score, interval, number, line).update(showlegend=False))
    return _scored(figure, [f"{one.author}  (n = {one.prompts})" for one in places], "mean chance against the others", 44)


def _scored(figure: go.Figure, labels: Sequence[str], title: str, height: int) -> go.Figure:
    """Scores from 0 to 1 across, a labelled line each down, the first on top."""
    figure.add_vline(x=0.5, line={"dash": "dash", "color": "gray"}, annotation_text="no difference")
    figure.update_xaxes(title=title, range=[0, 1], tickformat=".0%")
    rows = {
        "tickvals": list(range(len(labels))),
        "ticktext": [letters(label) for label in labels],
        "range": [len(labels) - 0.4, -0.6],
    }
    figure.update_yaxes(**rows, showgrid=False, zeroline=False)
    legend = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"}
    margin = {"l": 8, "r": 28, "t": 48, "b": 8}
    figure.update_layout(height=130 + height * max(2, len(labels)), margin=margin, legend=legend)
    return figure


def prompts_figure(one: Counted) -> go.Figure:
    """The prompts won, tied and lost as one stacked bar: what the score follows from."""
    figure = go.Figure()
    for name, count, colour in (("won", one.won, WIN), ("tied", one.tied, TIE), ("lost", one.lost, LOSS)):
        bar = {"x": [count], "y": ["prompts"], "orientation": "h", "name": name, "marker": {"color": colour}}
        figure.add_trace(
            go.Bar(
                **bar,
                text=[f"{name} {counted_words(count)}"],
                hovertemplate=f"{name} {counted_words(count)} of {quantity(one.n, 'prompt')}<extra></extra>",
                textposition="inside",
                insidetextanchor="middle",
                insidetextfont={"color": "white"},
            )
        )
    figure.update_layout(barmode="stack", height=70, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False)
    figure.update_xaxes(visible=False, range=[0, one.n])
    figure.update_yaxes(visible=False)
    return figure
