"""The pictures: right shapes, seeded, and nothing breaks on few or equal prompts."""

import numpy as np
import pytest

from rpo.embeddings.graph import knn
from rpo.embeddings.projection import lying, pca, umap


def cloud(count, width=8, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def drawn(vectors, seed, **more):
    return umap(vectors, knn(vectors), pca(vectors), seed, **more)


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
    assert np.array_equal(drawn(cloud(count), 0), pca(cloud(count)))


@pytest.mark.weights
def test_umap_is_seeded_survives_duplicates_and_counts_its_epochs():
    vectors, seen = np.repeat(cloud(20), 3, axis=0), []
    one = drawn(vectors, 1, epoch=lambda done, total: seen.append((done, total)))
    assert np.array_equal(one, drawn(vectors, 1))
    assert np.isfinite(one).all()
    assert seen == sorted(seen)
    assert seen[-1] == (500, 500)
    from umap.umap_ import smooth_knn_dist

    assert smooth_knn_dist.stats.cache_path, "the next process would compile it again"


@pytest.mark.weights
def test_umap_keeps_neighbours_together():
    centres = np.repeat(cloud(6), 20, axis=0)
    vectors = centres + 0.05 * cloud(120, seed=1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    points = drawn(vectors.astype(np.float32), 0)
    near = np.linalg.norm(points[:, None] - points, axis=-1).argsort(axis=1)[:, 1:11]
    assert (near // 20 == np.arange(120)[:, None] // 20).mean() > 0.9


def test_a_picture_lies_along_the_screen():
    upright = np.random.default_rng(0).normal(size=(200, 2)) * [1, 5]
    turned = lying(upright)
    assert turned[:, 0].std() > 4 * turned[:, 1].std()
    assert np.allclose(np.linalg.norm(turned[3] - turned[7]), np.linalg.norm(upright[3] - upright[7]), rtol=1e-5)
