"""A part of a data set: its rows, their ids and their split come back from the shelf."""

from dataclasses import replace

import orjson
import pytest

from rpo import storage
from rpo.errors import RpoError
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, add, data_folder, keep_part, load, part_name, scores


@pytest.mark.parametrize("source", [EMBEDDED, EMBEDDED_LOG])
def test_rows_ids_slices_and_splits_come_back(source):
    data = load(source)
    wanted = data.prompts[::5]
    name = keep_part(data, wanted, " a part ")
    part = load(name)
    assert (name, part.kind, part.prompts) == ("a part.jsonl", data.kind, wanted)
    for column in ("id", "slice", "split"):
        assert part.rows[column] == [row[column] for prompt in wanted for row in data.about(prompt)]


def test_training_rows_alone_are_split_anew():
    data = load(EMBEDDED)
    part = load(keep_part(data, list(data.train["prompt"])[:30], "train-only"))
    assert len(part.held_out) == 3


def test_a_name_is_used_once_and_the_same_part_again_is_no_error():
    data = load(EMBEDDED)
    assert keep_part(data, data.prompts[:4], "one.jsonl") == keep_part(data, data.prompts[:4], "one") == "one.jsonl"
    with pytest.raises(RpoError, match=r"one\.jsonl"):
        keep_part(data, data.prompts[:5], "one")
    with pytest.raises(RpoError, match="one prompt"):
        keep_part(data, ["from elsewhere"], "two")
    with pytest.raises(RpoError, match="plain"):
        keep_part(data, data.prompts[:4], "a/b")
    assert [name for name in data_folder() if name.endswith(".jsonl")] == ["one.jsonl"]


def scored(source, scale="rating", **columns):
    """The embedded data with numbers beside their answers."""
    data = load(source)
    rows = data.rows
    for name, values in columns.items():
        rows = rows.add_column(name, [values[number % len(values)] for number in range(len(rows))])
    return replace(data, rows=rows, scale=scale)


LATE = [None] * 150 + [1.0, 2.0, 3.0]


@pytest.mark.weights
@pytest.mark.parametrize(
    ("source", "columns"),
    [
        (EMBEDDED, {"score_chosen": [4.5, None, 3.0], "score_rejected": [1.0, 2.0, None]}),
        (EMBEDDED, {"score_chosen": [1.0, float("nan"), float("inf")], "score_rejected": [0.0]}),
        (EMBEDDED, {"score_chosen": LATE, "score_rejected": [1.0]}),
        (EMBEDDED, {"strength": [1.0, None, 3.0]}),
        (EMBEDDED, {"strength": LATE}),
        (EMBEDDED_LOG, {"score": [0.5, None]}),
        (EMBEDDED_LOG, {"score": LATE[-75:]}),
    ],
)
def test_scores_come_back(source, columns):
    data = scored(source, **columns)
    wanted = data.prompts[3:]
    part = load(keep_part(data, wanted, "scored"))
    assert (part.scale, part.unused) == ("strength" if "strength" in columns else "score", ())
    assert {row["id"]: scores(row) for row in part.rows.to_list()} == {
        row["id"]: scores(row) for prompt in wanted for row in data.about(prompt)
    }
    assert keep_part(data, wanted[::-1], "scored") == "scored.jsonl"


def test_scores_of_one_side_stand_in_the_file():
    data = scored(EMBEDDED, score_chosen=[2.0, None])
    written = [
        orjson.loads(line) for line in (storage.folder("data") / keep_part(data, data.prompts, "one")).read_bytes().splitlines()
    ]
    assert [row.get("score_chosen") for row in written] == [2.0] * 130 + [None] * 130


def test_a_name_of_the_same_answers_with_other_scores_is_taken():
    data = scored(EMBEDDED, score_chosen=[1.0, 2.0])
    wanted = data.prompts[:4]
    keep_part(data, wanted, "one")
    for other in (load(EMBEDDED), scored(EMBEDDED, score_chosen=[1.0, 2.5]), scored(EMBEDDED, score_rejected=[1.0, 2.0])):
        with pytest.raises(RpoError, match=r"one\.jsonl.*scores"):
            keep_part(other, wanted, "one")


@pytest.mark.parametrize(
    ("source", "part", "name"),
    [
        ("/home/ann/pairs.jsonl", "pets", "pairs, pets"),
        ("owner/name:train", "rating of chosen from 4 to 5", "name-train, rating of chosen from 4 to 5"),
        ("pairs", "a/b\\c:d", "pairs, a-b-c-d"),
        ("pairs", "é" * 200, f"pairs, {'é' * 83}"),
        ("pairs", "votes\nof people ", "pairs, votes of people"),
    ],
)
def test_a_name_that_is_offered_can_be_used(source, part, name):
    assert part_name(source, part) == name
    assert add(f"{name}.jsonl", b'{"prompt": "p", "chosen": "a", "rejected": "b"}').name == f"{name}.jsonl"
