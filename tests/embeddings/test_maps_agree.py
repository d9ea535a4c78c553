"""Two maps agree with themselves wholly, with a random one by chance, and where they differ is named."""

from dataclasses import replace

import numpy as np
import pytest

from rpo.embeddings import PromptMap, agree, knn
from rpo.errors import RpoError


def a_map(count, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return PromptMap(tuple(f"P{n}" for n in range(count)), vectors, vectors[:, :2], "an encoder", 0, "pca")


def test_a_map_agrees_with_itself():
    drawn = a_map(60)
    graph = knn(drawn.vectors)
    assert agree(drawn, drawn).mean == agree(drawn, drawn, (graph, graph)).mean == 1


def test_random_maps_agree_by_chance():
    one, other = a_map(300), a_map(300, 1)
    found = agree(one, other, (knn(one.vectors), knn(other.vectors)))
    assert found.chance == pytest.approx(14 / 299)
    assert found.mean == pytest.approx(found.chance, abs=0.02)


def test_a_prompt_that_moved_is_where_they_differ():
    angles = np.linspace(0, 6, 60)
    circle = replace(a_map(60), points=np.stack([np.cos(angles), np.sin(angles)], axis=1))
    moved = circle.points.copy()
    moved[7] = moved[52]
    found = agree(circle, replace(circle, points=moved))
    assert found.least(3)[0] == 7
    assert found.shares[7] == 0


@pytest.mark.parametrize("count", [1, 2])
def test_few_prompts_break_nothing(count):
    assert agree(a_map(count), a_map(count, 1)).shares.shape == (count,)


def test_other_prompts_are_refused():
    with pytest.raises(RpoError, match="these have 5 and 6"):
        agree(a_map(5), a_map(6))
