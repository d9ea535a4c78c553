"""Runs compared, as pictures: a sweep's cells with the spread over seeds, and what runs learned against how far they went.

Draws what `rpo.runs.compare` and `rpo.courses` found.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.colors import qualitative
from plotly.subplots import make_subplots

from rpo.charts.curves import at_least
from rpo.charts.letters import letters
from rpo.courses import Course, Evaluation
from rpo.glossary import quantity
from rpo.runs import SweepCell

MOST_BARRED = 4  # runs up to which intervals are drawn as bars
SHOWN_FIGURES = (("accuracy", "Held-out reward accuracy"), ("kl", "KL to the reference, nats a token"))


def cells_figure(cells: Sequence[SweepCell]) -> go.Figure:
    """One line a cell: mean and standard deviation over its seeds, accuracy beside the KL it cost."""
    done = [cell for cell in cells if cell.seeds]
    figure = make_subplots(
        1, len(SHOWN_FIGURES), subplot_titles=[title for _, title in SHOWN_FIGURES], shared_yaxes=True, horizontal_spacing=0.04
    )
    for column, (key, _) in enumerate(SHOWN_FIGURES, 1):
        for number, cell in enumerate(done):
            colour = qualitative.Plotly[number % len(qualitative.Plotly)]
            figure.add_trace(_point(cell, key, colour), 1, column)
        seen = [cell.mean[key] for cell in done if not math.isnan(cell.mean[key])]
        figure.update_xaxes(autorangeoptions={"include": at_least(key, seen)}, col=column)
    figure.add_vline(x=0.5, line={"dash": "dash", "color": "gray"}, col=1)  # pyright: ignore[reportArgumentType]
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_layout(height=110 + 34 * max(2, len(done)), margin={"l": 8, "r": 8, "t": 36, "b": 8}, showlegend=False)
    return figure


def frontier_figure(courses: Sequence[Course], common: float) -> go.Figure:
    """Held-out accuracy and distance over KL, every evaluation a point, a line a run, a colour a setting.

    `common` is the KL at which the runs are compared, drawn where it is above 0. Intervals are bars where lines are few.
    """
    titles = ("Held-out reward accuracy", "Chosen less rejected log-ratio, nats")
    figure = make_subplots(1, 2, subplot_titles=titles, horizontal_spacing=0.07)
    colours = {
        setting: qualitative.Plotly[number % 10] for number, setting in enumerate(dict.fromkeys(one.setting for one in courses))
    }
    shown: set[str] = set()
    for course in courses:
        for column, line in enumerate(_lines(course, len(courses) <= MOST_BARRED), 1):
            line_look = {"color": colours[course.setting], "width": 1, "dash": "dot"}
            look = {"line": line_look, "marker": {"size": 7}, "legendgroup": course.setting}
            named = column == 1 and course.setting not in shown
            figure.add_trace(go.Scatter(**line, **look, name=letters(course.setting), showlegend=named), 1, column)
        shown.add(course.setting)
    if common > 0:
        figure.add_vline(x=common, line={"dash": "dash", "color": "gray"})
    figure.add_hline(y=0.5, line={"dash": "dot", "color": "gray"}, col=1)  # pyright: ignore[reportArgumentType]
    figure.update_xaxes(title_text="KL to the reference, nats a token", autorangeoptions={"include": 0})
    below = 24 * (1 + len(colours) // 3)
    legend = {"orientation": "h", "y": -0.2, "yanchor": "top"}
    figure.update_layout(
        height=340 + below, margin={"l": 8, "r": 8, "t": 36, "b": 8 + below}, legend=legend, uirevision="frontier"
    )
    return figure


def _lines(course: Course, barred: bool) -> Iterator[dict[str, Any]]:
    """A run's points in both panels, with their intervals under the pointer and, if wanted, as bars."""
    points = course.evaluations
    for figure, form in (("accuracy", ".3f"), ("distance", ".2f")):
        means, ends = [getattr(one, figure) for one in points], [getattr(one, f"{figure}_ends") for one in points]
        texts = [_said(course, one, mean, between, form) for one, mean, between in zip(points, means, ends, strict=True)]
        line = {"x": [one.kl for one in points], "y": means, "text": texts, "hovertemplate": "%{text}<extra></extra>"}
        bars = {
            "type": "data",
            "array": [high - mean for (_, high), mean in zip(ends, means, strict=True)],
            "arrayminus": [mean - low for (low, _), mean in zip(ends, means, strict=True)],
            "thickness": 1,
            "width": 3,
        }
        yield {**line, "mode": "lines+markers", **({"error_y": bars} if barred and course.known else {})}


def _said(course: Course, one: Evaluation, mean: float, ends: tuple[float, float], form: str) -> str:
    interval = "" if math.isnan(ends[0]) else f" ({ends[0]:{form}} to {ends[1]:{form}})"
    where = f"step {one.step}, n = {one.n}" if one.step else "before training"
    return f"{letters(course.setting)}, seed {course.seed}, {where}<br>KL {one.kl:.3f}: {mean:{form}}{interval}"


def _point(cell: SweepCell, key: str, colour: str) -> go.Scatter:
    mean, sd = cell.mean[key], cell.sd[key]
    spread = f" ± {sd:.3f}" if not math.isnan(sd) else ""
    label = letters(cell.label)
    return go.Scatter(
        x=[mean],
        y=[f"{label}  (n = {cell.seeds})"],
        error_x={"type": "data", "array": [0 if math.isnan(sd) else sd]},
        mode="markers",
        marker={"size": 11, "color": colour},
        text=[f"{label}: {mean:.3f}{spread}, {quantity(cell.seeds, 'seed')}"],
        hovertemplate="%{text}<extra></extra>",
    )
