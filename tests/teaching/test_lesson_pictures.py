"""The lesson's pictures show what was computed, and the lab gets the worlds that Python trains."""

import json
import math

import pytest

from rpo.components import lab
from rpo.contrast import dpo_loss, own_weight
from rpo.teaching import lesson
from rpo.teaching.paper import HH, REPORTED, reported_differences
from rpo.teaching.toy import CENTRES, SEEDS, Toy


def texts(figure):
    return [note.text for note in figure.layout.annotations]


def test_the_batch_of_three_is_that_of_the_first_notebook():
    seen = lesson.three(0.5)
    assert seen.weights.sum(1).tolist() == pytest.approx([1, 1, 1])
    assert seen.weights[0, 1].item() / seen.weights[0, 0].item() == pytest.approx(math.exp(-(1 - math.cos(math.pi / 9)) / 0.5))
    assert lesson.dpo_of_three() == pytest.approx(float(dpo_loss(*lesson.ratios_of_three(), lesson.LESSON_BETA)))
    cold, hot = lesson.ends_of_three()
    assert float(lesson.three(0.002).losses.mean()) == pytest.approx(cold)
    assert float(lesson.three(1e6).losses.mean()) == pytest.approx(hot, rel=1e-5)


def test_cells_print_their_numbers_and_what_dpo_leaves_out():
    margins = lesson.three(0.5).margins
    assert texts(lesson.lesson_cells_figure(margins, "", form="+.1f"))[:3] == ["+3.0", "+2.0", "+0.5"]
    own = texts(lesson.lesson_cells_figure(margins, "", own_only=True, form="+.1f"))
    assert own.count("not compared") == 6
    assert own[::4] == ["+3.0", "+0.5", "-2.5"]


def test_rewards_agree_with_log_ratios_within_a_prompt_alone():
    table = lesson.rewards_table()
    same = [true == said for true, said in zip(table["true difference"], table["log-ratios say"], strict=True)]
    assert same == [True, False, False, True]
    assert lesson.easier() == 2


def test_lines_of_own_weights_and_intervals_are_those_computed():
    figure = lesson.own_figure(0.5)
    for (size, cosine), line in zip(lesson.CASES, figure.data, strict=True):
        assert line.y[30] == pytest.approx(own_weight(line.x[30], size, cosine))
    for one, trace in zip(REPORTED, lesson.reported_figure(REPORTED).data, strict=True):
        assert trace.x == (one.interval[0], one.rate, one.interval[1])
    best, *others = (one for one in REPORTED if one.data == HH)
    table = lesson.tests_table(reported_differences(best, others))
    assert table["RPO-Paired against"] == [one.method for one in others]
    assert dict(zip(table["RPO-Paired against"], table["p"], strict=True))["DPO"] == "0.101"


def test_nonsense_in_an_address_opens_the_lab_as_usual():
    usual = lab.settings_of({})
    assert lab.settings_of({"kind": "x", "tau": "nan", "width": "13", "seed": "99"}) == usual
    assert lab.settings_of({"tau": "1e9", "seed": "1.5"}) == usual
    assert lab.refused_settings({}) == lab.refused_settings({"tau": "50"}) == ""
    assert "tau must be a number from 0.001 to 1000, got" in lab.refused_settings({"tau": "1e9"})
    assert lab.settings_of({"tau": "50"})["tau"] == "50"
    assert lab.settings_of({"kind": "paired", "tau": 0.5, "width": "30", "seed": 2}) == {
        "kind": "paired", "tau": "0.5", "width": "30", "seed": "2",
    }  # fmt: skip


def test_the_lab_gets_every_world():
    data = json.loads(json.dumps(lab.lab_data(lab.settings_of({}))))
    assert len(data["worlds"]) == SEEDS
    for seed, world in enumerate(data["worlds"]):
        angles, start = Toy(seed).drawn
        assert (world["angles"], world["start"]) == (angles.tolist(), start.tolist())
    assert data["sides"]["unpaired"] == {"liked": [0, 2, 3], "disliked": [0, 2, 5, 6]}
    assert data["centres"] == list(CENTRES)
