"""A sweep's cells as a picture: held-out figures with the spread over seeds. Draws what `rpo.runs.compare` found."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.colors import qualitative
from plotly.subplots import make_subplots

from rpo.charts.letters import letters
from rpo.glossary import quantity
from rpo.runs import SweepCell

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
    figure.add_vline(x=0.5, line={"dash": "dash", "color": "gray"}, col=1)  # pyright: ignore[reportArgumentType]
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_layout(height=110 + 34 * max(2, len(done)), margin={"l": 8, "r": 8, "t": 36, "b": 8}, showlegend=False)
    return figure


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
