"""Which rows are trained on: a split's name keeps its meaning, and what is not known is asked for."""

import pytest

from rpo.errors import RpoError
from rpo.preferences.formats.splits import of_part, split_named
from rpo.preferences.formats.table import assemble


def row(prompt, **more):
    return {"prompt": prompt, "chosen": "a", "rejected": "b", **more}


@pytest.mark.parametrize(
    ("name", "means"),
    [
        *((name, "train") for name in ("train", "TRAIN", "train_prefs", "training", "train-00000-of-00002", "train[:90%]")),
        *(
            (name, "held-out")
            for name in ("test", "dev", "valid", "valid1", "val", "eval", "validation", "test_prefs", "held_out")
        ),
        *((name, "held-out") for name in ("Held-Out", "heldout", "test_sft", "dev2", "evaluation")),
        *((name, "") for name in ("fold3", "latest", "contest", "train_test", "", "default", "harmless-base", "invalid")),
    ],
)
def test_what_the_name_of_a_split_means(name, means):
    assert split_named(name) == means


@pytest.mark.parametrize(
    ("part", "means"),
    [
        ("test.jsonl", "held-out"),
        ("data/train-0.parquet", "train"),
        ("train/part-0.jsonl", "train"),
        ("train/test.csv", "held-out"),
    ],
)
def test_what_a_file_of_a_folder_means(part, means):
    assert of_part(part) == means


def splits(found):
    return dict(zip(found.rows["prompt"], found.rows["split"], strict=True))


def test_parts_of_a_source_are_splits():
    parts = [(1, row("P"), "train.jsonl"), (1, row("Q"), "dev.jsonl"), (2, row("R", split="train"), "dev.jsonl")]
    assert splits(assemble("folder", parts)) == {"P": "train", "Q": "held-out", "R": "train"}


def test_a_part_of_unknown_name_is_asked_for_only_beside_known_ones():
    rows = [(1, row("P"), "a.jsonl"), (1, row("Q"), "b.jsonl")]
    assert set(splits(assemble("folder", rows)).values()) == {"train", "held-out"}
    with pytest.raises(RpoError, match=r"got 'a.jsonl'"):
        assemble("folder", [*rows[:1], (1, row("Q"), "test.jsonl")])
    known = assemble("folder", [*rows[:1], (1, row("Q"), "test.jsonl")], {"held_out": ["test.jsonl"]})
    assert splits(known) == {"P": "train", "Q": "held-out"}


def test_unknown_names_are_told_and_can_be_said():
    rows = list(enumerate([row("P", split="fold1"), row("Q", split="fold2"), row("R", split=3)], 1))
    with pytest.raises(RpoError, match="got 'fold1', 'fold2', '3'"):
        assemble("x", rows)
    assert splits(assemble("x", rows, {"held_out": ["fold2", "3"]})) == {"P": "train", "Q": "held-out", "R": "held-out"}
    assert set(splits(assemble("x", rows, {"split": ""})).values()) == {"train", "held-out"}
    assert assemble("x", rows, {"split": ""}).unused == ("split",)
    moved = [(line, {**one, "fold": one["split"], "split": "x"}) for line, one in rows]
    assert splits(assemble("x", moved, {"split": "fold", "held_out": "fold1"})) == {"P": "held-out", "Q": "train", "R": "train"}


def test_a_prompt_in_two_splits_is_held_out_and_told():
    rows = [row("Why?", split="train"), row("why?  ", split="test"), row("How?", split="train")]
    found = assemble("x", enumerate(rows, 1))
    assert list(found.rows["split"]) == ["held-out", "held-out", "train"]
    assert found.notes == ("Prompts in a split to train on and in one that is held out: 1. They are held out.",)


def test_a_row_without_a_split_is_drawn_for():
    rows = [row("A", split="train"), row("B", split="test"), *(row(f"P{number}", split="") for number in range(20))]
    found = splits(assemble("x", enumerate(rows, 1)))
    assert (found["A"], found["B"]) == ("train", "held-out")
    assert sum(split == "held-out" for split in found.values()) == 3
