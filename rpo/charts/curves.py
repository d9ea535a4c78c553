"""A run's curves: every recorded point, training as lines, held-out figures as marks with their intervals on the same axes.

Not a logger: it draws records that the run wrote. Rewards are beta times the mean log-ratio; KL is nats a token. What was
measured a few times only is never joined by a line, for nobody knows what lay between.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go
from plotly.colors import qualitative

from rpo.charts.letters import letters

Records = Sequence[Mapping[str, Any]]
Zoom = Mapping[str, Sequence[float]]
LEAST_WIDTHS = {"loss": 0.02, "margin": 0.05, "accuracy": 0.1, "kl": 0.01}  # of an axis, in the figure's own unit
LEAST_SHARE = 0.05  # and of the largest value, for every figure

HeldOutEnds = Mapping[int, Mapping[str, tuple[float, float]]]

MAIN_PLOTS = (
    ("loss", "Loss"),
    ("margin", "Margin (chosen − rejected reward)"),
    ("accuracy", "Reward accuracy"),
    ("kl", "KL to the reference, held-out, nats a token"),
)
MORE_PLOTS = (
    ("chosen_reward", "Chosen reward (β · log-ratio)"),
    ("rejected_reward", "Rejected reward (β · log-ratio)"),
    ("diagonal", "Own share W_ii, mean of rows"),
    ("others", "Effective others a row"),
    ("column", "Largest column sum of the weights"),
    ("grad_norm", "Gradient norm, before clipping"),
    ("lr", "Learning rate"),
    ("tokens_per_second", "Tokens a second"),
)
SPARSE = frozenset({"kl"})  # measured now and then, in training too
FEW_POINTS = 60  # steps up to which each is a dot as well
EACH_STEP = 40  # steps up to which each has a tick
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
STRIP, GAP = 150, 34  # pixels of a plot's height, and between two
RAW = 0.3  # opacity of a line whose smooth one is drawn over it


@dataclass(frozen=True)
class RunCurves:
    """What a run recorded: a record a step, held-out figures now and then, and after which step these have which intervals."""

    metrics: Records
    evaluations: Records
    ends: HeldOutEnds = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The last step of all."""
        return max((record["step"] for record in (*self.metrics, *self.evaluations)), default=0)


@dataclass(frozen=True)
class LineLook:
    """How one run is drawn: its name and colour, and whether the legend names runs or kinds of marks."""

    name: str
    colour: str
    dash: str
    several: bool


def curves_figure(runs: Mapping[str, RunCurves], smoothing: float = 0.0, zoom: Zoom | None = None) -> go.Figure:
    """The four main curves below each other on one axis of steps, so that one pointer reads all of them."""
    return _stacked(runs, MAIN_PLOTS, smoothing, zoom)


def more_curves_figure(runs: Mapping[str, RunCurves], smoothing: float = 0.0, zoom: Zoom | None = None) -> go.Figure:
    """The other curves, in the same way."""
    return _stacked(runs, MORE_PLOTS, smoothing, zoom)


def smoothed(values: Sequence[float], weight: float) -> list[float]:
    """The exponential mean so far of each value, without the pull to 0 at the beginning; `weight` from 0 (none) to below 1."""
    found, mean, whole = list[float](), 0.0, 0.0
    for value in values:
        mean, whole = weight * mean + (1 - weight) * value, weight * whole + (1 - weight)
        found.append(mean / whole)
    return found


