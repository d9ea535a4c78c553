"""How often the order across prompts holds, over the cosine of the two prompts; and below it where a batch puts its weight."""

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rpo.statistics import OrderHeld, OrderPart

if TYPE_CHECKING:
    from rpo.contrast import ContrastMatrix

HELD_COLOUR, CELL_COLOUR, LEVEL_COLOUR = "#0d9488", "#6366f1", "#9aa0a6"
NO_ORDER_SHARE = 0.5


def order_figure(found: OrderHeld, contrast: "ContrastMatrix | None" = None, cosines: Any = None) -> go.Figure:
    """The share of each part of the questions with its 95 % interval, at the part's mean cosine, dashed where there is no order.

    With a batch's contrast and the cosines (M, N) of its prompts: the weight of each of its cells below, on the same cosines.
    """
    rows = 1 if contrast is None else 2
    figure = make_subplots(rows=rows, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    for part in found.parts:
        figure.add_trace(_marked(part), row=1, col=1)
    figure.add_hline(y=NO_ORDER_SHARE, line={"dash": "dash", "color": LEVEL_COLOUR}, row=1, col=1)  # pyright: ignore[reportArgumentType]
    figure.update_yaxes(title="order held", range=[-0.06, 1.06], tickformat=".0%", row=1, col=1)
    if contrast is not None:
        _add_weights(figure, contrast, cosines)
    figure.update_xaxes(title="cosine of the two prompts", row=rows, col=1)
    figure.update_layout(height=190 * rows + 40, showlegend=False, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    return figure


def _marked(part: OrderPart) -> go.Scatter:
    ends = part.interval
    error = {"array": [ends.high - part.rate], "arrayminus": [part.rate - ends.low], "type": "data", "symmetric": False}
    said = f"{part.nearness}: {part.rate:.0%} of {ends.n}, 95 %: {ends.low:.0%} to {ends.high:.0%}"
    over = f"cosines {part.low_cosine:.2f} to {part.high_cosine:.2f}"
    return go.Scatter(
        x=[part.cosine],
        y=[part.rate],
        error_y={**error, "thickness": 2},
        error_x=_over(part.cosine, part.low_cosine, part.high_cosine),
        mode="markers+text",
        text=f"  {part.nearness}, n = {ends.n}",
        textposition="middle right",
        marker={"size": 10, "color": HELD_COLOUR, "opacity": 1},
        hovertemplate=f"{said}<br>{over}<extra></extra>",
    )


def _over(middle: float, low: float, high: float) -> dict[str, object]:
    """The range of cosines, as a thin line."""
    line = {"type": "data", "symmetric": False, "thickness": 1, "color": LEVEL_COLOUR, "width": 0}
    return {**line, "array": [high - middle], "arrayminus": [middle - low]}


def _add_weights(figure: go.Figure, contrast: "ContrastMatrix", cosines: Any) -> None:
    """A dot for each cell beside a prompt's own."""
    weights = contrast.weights.numpy()
    apart = [(row, column) for row in range(weights.shape[0]) for column in range(weights.shape[1]) if row != column]
    x = [float(cosines[one]) for one in apart]
    y = [float(weights[one]) for one in apart]
    dots = go.Scatter(x=x, y=y, mode="markers", marker={"size": 5, "color": CELL_COLOUR, "opacity": 0.6})
    dots.hovertemplate = "weight %{y:.3f} at cosine %{x:.2f}<extra></extra>"
    figure.add_trace(dots, row=2, col=1)
    figure.update_yaxes(title="weight of a cell", rangemode="tozero", row=2, col=1)
