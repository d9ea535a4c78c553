"""Charts draw what they were given: every prompt, every weight, every step, and the interval as computed."""

import numpy as np
import pytest
import torch

from rpo.charts import contrast as contrasts
from rpo.charts.contrast import TAUS_DRAWN, margins_figure, matrix_figure
from rpo.charts.curves import MAIN_PLOTS, MORE_PLOTS, RunCurves, at_least, curves_figure, more_curves_figure, smoothed
from rpo.charts.score import prompts_figure, score_figure
from rpo.charts.sweep import cells_figure, frontier_figure
from rpo.contrast import over_training, tau_curves
from rpo.courses import Course
from rpo.runs import SweepCell
from rpo.statistics import counted, standings
from rpo.tuning import Sample, contrast_of
from rpo.voting import Choice, Vote


@pytest.mark.parametrize("size", [2, 8, 64])
def test_the_heat_map_shows_the_weights(size):
    vectors = torch.nn.functional.normalize(torch.randn(size, 5, generator=torch.Generator().manual_seed(0))).numpy()
    names = tuple(f"row {n}" for n in range(size))
    contrast = contrast_of(Sample(names, names, True, (0.0,) * size, (0.0,) * size), vectors @ vectors.T, 0.5, 0.1)
    figure = matrix_figure(contrast, names, names)
    assert np.allclose(figure.data[0].z, contrast.weights)
    assert bool(figure.layout.yaxis.ticktext) == (size <= 32)


def test_a_heat_map_of_other_prompts_claims_no_order_and_a_large_one_stays_light():
    plain = ("",) * 200
    contrast = contrast_of(Sample(plain, plain, True, (0.0,) * 200, (0.0,) * 200), np.eye(200), 5.0, 0.1)
    names, others = [f"liked {n}" * 6 for n in range(200)], [f"disliked {n}" * 6 for n in range(200)]
    figure = matrix_figure(contrast, names, others)
    assert "same order" not in figure.layout.xaxis.title.text
    assert "same order" in matrix_figure(contrast, names, names).layout.xaxis.title.text
    assert figure.data[0].text is None
    assert figure.data[0].zmin == 0
    assert figure.data[0].zmax == pytest.approx(float(contrast.weights.max()))


def test_curves_over_tau_have_a_line_a_band_and_random_vectors_an_m_and_no_own_share_of_unpaired_data():
    cosines = {size: torch.eye(size)[None].repeat(3, 1, 1) for size in (4, 8)}
    curves = {size: tau_curves(values, torch.tensor(TAUS_DRAWN), True) for size, values in cosines.items()}
    drawn = contrasts.tau_curves_figure(curves, 0.5, 8)
    lines = [trace for trace in drawn.data if trace.name]
    assert [trace.name for trace in lines] == ["4"] * 2 + ["8"] * 2
    assert {trace.line.width for trace in lines if trace.name == "8"} == {4}
    bands = [trace for trace in drawn.data if trace.fill]
    assert len(bands) == 4
    assert all(trace.fillcolor.startswith("rgba(") and trace.fillcolor.endswith(", 0.18)") for trace in bands)
    assert [list(trace.y) for trace in drawn.data if trace.line.dash == "dot"] == [
        one.tolist() for curve in curves.values() for one in (curve.random_own, curve.random_others)
    ]
    assert [note.text for note in drawn.layout.annotations] == ["Own share W_ii", "Effective others a row"]
    unpaired = {4: tau_curves(cosines[4], torch.tensor(TAUS_DRAWN), False)}
    assert len([trace for trace in contrasts.tau_curves_figure(unpaired, 0.5, 8).data if trace.name]) == 1


def test_curves_keep_every_point():
    keys = [key for key, _ in (*MAIN_PLOTS, *MORE_PLOTS)]
    metrics = [{"step": step, **{key: step * 0.1 for key in keys if key != "kl"}} for step in range(1, 3001)]
    held_out = [{"step": 0, "kl": 0.0}, {"step": 3000, "kl": 0.2, "accuracy": 0.75}]
    run = {"a run": RunCurves(metrics, held_out)}
    traces = [*curves_figure(run).data, *more_curves_figure(run).data]
    assert sum(len(trace.x) for trace in traces) == 3000 * (len(keys) - 1) + 3
    assert curves_figure({}).data == ()


