"""Held-out prompts: no run trains on a prompt that a blind panel asks, however it is written down."""

import json

import pytest

from rpo import preferences, runs
from rpo.errors import RpoError
from rpo.preferences.holdout import lift, reserve, reserved
from rpo.spec import RunSpec


@pytest.fixture
def data():
    rows = [{"prompt": f"Question {n}?", "chosen": "yes", "rejected": "no", "split": "train"} for n in range(20)]
    rows += [{"prompt": f"Held {n}?", "chosen": "yes", "rejected": "no", "split": "test"} for n in range(5)]
    rows.append({"prompt": "Question 3?", "chosen": "maybe", "rejected": "no", "split": "train"})
    preferences.add("mine.jsonl", "\n".join(map(json.dumps, rows)).encode())
    return RunSpec(data="mine.jsonl", contrast_size=4)


def test_training_rows_with_a_panels_prompts_are_refused_with_their_count(data):
    reserve(["Question 3?", "Question 4?", "Held 1?"], "a panel")
    with pytest.raises(RpoError, match=r"mine\.jsonl.*\b2\b.*\b3\b.*\b21\b"):
        runs.data_of(data)
    with pytest.raises(RpoError, match="blind panel"):
        runs.start(data)
    assert runs.all_runs() == ()


def test_held_out_prompts_are_what_panels_ask(data):
    reserve(["Held 0?", "Held 1?"], "a panel")
    assert len(runs.data_of(data).train) == 21


def test_prompts_are_released_by_the_panel_that_held_them_out(data):
    reserve(["Question 1?", "Question 2?"], "one")
    reserve(["Question 2?"], "two")
    lift("one")
    lift("never made")
    assert reserved(["Question 1?", "Question 2?"]) == ("Question 2?",)
    lift("two")
    assert runs.data_of(data)


def test_the_way_a_prompt_is_written_down_does_not_matter():
    reserve(["  Why is\nthe sky blue? "], "a panel")
    same = ["Why is the sky blue?", "\n\nHuman: Why is the sky blue?\n\nAssistant:"]
    assert reserved([*same, "Why?"]) == tuple(same)


def test_prompts_of_unpaired_data_are_held_out_too():
    spec = RunSpec(objective="kto", data=preferences.EMBEDDED_LOG, contrast_size=4)
    prompt = runs.data_of(spec).train["prompt"][0]
    reserve([prompt], "a panel")
    with pytest.raises(RpoError, match=r"embedded-log.*\b1\b"):
        runs.data_of(spec)
