"""A map drawn by its own process, shared by whoever asks for it, and redrawn when that process died."""

import time

import numpy as np
import pytest

from rpo import jobs, weights
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.preferences import EMBEDDED, load
from rpo.preferences.sources import assemble
from rpo.prompts import View, again, embed_some, method, opened, request, sample


def until(condition, seconds=240.0):
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            pytest.fail("waited in vain")
        time.sleep(0.1)


@pytest.mark.weights
def test_a_map_is_drawn_once_and_shared(real_weights):
    folder = request(EMBEDDED, weights.ENCODER, View.LAST_TURN)
    assert request(EMBEDDED, weights.ENCODER, View.LAST_TURN) == folder
    until(lambda: method(folder))
    assert opened(folder, "pca").points.shape == (260, 2)
    until(lambda: not jobs.look(folder).active)
    assert jobs.look(folder).status is Status.DONE, (folder / "log.txt").read_text()
    drawn = opened(folder, method(folder))
    assert drawn.method == "umap"
    assert drawn.prompts == load(EMBEDDED).prompts
    some = drawn.prompts[10:20]
    assert np.array_equal(embed_some(some, drawn.prompts, weights.ENCODER), drawn.vectors[10:20])


@pytest.mark.weights
def test_a_map_that_failed_says_why_and_can_be_asked_again(tmp_path, tiny_model):
    folder = request(EMBEDDED, str(tiny_model / "missing"), View.LAST_TURN)
    until(lambda: jobs.look(folder).status is Status.FAILED)
    assert "must be a sentence-transformers model" in jobs.look(folder).message
    assert method(folder) == ""
    again(folder)
    assert jobs.look(folder).active
    again(folder)  # a second click changes nothing
    until(lambda: jobs.look(folder).status is Status.FAILED)


def test_samples_are_seeded_distinct_and_from_the_training_split():
    data = load(EMBEDDED)
    one = sample(data, 16, 3)
    assert one == sample(data, 16, 3) != sample(data, 16, 4)
    assert len(set(one.chosen)) == 16
    assert set(one.chosen) <= set(data.train["prompt"])
    assert one.chosen == one.rejected
    with pytest.raises(RpoError, match="M must be between 1 and the 200"):
        sample(data, 201, 0)


def test_unpaired_samples_take_each_side_from_its_own():
    data = load("embedded-log")
    one = sample(data, 8, 0)
    liked = {row["prompt"] for row in data.train if row["liked"]}
    assert set(one.chosen) <= liked
    assert not set(one.rejected) & liked


def test_picked_prompts_are_taken_in_their_order():
    data = load(EMBEDDED)
    some = [data.prompts[place] for place in (30, 2, 30, 7)]
    one = sample(data, 8, 0, [*some, "from elsewhere"])
    assert one.chosen == one.rejected == (data.prompts[30], data.prompts[2], data.prompts[7])
    with pytest.raises(RpoError, match="none of the 2 picked ones is"):
        sample(data, 8, 0, ["a", "b"])


def test_picked_prompts_of_a_log_stand_on_the_side_of_their_answers():
    data = load("embedded-log")
    liked = dict(zip(data.rows["prompt"], data.rows["liked"], strict=True))
    one = sample(data, 8, 0, data.prompts[:6])
    assert {liked[prompt] for prompt in one.chosen} == {True}
    assert {liked[prompt] for prompt in one.rejected} == {False}
    with pytest.raises(RpoError, match="a liked and a disliked answer at least"):
        sample(data, 8, 0, [prompt for prompt in data.prompts if liked[prompt]][:3])


def test_more_picked_prompts_than_a_picture_holds_are_drawn(monkeypatch):
    monkeypatch.setattr("rpo.prompts.sampling.MOST", 5)
    data = load(EMBEDDED)
    one = sample(data, 8, 1, data.prompts)
    assert len(set(one.chosen)) == 5
    assert one == sample(data, 8, 1, data.prompts) != sample(data, 8, 2, data.prompts)


def test_a_side_without_answers_is_named():
    rows = enumerate([{"prompt": f"P{n}", "answer": "a", "liked": True} for n in range(20)], 1)
    with pytest.raises(RpoError, match="there are none"):
        sample(assemble("likes.jsonl", rows), 2, 0)
