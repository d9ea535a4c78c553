"""Seeded batches: distinct, repeatable, both sides, everything seen once an epoch."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpo.errors import RpoError
from rpo.training.batches import paired_batches, unpaired_batches


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 5))
def test_an_epoch_holds_each_row_at_most_once(rows, size, seed):
    if size > rows:
        return
    epoch = [batch.chosen for batch in islice(paired_batches(rows, size, seed), rows // size)]
    seen = np.concatenate(epoch)
    assert len(set(seen.tolist())) == len(seen) == size * (rows // size)
    assert all(len(chosen) == size for chosen in epoch)


def test_a_seed_fixes_the_order_and_another_changes_it():
    def order(seed):
        return [batch.chosen.tolist() for batch in islice(paired_batches(50, 5, seed), 20)]

    assert order(3) == order(3)
    assert order(3) != order(4)


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 20))
def test_unpaired_batches_hold_both_sides(liked, disliked, size):
    flags = np.array([True] * liked + [False] * disliked)
    if size > min(liked, disliked):
        with pytest.raises(RpoError, match="contrast_size must be between"):
            next(unpaired_batches(flags, size, 0))
        return
    for batch in islice(unpaired_batches(flags, size, 0), 5):
        assert flags[batch.chosen].all()
        assert not flags[batch.rejected].any()
        assert len(batch.chosen) == len(batch.rejected) == size


def test_what_is_left_out_of_one_epoch_comes_in_another():
    seen = {row for batch in islice(paired_batches(10, 4, 0), 20) for row in batch.chosen.tolist()}
    assert seen == set(range(10))


def circle(rows, copies=1):
    """Unit vectors around a circle, each `copies` times."""
    angles = np.repeat(np.linspace(0, 2 * np.pi, rows, endpoint=False), copies)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def spread(batches, vectors):
    return np.mean([(vectors[batch.chosen] @ vectors[batch.rejected].T).mean() for batch in batches])


def test_neighbourhoods_hold_near_prompts_and_every_example_once_an_epoch():
    vectors = circle(64)
    near = list(islice(paired_batches(64, 8, 0, vectors), 8))
    assert sorted(np.concatenate([batch.chosen for batch in near])) == list(range(64))
    assert spread(near, vectors) > spread(list(islice(paired_batches(64, 8, 0), 8)), vectors) + 0.3
    again, other = islice(paired_batches(64, 8, 0, vectors), 8), islice(paired_batches(64, 8, 1, vectors), 8)
    assert [list(batch.chosen) for batch in again] == [list(batch.chosen) for batch in near] != [list(b.chosen) for b in other]


def test_copies_of_one_prompt_do_not_fill_a_batch():
    vectors = circle(16, copies=4)
    for batch in islice(paired_batches(64, 8, 0, vectors), 8):
        assert len({vectors[row].tobytes() for row in batch.chosen}) == 8


def test_unpaired_neighbourhoods_have_both_sides_near_each_other():
    vectors, liked = circle(64), np.arange(64) % 2 == 0
    near = list(islice(unpaired_batches(liked, 4, 0, vectors), 8))
    assert sorted(np.concatenate([batch.chosen for batch in near])) == list(range(0, 64, 2))
    assert sorted(np.concatenate([batch.rejected for batch in near])) == list(range(1, 64, 2))
    assert spread(near, vectors) > spread(list(islice(unpaired_batches(liked, 4, 0), 8)), vectors) + 0.3
