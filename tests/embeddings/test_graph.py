"""The graph of neighbours: each row first among its own, nearest first, exact below the limit and nearly so above."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpo.embeddings.graph import exact, itself_first, knn


def cloud(count, width=8, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def follows_the_rules(vectors, indices, distances):
    assert (indices[:, 0] == np.arange(len(vectors))).all()
    assert (np.diff(distances, axis=1) >= -1e-6).all()
    assert (distances >= 0).all()
    assert all(len(set(row)) == len(row) for row in indices.tolist())
    found = 1 - np.einsum("nd,nkd->nk", vectors, vectors[indices])
    assert np.allclose(found, distances, atol=1e-5)
    assert (indices.dtype, distances.dtype) == (np.int32, np.float32)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(0, 9), st.booleans())
def test_the_exact_graph_follows_the_rules(count, seed, twins):
    vectors = cloud(count, seed=seed)
    vectors = np.repeat(vectors, 2, axis=0) if twins else vectors
    follows_the_rules(vectors, *knn(vectors, count=5))


def test_the_exact_graph_is_the_same_block_by_block():
    vectors = cloud(50)
    whole = exact(vectors, np.arange(50), 6)
    parts = exact(vectors, np.arange(50), 6, at_once=7)
    assert all(np.allclose(one, other, atol=1e-6) for one, other in zip(whole, parts, strict=True))
    expected = np.argsort(-(vectors @ vectors.T), axis=1)[:, :6]
    assert np.array_equal(whole[0], expected)


@pytest.mark.weights
def test_above_the_limit_it_is_nearly_exact_and_seeded(tmp_path):
    np.save(tmp_path / "vectors.npy", np.concatenate([cloud(1500, 16), cloud(30, 16)]))  # with twins
    vectors = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    true, _ = knn(vectors)
    indices, distances = knn(vectors, seed=3, most_exact=1000)
    follows_the_rules(vectors, indices, distances)
    assert np.mean([len({*one} & {*other}) / 15 for one, other in zip(true, indices, strict=True)]) >= 0.9
    assert np.array_equal(knn(vectors, seed=3, most_exact=1000)[0], indices)


def test_a_row_hidden_behind_its_twins_is_put_first():
    indices = np.array([[1, 0, 2], [2, 0, 1], [0, 1, 3], [3, 1, 0]], dtype=np.int32)
    distances = np.array([[0, 0, 0.5], [0, 0, 0], [0, 0, 0.2], [0, 0.1, 0.3]], dtype=np.float32)
    rows, far = itself_first(indices, distances)
    assert rows.tolist() == [[0, 1, 2], [1, 2, 0], [2, 0, 1], [3, 1, 0]]
    assert far[:, 0].tolist() == [0, 0, 0, 0]
