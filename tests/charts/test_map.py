"""The map shows every prompt once, whatever colours it; links weigh as the loss does; a run's figures find their prompts."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest
import torch

from rpo import storage
from rpo.charts import colour_by, prompt_map
from rpo.charts.colours import COLOUR_SCALE, GREY, MOST_LAYERS, PALETTE, ColourMeasure, Groups, MapColours
from rpo.charts.health import cosines_figure
from rpo.charts.prompt_map import MOST_HOVER_POINTS, PLAIN_POINTS, map_figure, points_svg
from rpo.charts.prompt_map import rows_of as picked_rows
from rpo.components.neighbours import JS, links_of, overlay, ring
from rpo.contrast import contrast_weights
from rpo.embeddings import PromptMap, Scene, examine, knn
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, View, load
from rpo.runs import Run
from rpo.spec import Objective, RunSpec


def a_map(count, width=3):
    vectors = np.random.default_rng(0).normal(size=(count, width)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return PromptMap(tuple(f"Prompt {n} <b>" for n in range(count)), vectors, vectors[:, :2], "an encoder", 0, "pca")


def rows_of(figure):
    return np.concatenate([np.asarray(trace.customdata) for trace in figure.data])


def all_colours(count):
    numbers = np.arange(count, dtype=float)
    yield Groups("slice", ("",) * count)
    yield Groups("slice", tuple("a" if n % 3 else "" for n in range(count)))
    yield Groups("topic", tuple(f"topic {n % 40}" for n in range(count)))
    yield ColourMeasure("length", numbers)
    yield ColourMeasure("margin", np.where(numbers % 2, numbers, np.nan))
    yield colour_by.nothing(count)


@pytest.mark.weights
@pytest.mark.parametrize("count", [1, 10, PLAIN_POINTS + 1, MOST_HOVER_POINTS + 1])
def test_every_prompt_is_on_the_map_once(count):
    drawn, some = a_map(count), np.arange(count) % 4 == 0
    for colours in all_colours(count):
        for shown in (None, some, ~some):
            figure = map_figure(drawn, colours, shown)
            assert sorted(rows_of(figure).tolist()) == list(range(count))
            assert {trace.type for trace in figure.data} == {"scatter" if count <= PLAIN_POINTS else "scattergl"}


def test_what_has_no_value_or_is_not_asked_for_is_grey_and_lies_beneath():
    figure = map_figure(a_map(6), Groups("slice", ("a", "b", "", "a", "b", "")), np.array([1, 0, 1, 1, 0, 1], dtype=bool))
    beneath, group = figure.data
    assert (beneath.marker.color, beneath.showlegend, beneath.customdata.tolist()) == (GREY, False, [1, 2, 4, 5])
    assert (group.name, group.marker.color, group.customdata.tolist()) == ("a", PALETTE[0], [0, 3])
    valued = map_figure(a_map(3), ColourMeasure("m", np.array([1.0, np.nan, 3.0])))
    assert [trace.customdata.tolist() for trace in valued.data] == [[1], [0, 2]]


def test_a_groups_colour_does_not_depend_on_which_one_is_shown():
    colours = Groups("slice", ("a", "b", "c"))
    alone = map_figure(a_map(3), colours, colours.members("b")).data[-1]
    assert alone.marker.color == map_figure(a_map(3), colours).data[1].marker.color


def test_with_more_groups_than_colours_a_colour_comes_again_and_names_tell_them_apart():
    figure = map_figure(a_map(31), Groups("slice", tuple(f"g{min(n, 29)}" for n in range(31))))
    assert len(figure.data) == 30
    assert figure.data[0].marker.color == figure.data[len(PALETTE)].marker.color
    assert not figure.layout.showlegend


def test_of_very_many_groups_the_smallest_share_one_and_say_so():
    last = map_figure(a_map(61), Groups("slice", tuple(f"g{min(n, 59)}" for n in range(61)))).data[-1]
    assert last.name.startswith(f"{60 - MOST_LAYERS} ")
    assert last.marker.color == GREY
    assert 59 not in last.customdata  # the largest has its own


def test_one_odd_value_does_not_swallow_the_colours():
    marker = map_figure(a_map(101), ColourMeasure("m", np.array([*range(100), 1e6]))).data[0].marker
    assert marker.cmax < 110
    assert marker.colorbar.title.text == "m"
    same = map_figure(a_map(3), ColourMeasure("m", np.ones(3))).data[0].marker
    assert same.cmin < same.cmax


def luminance(colour):
    red, green, blue = (int(part) / 255 for part in colour.strip("rgb()").split(","))
    return sum(
        share * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
        for share, c in ((0.2126, red), (0.7152, green), (0.0722, blue))
    )


def test_the_scale_rises_evenly_and_is_seen_in_both_themes():
    light = [luminance(colour) for colour in COLOUR_SCALE]
    assert light == sorted(light)
    assert 1.05 / (light[-1] + 0.05) > 1.8
    assert (light[0] + 0.05) / (luminance("rgb(18, 19, 26)") + 0.05) > 2.2


def test_a_zoom_is_kept_on_one_map_and_not_on_another():
    blank = Groups("slice", ("",) * 5)
    kept = [map_figure(drawn, blank).layout.uirevision for drawn in (a_map(5), a_map(5), replace(a_map(5), method="umap"))]
    assert kept[0] == kept[1] != kept[2]
    assert map_figure(a_map(6), Groups("slice", ("",) * 6)).layout.uirevision not in kept


def test_a_lasso_is_seen_in_a_figure_that_is_drawn_anew():
    figure = map_figure(a_map(6), Groups("slice", ("a", "b") * 3), selected=[0, 3, 4])
    assert [list(trace.selectedpoints) for trace in figure.data] == [[0, 2], [1]]
    assert map_figure(a_map(6), Groups("slice", ("a", "b") * 3)).data[0].selectedpoints is None


def test_large_maps_are_split_into_traces_that_can_be_hovered_and_clicked(monkeypatch):
    monkeypatch.setattr(prompt_map, "TRACE", 2000)
    figure = map_figure(a_map(MOST_HOVER_POINTS + 1), Groups("slice", ("a",) * (MOST_HOVER_POINTS + 1)))
    assert [trace.showlegend for trace in figure.data] == [True, False, False]
    assert {trace.legendgroup for trace in figure.data} == {"a"}
    assert {(trace.hoverinfo, trace.text) for trace in figure.data} == {("none", None)}


def test_each_part_of_a_large_map_has_its_own_colours_and_one_has_the_bar(monkeypatch):
    monkeypatch.setattr(prompt_map, "TRACE", 4)
    traces = map_figure(a_map(10), ColourMeasure("m", np.arange(10.0))).data
    assert [(trace.customdata.tolist(), trace.marker.color.tolist()) for trace in traces] == [
        ([0, 1, 2, 3], [0, 1, 2, 3]),
        ([4, 5, 6, 7], [4, 5, 6, 7]),
        ([8, 9], [8, 9]),
    ]
    assert [trace.marker.showscale for trace in traces] == [True, False, False]
    assert len({(trace.marker.cmin, trace.marker.cmax) for trace in traces}) == 1


def test_a_prompt_cannot_write_html_into_the_hover():
    assert "<" not in map_figure(a_map(1), Groups("slice", ("",))).data[0].text[0]


@pytest.mark.parametrize("tau", [0.02, 0.5, 5.0])
def test_links_weigh_as_the_loss_does(tau):
    drawn = a_map(30, 8)
    links = links_of(drawn, 4, tau)
    batch = torch.tensor(drawn.vectors[[4, *links.rows]])
    assert np.allclose([links.own, *links.weights], contrast_weights(batch, batch, tau)[0], atol=1e-6)
    assert links.own + links.weights.sum() == pytest.approx(1)
    assert list(links.weights) == sorted(links.weights, reverse=True)
    assert np.allclose(links.cosines, drawn.vectors[links.rows] @ drawn.vectors[4], atol=1e-6)


def test_links_end_at_their_prompts():
    drawn = a_map(5)
    links = links_of(drawn, 3, 0.5, 2)
    seen = overlay(drawn, links, "map", 0.5)
    assert seen["at"] == drawn.points[3].tolist()
    assert [end[:2] for end in seen["ends"]] == drawn.points[links.rows].tolist()
    assert [end[2] for end in seen["ends"]] == links.cosines.tolist()
    assert (seen["tau"], seen["range"]) == (0.5, [0.01, 10.0])
    assert overlay(drawn, links, "map", 0.002)["range"] == [0.002, 10.0]
    assert ring(drawn, None, "map")["at"] is None
    assert links_of(a_map(1), 0, 0.5).own == 1
    assert overlay(a_map(1), links_of(a_map(1), 0, 0.5), "map", 0.5)["ends"] == []
    assert "export default" in JS


def a_run(folder, rows, split, **spec):
    run = Run(storage.folder("runs", folder))
    storage.write_json(run.folder / "spec.json", RunSpec(**spec).as_dict())
    rows = [row for row in rows.rows if row["split"] == split][:5]
    ratios = [[0.5 * n, -1.0] if "chosen" in row else [0.5 * n] for n, row in enumerate(rows)]
    record = {"step": 1, "split": split, "ids": [row["id"] for row in rows], "ratios": ratios}
    storage.write_with(run.folder / "logratios.jsonl", lambda file: file.write(orjson.dumps(record) + b"\n"))
    return run, [row["prompt"] for row in rows]


def test_a_runs_margins_stand_at_their_prompts():
    data = load(EMBEDDED)
    run, prompts = a_run("one", data, "held-out", beta=0.2)
    found = colour_by.margins(run, "held-out", data)
    assert int(found.known.sum()) == 5
    values = [found.values[data.prompts.index(prompt)] for prompt in prompts]
    assert np.allclose(values, [0.2 * (0.5 * n + 1.0) for n in range(5)])
    losses = colour_by.losses(run, "held-out", data)
    assert np.allclose(losses.values[found.known], np.log1p(np.exp(-found.values[found.known])))
    assert not colour_by.margins(run, "train", data).known.any()


@pytest.mark.parametrize("objective", Objective)
def test_a_run_is_offered_with_the_splits_that_it_knows(objective):
    run, _ = a_run("four", load(EMBEDDED), "held-out", objective=objective)
    storage.write_json(run.folder / "state.json", {"status": "done", "progress": 1.0, "message": ""})
    assert [split for _, split in colour_by.of_runs()] == ["held-out", "train"][: 1 + objective.entry.reference]


def test_judged_answers_have_their_sign():
    data = load(EMBEDDED_LOG)
    run, prompts = a_run("two", data, "train", objective=Objective.KTO, data=EMBEDDED_LOG, beta=0.1)
    found = colour_by.margins(run, "train", data)
    for number, prompt in enumerate(prompts):
        sign = 1 if data.about(prompt)[0]["liked"] else -1
        assert found.values[data.prompts.index(prompt)] == pytest.approx(sign * 0.05 * number)


def test_a_run_on_single_answers_is_found_among_the_pairs_they_came_from():
    data = load(EMBEDDED)
    run, prompts = a_run("three", data.unpaired(), "train", objective=Objective.KTO)
    assert set(np.flatnonzero(colour_by.margins(run, "train", data).known)) == {data.prompts.index(one) for one in prompts}


def test_other_measures_have_a_value_for_every_prompt():
    drawn, data = a_map(40, 8), load(EMBEDDED)
    scene = Scene(data, drawn, knn(drawn.vectors), Path("map"), View.WHOLE)
    assert set(colour_by.length(scene).values) == {3}
    for kind in colour_by.OF_THE_NEAREST:
        assert colour_by.OF_THE_MAP[kind](scene).known.all()
        assert not colour_by.OF_THE_MAP[kind](replace(scene, graph=None)).known.any()


def figures(sentence):
    return [int(figure) for figure in re.findall(r"\d+", sentence)]


def test_a_look_counts_what_has_a_colour():
    assert figures(MapColours(ColourMeasure("m", np.array([1.0, np.nan]))).counts()) == [2, 2, 1, 2]
    groups = Groups("slice", ("a", "b", "a"))
    assert (figures(MapColours(groups).counts()), MapColours(groups).rows) == ([3, 3], [])
    assert (figures(MapColours(groups, "a").counts()), MapColours(groups, "a").rows) == ([3, 3, 2], [0, 2])


def test_what_a_browser_selects_is_read_as_rows():
    assert picked_rows([{"customdata": 3}, {"customdata": [5]}]) == [3, 5]


def test_the_health_picture_holds_all_pairs():
    drawn = a_map(40, 8)
    figure = cosines_figure(examine(drawn.vectors, knn(drawn.vectors), drawn.points))
    assert [float(np.sum(bar.y)) for bar in figure.data] == pytest.approx([1, 1])


def test_contours_lie_where_prompts_are_dense_and_only_where_they_are_asked_for():
    draw = np.random.default_rng(0)
    drawn = replace(a_map(200), points=np.concatenate([draw.normal((12, 0), 1, (150, 2)), draw.normal((0, 6), 1, (50, 2))]))
    colours = Groups("slice", ("a",) * 200)
    contour = map_figure(drawn, colours, hills=True).data[-1]
    heights, across, down = (np.asarray(one) for one in (contour.z, contour.x, contour.y))
    row, column = np.unravel_index(heights.argmax(), heights.shape)
    assert np.hypot(across[column] - 12, down[row]) < 1.5
    assert heights.sum() == pytest.approx(200, rel=0.02)
    assert contour.hoverinfo == "skip"
    assert [trace.type for trace in map_figure(drawn, colours).data] == ["scatter"]
    assert [trace.type for trace in map_figure(a_map(12), Groups("slice", ("a",) * 12), hills=True).data] == ["scatter"]
    assert map_figure(drawn, colours, texts=False).data[0].text is None


@pytest.mark.parametrize(("count", "seen"), [(1, 1), (7, 7), (500, 500), (1200, 400)])
def test_the_picture_that_stands_for_the_figure_has_its_points_where_the_figure_has_them(count, seen):
    drawn, groups = a_map(count), Groups("slice", ("a", *("b",) * (count - 1)))
    svg = points_svg(drawn, groups)
    places = {(float(x), -float(y)) for x, y in re.findall(r"M(\S+) (\S+)h0", svg)}
    assert places <= {(round(x, 3), round(y, 3)) for x, y in drawn.points.astype(float).tolist()}
    assert seen - 2 <= len(places) <= seen + 2
    left, top, width, height = map(float, re.search('viewBox="([^"]+)"', svg)[1].split())
    axes = (map_figure(drawn, groups).layout[axis].autorangeoptions for axis in ("xaxis", "yaxis"))
    ends = [end for axis in axes for end in (axis.minallowed, axis.maxallowed)]
    assert ends == pytest.approx([left, left + width, -top - height, -top], abs=2e-3)


def test_a_measure_is_grey_until_the_figure_is_there():
    svg = points_svg(a_map(3), ColourMeasure("a figure", np.array([1.0, 2.0, np.nan])))
    assert set(re.findall('stroke="([^"]+)"', svg)) == {GREY}


@pytest.mark.parametrize(
    "points", [[[2.0, 3.0]], [[0.0, 0.0]] * 3, [[-1.0, 0.0], [1.0, 0.0]], [[5.0, -4.0], [5.0, 4.0]], [[0.0, 0.0], [1.0, 1e-9]]]
)
def test_points_in_one_place_or_on_one_line_have_room_around_them(points):
    drawn, groups = replace(a_map(len(points)), points=np.array(points, np.float32)), Groups("slice", ("",) * len(points))
    width, height = map(float, re.search('viewBox="([^"]+)"', points_svg(drawn, groups))[1].split()[2:])
    assert min(width, height) > 0.01 * max(width, height) > 0
    axes = (map_figure(drawn, groups).layout[axis].autorangeoptions for axis in ("xaxis", "yaxis"))
    for axis, values in zip(axes, np.array(points).T, strict=True):
        assert axis.minallowed < values.min() <= values.max() < axis.maxallowed
