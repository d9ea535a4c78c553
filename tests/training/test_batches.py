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