def test_held_out_points_are_marks_with_intervals_and_no_line():
    held_out = [{"step": 0, "accuracy": 0.5, "kl": 0.0}, {"step": 3, "accuracy": 0.75, "kl": 0.1}]
    run = RunCurves([{"step": 3, "kl": 0.1}], held_out, {3: {"accuracy": (0.6, 0.8)}})
    drawn = curves_figure({"a run": run}).data
    assert {trace.mode for trace in drawn} == {"markers"}
    (bars,) = (trace.error_y for trace in drawn if trace.error_y.array)
    assert (bars.array, bars.arrayminus) == (pytest.approx((0, 0.05)), pytest.approx((0, 0.15)))


def test_a_zoom_is_drawn_and_an_axis_that_is_not_there_is_left_out():
    run = {"a run": RunCurves([{"step": step, "loss": 1.0} for step in (1, 2, 3)], [])}
    layout = curves_figure(run, zoom={"xaxis": [1, 2], "yaxis": [0, 2], "yaxis9": [0, 1]}).layout
    assert (layout.xaxis.range, layout.yaxis.range, "yaxis9" in layout) == ((1, 2), (0, 2), False)
    assert (layout.xaxis.dtick, layout.hoversubplots) == (1, "axis")


def test_a_smooth_line_begins_where_the_line_does():
    assert smoothed([2.0, 2.0, 2.0], 0.9) == pytest.approx([2, 2, 2])
    assert smoothed([1.0, 3.0], 0.5) == pytest.approx([1, 7 / 3])
    assert smoothed([1.0, 3.0], 0.0) == [1, 3]


@pytest.mark.parametrize(
    ("figure", "values", "ends"),
    [
        ("kl", [0.001396, 0.001400], (0, 0.01)),  # a difference of 4e-6 is none to see
        ("kl", [0.1, 0.4], (0.1, 0.4)),
        ("loss", [0.69, 0.691], (0.673225, 0.707775)),
        ("margin", [-0.001, 0.001], (-0.025, 0.025)),
        ("tokens_per_second", [100.0, 101.0], (97.975, 103.025)),
        ("lr", [], (0, 1)),
    ],
)
def test_an_axis_is_never_so_narrow_that_noise_fills_it(figure, values, ends):
    assert at_least(figure, values) == pytest.approx(ends)


def votes(outcomes):
    choices = {1.0: Choice.LEFT, 0.5: Choice.TIE, 0.0: Choice.RIGHT}
    return [Vote(str(n), "p", "", "Ann", choices[o], False, "tuned", "base", 0, 0.0) for n, o in enumerate(outcomes)]


def test_scores_stand_with_their_interval_and_few_prompts_are_grey():
    few, many = standings(votes([1.0, 0.5]), "tuned"), standings(votes([1.0] * 20 + [0.0] * 20), "tuned")
    left, right, *_ = score_figure([("few", few), ("many", many)]).data
    assert left.x == pytest.approx((few.low, few.score, few.high))
    assert right.x == pytest.approx((many.low, many.score, many.high))
    assert left.line.color != right.line.color
    bars = prompts_figure(counted(votes([1.0] * 20 + [0.5] * 5 + [0.0] * 21), "tuned")).data
    assert [bar.x[0] for bar in bars] == [20, 5, 21]
    assert [bar.text[0] for bar in bars] == ["won 20", "tied 5", "lost 21"]


def test_several_runs_share_the_panels_and_have_names():
    metrics = [{"step": step, "loss": 1.0 / step, "diagonal": None} for step in (1, 2, 3)]
    figure = curves_figure({"one": RunCurves(metrics, []), "other": RunCurves(metrics, [{"step": 3, "loss": 0.2}])})
    named = [trace.name for trace in figure.data if trace.showlegend]
    assert named == ["one", "other"]
    assert len({trace.line.color for trace in figure.data if trace.name in ("one", "other")}) == 2
    assert len(figure.data) == 3  # nothing is drawn where nothing was recorded


def test_a_cell_shows_its_mean_and_spread():
    nothing = float("nan")
    full = SweepCell("dpo", {}, 3, 60, {"accuracy": 0.8, "kl": 0.1}, {"accuracy": 0.05, "kl": nothing})
    empty = SweepCell("ipo", {}, 0, 0, {"accuracy": nothing, "kl": nothing}, {"accuracy": nothing, "kl": nothing})
    accuracy, kl = cells_figure([full, empty]).data
    assert (accuracy.x, accuracy.error_x.array, accuracy.y) == ((0.8,), (0.05,), ("dpo  (n = 3)",))
    assert kl.error_x.array == (0,)


