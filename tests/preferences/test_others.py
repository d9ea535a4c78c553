"""Pairs with another prompt's chosen answer in the place of the rejected one."""

from collections import Counter

import pytest

from rpo.errors import RpoError
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, load, others_chosen
from rpo.preferences.formats.table import assemble


def made(rows):
    return assemble("made.jsonl", enumerate(rows, 1))


ROWS = [
    {"prompt": f"Why {n}?", "chosen": f"Because {n}.", "rejected": "No.", "split": "test" if n % 4 == 1 else "train"}
    | {"score_chosen": 2.0, "score_rejected": 1.0}
    for n in range(24)
]


@pytest.mark.parametrize(
    "data", [load(EMBEDDED), made(ROWS), made([*ROWS, *({**row, "chosen": f"Since {row['prompt']}"} for row in ROWS)])]
)
def test_each_rejected_answer_was_chosen_for_another_prompt_of_its_split(data):
    seen = others_chosen(data, 0)
    own = {(row["prompt"], row["chosen"]): row["split"] for row in data.rows}
    for row, before in zip(seen.rows, data.rows, strict=True):
        assert (row["prompt"], row["chosen"], row["split"]) == (before["prompt"], before["chosen"], before["split"])
        there = {prompt for (prompt, chosen), split in own.items() if chosen == row["rejected"] and split == row["split"]}
        assert there - {row["prompt"]}
        assert row["rejected"].strip() != row["chosen"].strip()
    assert len(set(seen.rows["id"]) & set(data.rows["id"])) == 0
    assert seen.content != data.content
    assert not {"score_chosen", "score_rejected", "strength"} & set(seen.rows.column_names)


def test_each_answer_is_taken_once_and_the_seed_decides_where():
    data = made(ROWS)
    draws = [others_chosen(data, seed).rows["rejected"][:] for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]
    assert Counter(draws[0]) == Counter(data.rows["chosen"][:])


def test_every_other_prompt_is_equally_likely():
    """400 draws of 6 rows: each of the 5 others stands in 80 times on average, within five standard deviations."""
    data = made([{**row, "split": "train"} for row in ROWS[:6]] + [{**row, "split": "test"} for row in ROWS[6:9]])
    taken = Counter(others_chosen(data, seed).rows["rejected"][0] for seed in range(400))
    assert set(taken) == {f"Because {n}." for n in range(1, 6)}
    assert all(abs(count - 80) < 40 for count in taken.values())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (load(EMBEDDED_LOG), "paired"),
        (made([{**ROWS[0], "rejected": f"No {n}.", "split": ("train", "test")[n % 2]} for n in range(4)]), "Why 0"),
        (made([{**ROWS[n], "chosen": "Yes.", "split": ("train", "test")[n % 2]} for n in range(4)]), "Why"),
    ],
)
def test_where_no_other_answer_can_stand_in_it_is_refused(data, words):
    with pytest.raises(RpoError, match=words):
        others_chosen(data, 0)
