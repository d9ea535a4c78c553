"""A part of a data set: its rows, their ids and their split come back from the shelf."""

import pytest

from rpo.errors import RpoError
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, load, shelf
from rpo.prompts import keep_part


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
    with pytest.raises(RpoError, match="'one.jsonl' holds other rows"):
        keep_part(data, data.prompts[:5], "one")
    with pytest.raises(RpoError, match="at least one prompt"):
        keep_part(data, ["from elsewhere"], "two")
    with pytest.raises(RpoError, match="must be plain"):
        keep_part(data, data.prompts[:4], "a/b")
    assert [name for name in shelf() if name.endswith(".jsonl")] == ["one.jsonl"]
