"""Tune's batches: the first that a run meets, or the picked prompts, with the log-ratios a run saved."""

from itertools import islice

import numpy as np
import pytest

from rpo import storage
from rpo.errors import RpoError
from rpo.jsonl import append_line
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, load
from rpo.preferences.formats.table import assemble
from rpo.runs.run import Run
from rpo.spec import Batching, RunSpec
from rpo.training.batches import paired_batches
from rpo.tuning import sample
from rpo.tuning.sample import compositions, first_batch, picked, ratios_of


def vectors_of(data, width=6):
    drawn = np.random.default_rng(0).normal(size=(len(data.prompts), width)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def by_row(data, vectors):
    known = dict(zip(data.prompts, vectors, strict=True))
    return np.stack([known[prompt] for prompt in data.train["prompt"]])


@pytest.mark.parametrize("batching", list(Batching))
def test_the_batch_is_the_first_that_a_run_meets(batching):
    data = load(EMBEDDED)
    vectors = vectors_of(data)
    one = first_batch(data, 16, 3, batching, vectors)
    near = by_row(data, vectors) if batching is Batching.NEIGHBOURHOOD else None
    first = next(paired_batches(len(data.train), 16, 3, near))
    assert one.chosen == one.rejected == tuple(data.train["prompt"][row] for row in first.chosen)
    assert one == first_batch(data, 16, 3, batching, vectors) != first_batch(data, 16, 4, batching, vectors)
    assert set(one.chosen_ratios) == {0.0}


def test_more_than_there_is_is_refused_in_words():
    with pytest.raises(RpoError, match="M .*200 .*got 201"):
        first_batch(load(EMBEDDED), 201, 0)
    rows = enumerate([{"prompt": f"P{n}", "answer": "a", "liked": True} for n in range(20)], 1)
    with pytest.raises(RpoError, match="the 0 "):
        first_batch(assemble("likes.jsonl", rows), 2, 0)


def test_unpaired_samples_take_each_side_from_its_own():
    data = load(EMBEDDED_LOG)
    one = first_batch(data, 8, 0)
    liked = {row["prompt"] for row in data.train if row["liked"]}
    assert set(one.chosen) <= liked
    assert not set(one.rejected) & liked
    assert not one.paired


def test_picked_prompts_are_taken_in_their_order():
    data = load(EMBEDDED)
    some = [data.prompts[place] for place in (30, 2, 30, 7)]
    one = picked(data, [*some, "from elsewhere"], 0)
    assert one.chosen == one.rejected == (data.prompts[30], data.prompts[2], data.prompts[7])
    with pytest.raises(RpoError, match="the 2 picked prompts have 0 and 0"):
        picked(data, ["a", "b"], 0)


def test_picked_prompts_of_a_log_stand_on_the_side_of_their_answers():
    data = load(EMBEDDED_LOG)
    liked = dict(zip(data.rows["prompt"], data.rows["liked"], strict=True))
    one = picked(data, data.prompts[:6], 0)
    assert {liked[prompt] for prompt in one.chosen} == {True}
    assert {liked[prompt] for prompt in one.rejected} == {False}
    with pytest.raises(RpoError, match="a chosen and a rejected answer"):
        picked(data, [prompt for prompt in data.prompts if liked[prompt]][:3], 0)


def test_more_picked_prompts_than_a_picture_holds_are_drawn(monkeypatch):
    monkeypatch.setattr(sample, "MOST_A_SIDE", 5)
    data = load(EMBEDDED)
    one = picked(data, data.prompts, 1)
    assert len(set(one.chosen)) == 5
    assert one == picked(data, data.prompts, 1) != picked(data, data.prompts, 2)


def run_that_saved(ratios, split="held-out"):
    run = Run(storage.folder("runs", f"20260101-000000-{split}"))
    storage.write_json(run.folder / "spec.json", RunSpec().as_dict())
    for step in (1, 2):
        values = [[c * step, r * step] for c, r in ratios.values()]
        append_line(run.folder / "logratios.jsonl", {"step": step, "split": split, "ids": list(ratios), "ratios": values})
    return run


def test_a_runs_last_log_ratios_stand_in_the_batch():
    data = load(EMBEDDED)
    held = data.held_out
    known = {held["id"][row]: (0.5 * row, -1.0) for row in range(9)}
    ratios = ratios_of(run_that_saved(known), data)
    one = first_batch(data, 4, 0, ratios=ratios)
    assert set(one.chosen) <= set(held["prompt"][:9])
    for prompt, chosen, rejected in zip(one.chosen, one.chosen_ratios, one.rejected_ratios, strict=True):
        assert (chosen, rejected) == (1.0 * held["prompt"].index(prompt), -2.0)
    with pytest.raises(RpoError, match="the 9 rows whose log-ratios the run saved"):
        first_batch(data, 10, 0, ratios=ratios)


def test_a_run_without_log_ratios_of_this_data_is_refused():
    data = load(EMBEDDED)
    with pytest.raises(RpoError, match="knows embedded and none of embedded"):
        ratios_of(run_that_saved({"elsewhere": (1.0, 2.0)}), data)
    with pytest.raises(RpoError, match="must have saved log-ratios"):
        ratios_of(run_that_saved({data.train["id"][0]: (1.0, 2.0)}, split="train"), data)


@pytest.mark.parametrize("batching", list(Batching))
def test_compositions_are_a_runs_batches(batching):
    data = load(EMBEDDED)
    vectors = vectors_of(data)
    known = by_row(data, vectors)
    found = compositions(data, 8, 5, batching, vectors, 3)
    batches = paired_batches(len(known), 8, 5, known if batching is Batching.NEIGHBOURHOOD else None)
    for cosines, batch in zip(found, islice(batches, 3), strict=True):
        assert np.allclose(cosines, known[batch.chosen] @ known[batch.chosen].T)
    assert len(compositions(data, 100, 0, batching, vectors, 16)) == 2  # no row twice in an epoch
    assert compositions(data, 4, 0, batching, vectors, 2, most=12).shape == (2, 4, 4)
