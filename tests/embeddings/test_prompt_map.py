"""A map's rows belong together, and its neighbours are exact."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpo.embeddings import PromptMap, nearest, neighbours
from rpo.errors import RpoError


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(0, 29), st.integers(1, 40), st.integers(0, 100))
def test_neighbours_are_sorted_exact_and_not_oneself(count, row, wanted, seed):
    row %= count
    vectors = np.random.default_rng(seed).normal(size=(count, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows, cosines = neighbours(vectors, row, wanted)
    assert row not in rows
    assert len(rows) == min(wanted, count - 1)
    expected = np.sort(np.delete(vectors @ vectors[row], row))[::-1][:wanted]
    assert np.allclose(cosines, expected, atol=1e-6)


def test_neighbours_among_exact_duplicates():
    vectors = np.ones((6, 3), dtype=np.float32) / np.sqrt(3)
    rows, cosines = neighbours(vectors, 2, 3)
    assert 2 not in rows
    assert len(rows) == 3
    assert np.allclose(cosines, 1)
    assert len(nearest(vectors, vectors[0], 99)[0]) == 6


def test_a_map_refuses_rows_that_do_not_match():
    with pytest.raises(RpoError, match="one vector and one point a prompt"):
        PromptMap(("a", "b"), np.eye(2, dtype=np.float32), np.zeros((3, 2)), "e", 0, "pca")


@pytest.mark.parametrize(("asked", "row"), [("1", 1), ("01", 1), ("٠", 0), ("2", None), ("-1", None), ("²", None), ("", None)])
def test_an_address_names_a_row_or_none(asked, row):
    drawn = PromptMap(("a", "b"), np.eye(2, dtype=np.float32), np.zeros((2, 2)), "e", 0, "pca")
    assert drawn.row(asked) == row
    assert drawn.row("9" * 5000) is None
