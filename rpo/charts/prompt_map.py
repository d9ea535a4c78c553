"""The prompt map as a scatter: one point a prompt; its customdata is the prompt's row number.

Drawn as SVG up to a thousand prompts: without a graphics card that is a second or two sooner on the screen than WebGL. What is
picked is not in it (see `links`): a page takes a figure that changes for a new one, and the reader's zoom would be gone.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rpo.charts.colours import GREY, PALETTE, ColourMeasure, Colours, Layer, layers
from rpo.charts.letters import letters
from rpo.embeddings import PromptMap
from rpo.preferences import headline
from rpo.storage import digest

POINT_SIZES = ((500, 9), (2000, 7), (5000, 5), (math.inf, 4))  # up to so many prompts a point is so many pixels wide
PLAIN_POINTS = 1000  # prompts up to which WebGL costs more than it saves
MOST_HOVER_POINTS = 5000  # above this many points texts on hover cost more than the picture
HOVER_LETTERS = 71  # characters of a prompt under the pointer
FEWEST_ON_HILLS = 40  # prompts below which contours say nothing
GRID, HILL_WIDTH, HILL_MARGIN, HILL_LINES = 80, 0.03, 0.08, 7  # cells a side; spread and margin as shares of a side; lines
HILL_GREY = "rgba(128, 128, 140, 0.35)"  # on light and on dark
LEAST_SPREAD = 0.1  # of an axis along which points hardly differ, as a part of the other one's
MOST_AT_FIRST = 500  # points of the picture that stands for the figure until it is there
TRACE = 50_000  # points in a trace; from 100,000 on plotly.js looks at each of them under the pointer (its issue 8036)


def map_figure(
    drawn: PromptMap,
    colours: Colours,
    shown: np.ndarray | None = None,
    selected: Sequence[int] = (),
    covered: int = 0,
    lasso: bool = False,
    height: int = 570,
    hills: bool = False,
    texts: bool = True,
) -> go.Figure:
    """All N prompts in their colours; of a mask `shown` (N,) the others are grey; `selected` rows stand out at once.

    `covered` pixels on the right are left to what lies over the figure there; with `lasso` a drag draws round points; `hills` are
    faint contours where prompts lie densely; without `texts` nothing is said on hover, for a page that does so itself.
    """
    figure = go.Figure()
    (left, low), (right, high) = _ends(drawn.points).tolist()
    found = layers(colours, shown)
    for layer in found:
        for number, part in enumerate(layer.parts(TRACE)):
            figure.add_trace(_points(drawn, part, number == 0, texts))
            if len(selected):
                figure.data[-1].selectedpoints = np.flatnonzero(np.isin(part.rows, selected))
    if hills and len(drawn.prompts) >= FEWEST_ON_HILLS:
        figure.add_trace(_contours(drawn.points))
    figure.update_layout(
        height=height,
        margin={"l": 0, "r": covered, "t": 8, "b": 0},
        uirevision=f"{drawn.method} {digest(drawn.points.tobytes())}",  # a zoom means nothing on another map
        dragmode="lasso" if lasso else "pan",
        legend={"itemsizing": "constant", "font": {"size": 11}, "orientation": "h", "y": 0},
        showlegend=not isinstance(colours, ColourMeasure) and 1 < len(found) <= len(PALETTE) + 1,  # else names on the map do
        xaxis={"visible": False, "autorangeoptions": {"minallowed": left, "maxallowed": right}},
        yaxis={"visible": False, "autorangeoptions": {"minallowed": low, "maxallowed": high}, "scaleanchor": "x"},
    )
    return figure


def points_svg(drawn: PromptMap, colours: Colours, shown: np.ndarray | None = None) -> str:
    """The points of `map_figure` as one small picture, to stand in its place until the browser has a chart library ready.

    In an area of any size they lie where the figure has them; of many prompts it has some. A measure's points are grey.
    """
    (left, low), (right, high) = _ends(drawn.points).tolist()
    paths = "".join(_path(drawn, layer) for layer in layers(colours, shown))
    box = f"{left:.3f} {-high:.3f} {right - left:.3f} {high - low:.3f}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" fill="none" stroke-linecap="round">{paths}</svg>'


def _path(drawn: PromptMap, layer: Layer) -> str:
    """A layer's points as lines without length, whose round ends are as wide as the figure's points."""
    every = math.ceil(len(drawn.prompts) / MOST_AT_FIRST)
    moves = "".join(f"M{x:.3f} {-y:.3f}h0" for x, y in drawn.points[layer.rows[::every]].tolist())
    colour = layer.marker["color"] if isinstance(layer.marker["color"], str) else GREY
    look = f'stroke="{colour}" opacity="{layer.marker.get("opacity", 1)}" stroke-width="{_size(drawn)}"'
    return f'<path d="{moves}" {look} vector-effect="non-scaling-stroke"/>'


def _ends(points: np.ndarray) -> np.ndarray:
    """The least and the most of both axes that are drawn, (2, 2), for points (N, 2), with room around them."""
    least, most = points.min(axis=0).astype(float), points.max(axis=0).astype(float)
    spread = most - least
    room = HILL_MARGIN * np.maximum(spread, LEAST_SPREAD * (spread.max() or 1.0))
    return np.stack([least - room, most + room])


def _size(drawn: PromptMap) -> int:
    """How many pixels a point is wide."""
    return next(size for most, size in POINT_SIZES if len(drawn.prompts) <= most)


def _contours(points: np.ndarray) -> go.Contour:
    """Lines of equal density of points (N, 2): counts on a grid, smoothed; for the eye, like the picture."""
    from scipy.ndimage import gaussian_filter

    counts, across, down = np.histogram2d(points[:, 0], points[:, 1], GRID, _ends(points).T.tolist())
    heights = gaussian_filter(counts.T, HILL_WIDTH * GRID, mode="constant")
    top = float(heights.max())
    return go.Contour(
        x=(across[1:] + across[:-1]) / 2,
        y=(down[1:] + down[:-1]) / 2,
        z=heights,
        contours={"coloring": "none", "start": top / HILL_LINES, "end": top, "size": top / HILL_LINES},
        line={"color": HILL_GREY, "width": 0.8, "smoothing": 1.0},
        showscale=False,
        showlegend=False,
        hoverinfo="skip",
    )


def rows_of(points: Iterable[Mapping[str, Any]]) -> list[int]:
    """The rows of the points that a browser says are selected."""
    found = (point["customdata"] for point in points)
    return [row[0] if isinstance(row, list) else row for row in found]


def _points(drawn: PromptMap, layer: Layer, first: bool, texts: bool) -> go.Scatter | go.Scattergl:
    """Above `HOVER` points a hover says nothing, but is still felt: without it a click would not be."""
    rows = layer.rows
    places = drawn.points[rows] if len(rows) else np.full((1, 2), np.nan)  # of a trace without any point no colour bar is drawn
    words = (
        [letters(headline(drawn.prompts[row], HOVER_LETTERS)) for row in rows]
        if texts and len(drawn.prompts) <= MOST_HOVER_POINTS
        else None
    )
    return (go.Scatter if len(drawn.prompts) <= PLAIN_POINTS else go.Scattergl)(
        x=places[:, 0],
        y=places[:, 1],
        mode="markers",
        name=letters(layer.name),
        legendgroup=letters(layer.name),
        showlegend=first and bool(layer.name),
        customdata=rows,
        text=words,
        hovertemplate="%{text}<extra></extra>" if words else None,
        hoverinfo=None if words else "none",
        marker={**layer.marker, "size": _size(drawn), "showscale": first and "colorbar" in layer.marker},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0.3}},
    )
