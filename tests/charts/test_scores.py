"""Scores colour the map: means over a prompt's rows that have one, by the scale's name, and only a span of them where asked."""

import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from datasets import Dataset

from rpo.charts import colour_by
from rpo.charts.colours import ColourMeasure, ColourSpan, MapColours, layers
from rpo.charts.prompt_map import map_figure
from rpo.embeddings import PromptMap
from rpo.preferences import Kind, PreferenceSet
from tests.charts.test_map import figures

NAN, NO = float("nan"), None
PAIRS = ("a", "a", "b", "c")  # the prompts of four rows


def pairs(scale="", **columns):
    texts = {"chosen": ["x"] * 4, "rejected": ["y"] * 4, "source": [""] * 4, "slice": [""] * 4, "split": ["train"] * 4}
    rows = {"id": ["0", "1", "2", "3"], "prompt": list(PAIRS), **texts, **columns}
    return PreferenceSet("pairs", Kind.PAIRED, Dataset.from_dict(rows), scale=scale)


def judged(scale="", **columns):
    data = pairs(scale, **columns)
    rows = data.rows.rename_column("chosen", "answer").remove_columns("rejected").add_column("liked", [True] * 4)
    return replace(data, kind=Kind.UNPAIRED, rows=rows)


def measured(kind, data):
    return colour_by.OF_THE_ANSWERS[kind][1](data)


BOTH = {"score_chosen": [1.0, 4.0, NO, 3.0], "score_rejected": [0.5, NO, 2.0, 5.0]}


@pytest.mark.parametrize(
    ("kind", "data", "title", "values"),
    [
        ("score of chosen", pairs("rating", **BOTH), "rating of chosen", [2.5, NAN, 3]),
        ("score of rejected", pairs("", **BOTH), "score of rejected", [0.5, 2, 5]),
        ("score margin", pairs("rating", **BOTH), "rating margin, chosen − rejected", [0.5, NAN, -2]),
        ("score of chosen", pairs(score_chosen=[NO, NO, NO, 0.0]), "score of chosen", [NAN, NAN, 0]),
        ("score of chosen", pairs(score_chosen=[1.0, NAN, float("inf"), 2.0]), "score of chosen", [1, NAN, 2]),
        ("score of chosen", pairs(score_chosen=[1, 2, 3, 4]), "score of chosen", [1.5, 3, 4]),
        ("strength", pairs("preference_strength", strength=[1.0, 2.0, NO, 3.0]), "strength (preference strength)", [1.5, NAN, 3]),
        ("strength", pairs("rating", **BOTH, strength=[1.0, 2.0, NO, 3.0]), "strength", [1.5, NAN, 3]),
        ("score", judged("stars", score=[5.0, 4.0, NO, 1.0]), "stars", [4.5, NAN, 1]),
    ],
)
def test_a_prompts_value_is_the_mean_over_its_rows_that_have_one(kind, data, title, values):
    found = measured(kind, data)
    assert (found.title, found.values.tolist()) == (title, pytest.approx(values, nan_ok=True))


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        (pairs(), ()),
        (judged(), ()),
        (pairs(**BOTH), ("score of chosen", "score of rejected", "score margin")),
        (pairs(score_chosen=[1.0] * 4), ("score of chosen",)),
        (pairs(score_chosen=[1.0] * 4, score_rejected=[NO] * 4), ("score of chosen",)),
        (pairs(strength=[NO, NO, NO, 1.0]), ("strength",)),
        (judged(score=[1.0] * 4), ("score",)),
        (pairs(score_chosen=[1.0] * 4, score_rejected=[2.0] * 4).unpaired(), ("score",)),
    ],
)
def test_only_what_the_data_have_is_offered(data, kinds):
    assert colour_by.of_the_answers(data) == kinds


