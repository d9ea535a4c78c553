"""Explore and Tune: data comes in, bad data is refused in words, and with the real encoder the map and the weights appear."""

import json
import time

import pytest

from rpo import preferences
from tests.pages.conftest import button, drawn, words

PAIR = {"question": "Why is the sky blue?", "good": "Rayleigh scattering.", "bad": "It just is."}


def jsonl(*rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


def test_columns_are_mapped_on_the_page(visit):
    at = visit("explore")
    other = {**PAIR, "question": "What is rain?"}
    at.file_uploader[0].set_value(("mine.jsonl", jsonl(PAIR, other), "application/jsonl")).run()
    at.selectbox[2].set_value("two answers a row, one preferred").run()
    for field, column in (("prompt", "question"), ("chosen", "good"), ("rejected", "bad")):
        at.selectbox(key=f"column-{field}").set_value(column)
    button(drawn(at.run()), "Add this file").click().run()
    drawn(at)
    assert list(preferences.load("mine.jsonl").prompts) == ["Why is the sky blue?", "What is rain?"]
    assert "**2 pairs** on **2 prompts**" in words(at.caption)


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("mine.jsonl", jsonl(PAIR), "columns"),
        ("mine.jsonl", b"", "must hold rows"),
        ("mine.parquet", b"not parquet", "Parquet"),
        ("mine.jsonl", jsonl({"prompt": "p", "chosen": "same", "rejected": "same"}), "mine.jsonl must hold usable rows"),
    ],
)
def test_a_file_with_nothing_usable_is_refused_and_not_kept(visit, name, content, rule):
    before = preferences.shelf()
    at = visit("explore")
    at.file_uploader[0].set_value((name, content, "application/octet-stream")).run()
    button(drawn(at), "Add this file").click().run()
    assert rule.lower() in words(drawn(at).error).lower()
    assert preferences.shelf() == before


def test_data_that_is_not_there_is_said(visit):
    at = visit("explore", data="/nowhere/at/all.jsonl")
    assert "all.jsonl" in words(at.error)


@pytest.mark.weights
def test_tune_shows_the_weights_of_a_batch(visit, real_weights):
    at = visit("tune", tau="0.5", M="8")
    values = {metric.label: metric.value for metric in at.metric}
    assert values["Effective contrasts"].endswith("of 8")
    assert values["Gradient against DPO"] == "× 0.125"
    at.select_slider(key="tau").set_value(5.0).run()
    assert float(drawn(at).metric[0].value.split()[0]) > float(values["Effective contrasts"].split()[0])
    button(at, "RPO-Unpaired").click().run()
    assert (at.select_slider(key="tau").value, at.selectbox(key="tune_data").value) == (0.75, "embedded-log")
    assert "Diagonal share" not in {metric.label for metric in drawn(at).metric}


@pytest.mark.weights
def test_explore_draws_the_map_in_the_background(visit, real_weights):
    at, deadline = visit("explore", prompt="5"), time.time() + 240
    while "UMAP of" not in words(at.caption):
        assert time.time() < deadline, "no map in four minutes"
        time.sleep(1)
        drawn(at.run())
    assert preferences.load(preferences.EMBEDDED).prompts[5] in words(at.text)
    assert "Nearest prompts" in words(at.markdown)
    assert len(at.dataframe[0].value) == 10
