"""Topics: real words of real prompts, seeded, one name a prompt, no two topics of one name."""

import numpy as np
import pytest

from rpo.embeddings import name_topics

ABOUT = {"baking": "How long do I bake bread dough", "cars": "Which engine oil suits my car", "cats": "Why does my cat purr"}


def clouds(count):
    draw = np.random.default_rng(0)
    vectors = np.eye(3, 16)[np.arange(count) % 3] + 0.05 * draw.normal(size=(count, 16))
    texts = [list(ABOUT.values())[row % 3] for row in range(count)]
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), texts


def test_each_cluster_is_named_by_its_own_words():
    vectors, texts = clouds(18)
    names = name_topics(vectors, texts)
    assert len(set(names)) == 3
    for row, name in enumerate(names):
        assert set(name.split(", ")) <= set(texts[row].lower().split())
    assert names == name_topics(vectors, texts)


@pytest.mark.parametrize(("count", "most"), [(1, 1), (3, 1), (4, 2), (50, 5), (400, 9)])
def test_there_are_few_topics_and_every_prompt_has_one(count, most):
    draw = np.random.default_rng(0).normal(size=(count, 8)).astype(np.float32)
    names = name_topics(draw, [f"word{'abcdefghijkl'[row % 12]} thing" for row in range(count)])
    assert len(names) == count
    assert len(set(names)) == most


def test_texts_without_words_and_equal_prompts_have_names_too():
    vectors, _ = clouds(30)
    assert len(set(name_topics(vectors, ["12 !"] * 30))) == 4
    assert set(name_topics(np.ones((30, 4), dtype=np.float32) / 2, ["bread"] * 30)) == {"bread"}


def test_beyond_the_sample_every_prompt_still_has_a_topic():
    vectors, texts = clouds(60)
    names = name_topics(vectors, texts, clustered=12)
    assert len(names) == 60
    assert names[0] == names[3]
