"""Charts of results: every interval that is known as computed, none that is not, and what few prompts look like."""

import numpy as np
import pytest

from rpo.charts.score import FEW_COLOUR, INTERVAL_NAMES, board_figure, score_figure
from rpo.statistics import Rank, standings
from rpo.voting import Choice, Vote


def panel(raters, prompts=40, seed=0):
    draw = np.random.default_rng(seed)
    choices = [Choice.LEFT, Choice.RIGHT, Choice.TIE]
    return standings(
        [
            Vote(str(n), "p", "", rater, choices[draw.integers(3)], False, "tuned", "base", 0, 0.0)
            for n in range(prompts)
            for rater in raters
        ],
        "tuned",
    )


def lines(figure):
    return [trace for trace in figure.data if trace.x[0] is not None]


def test_each_known_interval_is_drawn_from_end_to_end_and_named_once():
    one = panel("ABC")
    figure = score_figure([("all", one)])
    drawn = {trace.name: trace.x for trace in lines(figure)}
    for field, label, *_ in INTERVAL_NAMES:
        interval = getattr(one, field)
        assert drawn[label] == pytest.approx((interval.low, one.score, interval.high))
    assert [trace.name for trace in figure.data if trace.showlegend is not False] == [label for _, label, *_ in INTERVAL_NAMES]


def test_no_interval_for_other_raters_is_drawn_where_there_is_none():
    figure = score_figure([("two raters", panel("AB")), ("three", panel("ABC"))])
    other = [trace for trace in lines(figure) if trace.name == INTERVAL_NAMES[1][1]]
    assert [round(trace.y[0]) for trace in other] == [1]
    alone = score_figure([("two raters", panel("AB"))])
    assert INTERVAL_NAMES[1][1] not in [trace.name for trace in alone.data]


def test_few_prompts_are_grey_and_say_so():
    figure = score_figure([("many", panel("A")), ("few", panel("A", prompts=29))])
    assert [trace.line.color == FEW_COLOUR for trace in lines(figure)[:2]] == [False, True]
    assert list(figure.layout.yaxis.ticktext) == ["many  (n = 40)", "few  (n = 29, few)"]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # the first row on top


@pytest.mark.parametrize("sizes", [(29,), (40,), (12, 29), (40, 29), (29, 40)])
def test_every_colour_of_the_legend_is_one_of_its_bars(sizes):
    figure = score_figure([(str(size), panel("ABC", prompts=size)) for size in sizes])
    named = {trace.name: trace.line.color for trace in figure.data if trace.showlegend is not False}
    assert set(named) == {label for _, label, *_ in INTERVAL_NAMES}
    for label, colour in named.items():
        assert colour in {trace.line.color for trace in lines(figure) if trace.name == label}


def test_what_is_hovered_says_which_question():
    one = panel("ABC")
    texts = [trace.text[0] for trace in lines(score_figure([("all", one)]))]
    assert [text.split("<br>")[1] for text in texts] == [getattr(one, field).question for field, *_ in INTERVAL_NAMES]
    assert f"{one.same_raters.low:.1%}" in texts[0]


def test_a_board_keeps_its_order():
    places = (Rank("b", 0.7, 0.6, 0.8, 50, 50), Rank("a", 0.3, 0.2, 0.4, 10, 10))
    figure = board_figure(places)
    assert [trace.x for trace in figure.data] == [(0.6, 0.7, 0.8), (0.2, 0.3, 0.4)]
    assert figure.data[1].line.color == FEW_COLOUR
    assert list(figure.layout.yaxis.ticktext) == ["b  (n = 50)", "a  (n = 10)"]
    assert board_figure(()).data == ()
