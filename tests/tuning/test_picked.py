"""Prompts picked on a map: looked at they are the batch, trained on they are a run's data; address and draft are true to it."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest

from rpo import preferences, weights
from rpo.errors import RpoError
from rpo.preferences import View, keep_part, load, part_of
from rpo.spec import Batching, RunSpec
from rpo.tuning import TOY, Display, Picked, Point, Pool, Tuning, batches_seen, display_of, first_batch, from_address, refused
from rpo.tuning.display import Cells, CloserLook, Order

ROWS = tuple(range(0, 80, 2))
CHOICE = Tuning("embedded", weights.ENCODER, View.LAST_TURN, 8, Batching.RANDOM, 3, 0.1, rows=ROWS)
OTHERWISE = {  # another value than the usual one of every setting
    "source": "embedded-log", "encoder": "some/encoder", "view": View.WHOLE, "size": 16, "batching": Batching.NEIGHBOURHOOD,
    "seed": 5, "beta": 0.25, "sees": "the toy after 60 steps of RPO", "rows": (4, 2), "picked_for": Picked.TRAIN,
    "cells": Cells.LOSS, "order": Order.ALIKE, "mass": 0.8, "goal": 2.5, "pin": (1, 0), "panel": CloserLook.BATCHING, "own": 0.7,
    "beside": "some/encoder", "beside_reads": View.LAST_TURN,
}  # fmt: skip


def opened(words):
    """A choice and how it is shown, as the page reads them from an address."""
    found = from_address(words)
    drawn = {"source": words["data"], "encoder": words["encoder"], **found}
    return Tuning(**drawn), display_of(words)


@pytest.mark.parametrize("name", [one.name for kind in (Tuning, Display) for one in fields(kind)])
def test_every_setting_stands_in_the_address(rpo_home, name):
    change, display = {name: OTHERWISE[name]}, Display()
    if name == "sees":
        change["source"] = TOY  # whose margins are there without a run
    if name in {one.name for one in fields(Tuning)}:
        wanted = replace(CHOICE, **change), display
    else:
        wanted = CHOICE, replace(display, **change)
    words = {**wanted[0].address(Point()), **wanted[1].address}
    assert words != {**CHOICE.address(Point()), **display.address}
    assert opened(words) == wanted
    assert refused(words) == ()


@pytest.mark.parametrize(
    ("word", "bad"),
    [
        ("margins", "no-such-run"), ("picked", "all"), ("rows", "1,x"), ("mass", "0.3"), ("goal", "0"), ("goal", "nan"),
        ("pin", "1"), ("pin", "-1,2"), ("cells", "colour"), ("order", "x"), ("panel", "x"), ("own", "2"), ("beside_reads", "x"),
    ],
)  # fmt: skip
def test_what_an_address_may_not_ask_is_refused_in_words(rpo_home, word, bad):
    (words,) = refused({word: bad})
    assert " must be " in words
    assert opened({"data": "embedded", "encoder": "x", word: bad})[1] == Display()


def scored():
    """Pairs of which the last two have no scores."""
    rows = [{"prompt": f"Q{n}?", "chosen": f"y{n}", "rejected": "n"} for n in range(9)]
    ratings = [{"rating_chosen": n % 3, "rating_rejected": 1} for n in range(7)]
    lines = [json.dumps(row | rating) for row, rating in zip(rows, [*ratings, {}, {}], strict=True)]
    preferences.add("scored.jsonl", "\n".join(lines).encode())
    return "scored.jsonl", range(2, 9)


def training_rows():
    known = load("embedded")
    return "embedded", [row for row, one in enumerate(known.prompts) if known.about(one)[0]["split"] == "train"][:30]


PARTS = {
    "both splits": lambda: ("embedded", range(80)),
    "one prompt": lambda: ("embedded", [7]),
    "training rows alone": training_rows,
    "unpaired": lambda: ("embedded-log", range(40)),
    "scores of some": scored,
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_in_memory_is_what_its_file_holds(rpo_home, part):
    source, rows = PARTS[part]()
    wanted = [load(source).prompts[row] for row in rows]
    memory, file = part_of(load(source), wanted, "mine"), load(keep_part(load(source), wanted, "mine"))
    assert memory.rows.to_dict() == file.rows.to_dict()
    assert (memory.name, memory.kind, memory.prompts, memory.content) == (file.name, file.kind, file.prompts, file.content)


@pytest.mark.parametrize("batching", Batching)
def test_a_draft_to_train_on_them_meets_the_batch_that_was_shown(rpo_home, batching):
    choice = replace(CHOICE, picked_for=Picked.TRAIN, batching=batching)
    shown, cosines = choice.batch()
    spec = RunSpec.from_dict(choice.draft(Point(tau=0.2), 8, True))
    data = load(spec.data)
    vectors = Pool("embedded", ROWS).vectors(spec.encoder, spec.view)
    assert first_batch(data, spec.contrast_size, spec.seed, spec.batching, vectors) == shown
    assert set(data.prompts) == {load("embedded").prompts[row] for row in ROWS}
    assert batches_seen(choice).cosines[0] == pytest.approx(cosines, abs=1e-6)
    assert RunSpec.from_dict(choice.draft(Point(tau=0.2), 8, True)) == spec  # the same prompts are the same file


def test_prompts_that_are_looked_at_are_the_one_batch_and_no_run(rpo_home):
    shown, cosines = CHOICE.batch()
    assert shown.chosen == Pool("embedded", ROWS).prompts
    assert np.array_equal(batches_seen(CHOICE).cosines, cosines[None])
    with pytest.raises(RpoError, match="40 picked prompts"):
        CHOICE.draft(Point(), 40, True)
    assert replace(CHOICE, picked_for=Picked.ASIDE).draft(Point(), 8, True)["data"] == "embedded"


def test_a_row_that_the_data_have_not_is_refused(rpo_home):
    with pytest.raises(RpoError, match=r"0 to 259, got 260"):
        replace(CHOICE, rows=(3, 260)).batch()
