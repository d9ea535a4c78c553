"""The pictures: right shapes, seeded, and nothing breaks on few or equal prompts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpo.errors import RpoError
from rpo.prompts import PromptMap
from rpo.prompts.projection import _exact, pca, umap


def cloud(count, width=8, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize(("count", "width"), [(1, 8), (2, 8), (5, 1), (40, 8)])
def test_pca_gives_two_columns(count, width):
    points = pca(cloud(count, width))
    assert points.shape == (count, 2)
    assert np.isfinite(points).all()


def test_pca_keeps_the_two_widest_directions():
    vectors = cloud(50)
    centred = vectors - vectors.mean(0)
    singular = np.linalg.svd(centred, compute_uv=False)
    assert np.allclose(np.linalg.norm(pca(vectors), axis=0), singular[:2], rtol=1e-4)


def test_pca_of_equal_prompts_is_one_point():
    assert np.allclose(pca(np.ones((4, 3), dtype=np.float32)), 0, atol=1e-5)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_umap_of_few_prompts_is_the_pca(count):
    assert np.array_equal(umap(cloud(count), 0), pca(cloud(count)))


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 40), st.integers(0, 9))
def test_exact_neighbours_begin_with_oneself(count, seed):
    vectors = cloud(count, seed=seed)
    indices, distances = _exact(vectors, min(5, count))
    assert (indices[:, 0] == np.arange(count)).all()
    assert (np.diff(distances, axis=1) >= -1e-6).all()
    assert (distances >= 0).all()


@pytest.mark.weights
def test_umap_is_seeded_and_survives_duplicates():
    vectors = np.repeat(cloud(20), 3, axis=0)
    one = umap(vectors, 1)
    assert np.array_equal(one, umap(vectors, 1))
    assert np.isfinite(one).all()


def test_a_map_refuses_rows_that_do_not_match():
    with pytest.raises(RpoError, match="one vector and one point a prompt"):
        PromptMap(("a", "b"), cloud(2), np.zeros((3, 2)), "e", 0, "pca")