def _stacked(runs: Mapping[str, RunCurves], plots: Sequence[tuple[str, str]], smoothing: float, zoom: Zoom | None) -> go.Figure:
    figure, height = go.Figure(), len(plots) * (STRIP + GAP)
    below = {"y": -60 / height, "yanchor": "top"}
    for number, (name, run) in enumerate(runs.items()):
        look = LineLook(letters(name), qualitative.Plotly[number % 10], DASHES[number // 10 % len(DASHES)], len(runs) > 1)
        for place, (key, _) in enumerate(plots):
            for trace in _traces(run, key, look, smoothing, first=place == 0):
                figure.add_trace(trace.update(yaxis=f"y{place + 1}", xaxis="x"))
    for place, (key, title) in enumerate(plots):
        top = 1 - place * (STRIP + GAP) / height - GAP / height
        domain = [max(0.0, top - STRIP / height), top]
        figure.update_layout(
            {f"yaxis{place + 1}": {"domain": domain, "anchor": "x", "exponentformat": "power", **_span(key, runs)}}
        )
        words = {"text": title, "x": 0, "y": top, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
        figure.add_annotation(**words, showarrow=False, font={"size": 13})
    figure.update_layout(
        xaxis=_steps(max((run.last for run in runs.values()), default=0), len(plots)),
        height=height + 60 + (24 * len(runs) if len(runs) > 1 else 0),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hovermode="x unified",
        hoversubplots="axis",
        legend={"orientation": "h", **(below if len(runs) > 1 else {"x": 0.5, "y": 1, "xanchor": "center", "yanchor": "top"})},
    )
    axes = {"xaxis", "yaxis", *(f"yaxis{place}" for place in range(2, len(plots) + 1))}
    seen = {axis: ends for axis, ends in (zoom or {}).items() if axis in axes}
    return figure.update_layout({axis: {"range": list(ends), "autorange": False} for axis, ends in seen.items()})


def _steps(last: int, plots: int) -> dict[str, Any]:
    """The one axis of steps: ticks are whole steps, and 0 is on it so that no mark is cut."""
    ticks = {"dtick": 1} if last <= EACH_STEP else {"nticks": 20}
    spike = {"showspikes": True, "spikemode": "across", "spikesnap": "hovered data", "spikethickness": 1, "spikedash": "dot"}
    beside = max(0.5, 0.02 * last)
    include = {"autorangeoptions": {"include": [0, last], "clipmin": -beside, "clipmax": last + beside}}
    return {"title": {"text": "step"}, "anchor": f"y{plots}", "tick0": 0, "hoverformat": ",d", **ticks, **include, **spike}


def _span(key: str, runs: Mapping[str, RunCurves]) -> dict[str, Any]:
    """A figure's range: the whole scale of an accuracy, else that of its values, never so narrow that noise fills it."""
    if key == "accuracy":
        return {"range": [-0.04, 1.06]}
    values = [value for run in runs.values() for records in (run.metrics, run.evaluations) for _, value in _points(records, key)]
    return {"autorangeoptions": {"include": at_least(key, values)}}


def _traces(run: RunCurves, key: str, look: LineLook, smoothing: float, first: bool) -> Iterator[go.Scatter]:
    """Training as a line, over it a smooth one if wanted, and held-out figures as marks."""
    known = {"legendgroup": look.name, "hovertemplate": f"{key.replace('_', ' ')} %{{y:.4~g}}"}
    line = {"line": {"color": look.colour, "dash": look.dash}, "marker": {"color": look.colour, "size": 5}}
    trained, held_out = list(_points(run.metrics, key)), list(_points(run.evaluations, key))
    names = (look.name, f"{look.name}, held-out") if look.several else ("training batch", "held-out rows, 95 % interval")
    if trained:
        steps, values = zip(*trained, strict=True)
        dots = "markers" if key in SPARSE else "lines" if len(trained) > FEW_POINTS else "lines+markers"
        smooth = smoothing > 0 and key not in SPARSE
        named = {"name": names[0], "showlegend": first}
        yield go.Scatter(x=steps, y=values, mode=dots, opacity=RAW if smooth else 1, **named, **line, **known)
        if smooth:
            drawn = smoothed(values, smoothing)
            yield go.Scatter(x=steps, y=drawn, mode="lines", name=f"{names[0]}, smooth", showlegend=False, **line, **known)
    if held_out:
        yield go.Scatter(**_marks(run, key, held_out, look), name=names[1], showlegend=first and not look.several, **known)


def _marks(run: RunCurves, key: str, points: Sequence[tuple[int, float]], look: LineLook) -> dict[str, Any]:
    """Held-out figures, each with its interval where that is known."""
    steps, values = zip(*points, strict=True)
    ends = [run.ends.get(step, {}).get(key, (value, value)) for step, value in points]
    bars = {
        "type": "data",
        "array": [high - value for (_, high), value in zip(ends, values, strict=True)],
        "arrayminus": [value - low for (low, _), value in zip(ends, values, strict=True)],
        "thickness": 1.5,
        "width": 5,
        "color": look.colour,
    }
    marker = {"symbol": "diamond", "size": 11, "color": look.colour, "line": {"color": "white", "width": 1}}
    shown = {"error_y": bars} if any(low != high for low, high in ends) else {}
    return {"x": steps, "y": values, "mode": "markers", "marker": marker, **shown}


def _points(records: Records, key: str) -> Iterator[tuple[int, float]]:
    return ((record["step"], record[key]) for record in records if record.get(key) is not None and record[key] == record[key])


def at_least(figure: str, values: Sequence[float]) -> list[float]:
    """Two ends that an axis of these values holds besides them, as far apart as a difference of this figure that can be seen."""
    if not values:
        return [0.0, LEAST_WIDTHS.get(figure, 1.0)]
    low, high = min(values), max(values)
    width = max(LEAST_WIDTHS.get(figure, 0.0), LEAST_SHARE * max(abs(low), abs(high)))
    if high - low >= width:
        return [low, high]
    begin = (low + high - width) / 2
    if low >= 0 > begin:  # what is never negative begins at 0
        begin = 0.0
    return [begin, begin + width]