def course(name, setting, seed, known=True):
    """Two evaluations after the start, of four pairs."""
    won = np.array([[0.5] * 4, [1, 1, 0, 0], [1, 1, 1, 0]]) if known else np.zeros((3, 0))
    distances = 4 * (won - 0.5)
    kl, figures = np.array([0, 0.1, 0.3]), (np.array([0.5, 0.5, 0.75]), np.array([0.0, 0.0, 1.0]))
    return Course(name, setting, seed, 4, np.array([0, 2, 4]), kl, *figures, won, distances, tuple("abcd") if known else ())


def test_a_frontier_has_a_line_a_run_a_colour_a_setting_and_every_evaluation():
    courses = [course("one", "dpo <b>", 0), course("two", "dpo <b>", 1), course("three", "rpo", 0, known=False)]
    figure = frontier_figure(courses, 0.2)
    accuracy = [trace for trace in figure.data if trace.xaxis == "x"]
    assert [(list(trace.x), list(trace.y)) for trace in accuracy] == [([0, 0.1, 0.3], [0.5, 0.5, 0.75])] * 3
    first, second, third = (trace.line.color for trace in accuracy)
    assert first == second != third
    assert [trace.name for trace in figure.data if trace.showlegend] == ["dpo &lt;b&gt;", "rpo"]
    low, high = courses[0].evaluations[2].accuracy_ends
    assert (accuracy[0].error_y.array[2], accuracy[0].error_y.arrayminus[2]) == pytest.approx((high - 0.75, 0.75 - low))
    assert f"seed 0, step 4, n = 4<br>KL 0.300: 0.750 ({low:.3f} to {high:.3f})" in accuracy[0].text[2]
    assert accuracy[2].error_y.array is None
    assert accuracy[2].text[2].endswith("KL 0.300: 0.750")
    assert [shape.x0 for shape in figure.layout.shapes if shape.line.dash == "dash"] == [0.2, 0.2]
    many = frontier_figure([course(str(n), "dpo", n) for n in range(5)], 0.0)
    assert all(trace.error_y.array is None for trace in many.data)
    assert [shape for shape in many.layout.shapes if shape.line.dash == "dash"] == []


@pytest.mark.parametrize("paired", [True, False])
def test_margins_play_over_training_without_the_server(paired):
    draw = torch.Generator().manual_seed(0)
    margins = torch.randn(3, 4, 4, generator=draw).cumsum(0)
    seen = over_training([0, 5, 9], margins, margins.abs() + 1, torch.rand(4, 4, generator=draw), paired)
    names = ["Why <b>?", "How?", "Who?", "When?"]
    figure = margins_figure(seen, names, names)
    assert np.allclose(figure.data[0].z, margins[-1])
    assert figure.data[0].zmin == -figure.data[0].zmax == pytest.approx(-float(margins.abs().max()))
    assert [frame.name for frame in figure.frames] == ["0", "5", "9"]
    assert [step.args[0][0] for step in figure.layout.sliders[0].steps] == ["0", "5", "9"]
    shown = [getattr(seen.shares, name) for name in ("own", "near", "far", "wide")]
    for place, frame in enumerate(figure.frames):
        heat, dots, words = frame.data
        assert [figure.data[at].mode for at in frame.traces[1:]] == ["markers", "text"]
        assert np.diff(sorted(words.y)).min() >= 0.07 - 1e-9
        assert np.allclose(heat.z, margins[place])
        assert list(dots.y) == pytest.approx([float(one[place]) for one in shown if one is not None])
    assert len([trace for trace in figure.data if trace.type == "scatter" and trace.mode == "lines"]) == 3 + paired
    assert "&lt;b&gt;" in figure.data[0].text[0][0]


def test_only_the_first_rows_of_large_margins_are_drawn():
    margins = torch.zeros(2, 100, 100)
    figure = margins_figure(over_training([0, 1], margins, margins + 1, None, True), ["p"] * 100, ["p"] * 100)
    assert np.array(figure.data[0].z).shape == (64, 64)