def test_data_of_other_scores_never_share_a_name():
    """What is computed from scores is cached by `content`; a map's own place is the same for all of these."""
    some = [
        *(pairs(), pairs(**BOTH), pairs("rating", **BOTH), judged(score=[1.0] * 4)),
        pairs(**BOTH | {"score_chosen": [1.0, 4.0, NO, 3.5]}),
        pairs(**BOTH | {"score_chosen": [4.0, 1.0, NO, 3.0]}),
        pairs(**BOTH, id=["0", "1", "2", "4"]),
        pairs(score_chosen=[1.0] * 4),
        pairs(score_rejected=[1.0] * 4),
        pairs(strength=[1.0] * 4),
    ]
    assert pairs("rating", **BOTH).content == pairs("rating", **BOTH).content
    assert all(one.content != other.content for one, other in combinations(some, 2))
    assert len({data.stamp for data in some}) == 1


VALUES = np.array([1.0, 2.0, 2.0, np.nan, 5.0])


@pytest.mark.parametrize(
    ("span", "rows", "ends", "counts"),
    [
        (ColourSpan(), [], [], [5, 5, 4, 5]),
        (ColourSpan(2), [1, 2, 4], ["2"], [5, 5, 3]),
        (ColourSpan(high=2), [0, 1, 2], ["2"], [5, 5, 3]),
        (ColourSpan(1.5, 2), [1, 2], ["1.5", "2"], [5, 5, 2]),
        (ColourSpan(1, 5), [0, 1, 2, 4], ["1", "5"], [5, 5, 4]),
        (ColourSpan(0, 0), [], ["0", "0"], [5, 5, 0]),
        (ColourSpan(5, 1), [], ["5", "1"], [5, 5, 0]),
    ],
)
def test_a_span_shows_its_prompts_and_greys_the_others(span, rows, ends, counts):
    look = MapColours(ColourMeasure("words", VALUES), span)
    assert (look.rows, figures(look.counts())) == (rows, counts)
    assert (re.findall(r"[\d.]+", look.name), look.name.startswith("words")) == (ends, not span.whole)
    beneath, *coloured = layers(look.colours, look.members)
    shown = [row for layer in coloured for row in layer.rows]
    assert shown == ([0, 1, 2, 4] if span.whole else rows)
    assert sorted([*beneath.rows, *shown]) == list(range(5))
    assert bool(look.nothing_left()) == (not rows and not span.whole)


def test_a_span_that_leaves_nothing_says_which_values_there_are():
    said = MapColours(ColourMeasure("words", VALUES), ColourSpan(7, 1234.5)).nothing_left()
    assert re.search(r"\b7\b.*\b1,234\.5\b.*\b1\b.*\b5\b", said)
    assert not MapColours(
        colour_by.nothing(3), ColourSpan(1)
    ).nothing_left()  # without any value there is no field to write one into


def test_the_picture_keeps_its_colour_bar_whatever_is_left():
    drawn = PromptMap(tuple("abcde"), np.eye(5, dtype=np.float32), np.arange(10.0).reshape(5, 2), "an encoder", 0, "pca")
    markers = []
    for span in (ColourSpan(), ColourSpan(2, 2), ColourSpan(9)):
        look = MapColours(ColourMeasure("words", VALUES), span)
        last = map_figure(drawn, look.colours, look.members).data[-1]
        assert last.marker.showscale
        assert len(last.x) > 0  # plotly draws no bar for a trace without points
        markers.append((last.marker.cmin, last.marker.cmax, last.marker.colorbar.title.text))
    assert len(set(markers)) == 1


def test_a_measure_of_other_values_has_another_stamp():
    one = ColourMeasure("words", VALUES)
    assert one.stamp == ColourMeasure("words", VALUES.copy()).stamp
    assert one.stamp not in (ColourMeasure("words", VALUES + 1).stamp, ColourMeasure("letters", VALUES).stamp)


def test_a_scales_name_cannot_write_html_into_the_bar():
    found = measured("score", judged("<b>stars</b>", score=[1.0] * 4))
    assert next(found.layers(found.known)).marker["colorbar"]["title"]["text"] == "&lt;b&gt;stars&lt;/b&gt;"
