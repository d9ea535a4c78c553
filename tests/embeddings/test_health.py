"""Health on embeddings made for it: all alike, orthogonal, in kinds, with twins, with a hub, with pictures that lie or do not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpo.embeddings import Grade, density, examine, judge, knn, overlap, plane_neighbours, random_cosines
from rpo.embeddings.health.report import SPOKEN_TAU


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def cloud(count, width=32, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width))


def kinds(count=120, width=64):
    """Ten kinds of prompts, far from each other and each close together."""
    return unit(cloud(10, width)[np.arange(count) % 10] + 0.6 * cloud(count, width, 1))


def of(vectors, points=None, cut=None):
    return examine(vectors, knn(vectors), vectors[:, :2] if points is None else points, cut)


def test_an_encoder_to_which_all_look_alike_is_poor():
    found = of(unit(3.0 + cloud(100)))
    assert found.floor > 0.85
    assert found.nearest > found.floor
    judged = judge(found)
    assert judged.grade is Grade.POOR
    assert f"unrelated prompts sit at cosine {found.floor:.2f}" in judged.sentence
    assert "Use another encoder" in judged.sentence


def test_the_tau_it_advises_tells_near_from_far():
    found = of(unit(3.0 + 3 * cloud(100)[np.arange(100) % 10] + cloud(100, seed=1)))
    judged = judge(found)
    tau = float(judged.sentence.split("a τ of at most ")[1].split(",")[0])
    assert found.lift(tau) == pytest.approx(3.0, rel=0.1)
    assert found.lift(SPOKEN_TAU) < 3.0


def test_where_no_tau_helps_it_says_so():
    assert "no τ can tell them apart" in judge(of(unit(30.0 + cloud(100)))).sentence


def test_prompts_without_kin_are_said_to_have_none():
    found = of(np.eye(60, dtype=np.float32))
    assert (found.floor, found.nearest, found.duplicates) == (0, 0, 0)
    assert found.first_share == pytest.approx(1 / 59, rel=0.01)
    assert "No prompt has related prompts" in judge(found).sentence


def test_kinds_of_prompts_are_good_for_contrasts():
    found = of(kinds())
    assert judge(found).grade is Grade.GOOD
    assert found.lift(SPOKEN_TAU) == pytest.approx(np.exp((found.nearest - found.floor) / SPOKEN_TAU))


def test_twins_and_near_twins_are_counted_apart():
    vectors = kinds(100)
    vectors[10:20] = vectors[:10]
    vectors[20:30] = unit(vectors[:10] + 0.001)
    found = of(vectors)
    assert (found.duplicates, found.near_duplicates) == (20, 10)
    assert "30 of 100 prompts have a duplicate" in " ".join(judge(found).notes)


def test_what_is_near_depends_on_what_unrelated_prompts_look_like():
    assert of(unit(cloud(100))).near == 0.95
    raised = of(unit(3.0 + cloud(100)))
    assert raised.near == pytest.approx(0.1 * np.quantile(raised.unrelated, 0.95) + 0.9)


def test_a_hub_is_found_and_named():
    vectors = unit(np.eye(200) + 0.01 * cloud(200, 200))
    vectors[7] = unit(np.ones((1, 200)))[0]
    found = of(vectors)
    assert found.hubs[0] == (7, 199)
    assert found.hubness.sum() == 200 * 14
    assert "one prompt is among the nearest of 199 others" in " ".join(judge(found).notes)


def test_one_direction_is_said():
    found = of(unit(cloud(80) * np.array([20.0] + [1.0] * 31)))
    assert found.first_share > 0.5
    assert "One direction holds" in " ".join(judge(found).notes)


@pytest.mark.parametrize(("cut", "count"), [(np.arange(100) < 40, 40), (40, 40), (None, None), (0, 0)])
def test_cut_prompts_are_counted_from_a_mask_or_a_number(cut, count):
    found = of(kinds(100), cut=cut)
    assert found.cut == count
    assert ("40 of 100 prompts are cut" in " ".join(judge(found).notes)) == (count == 40)


def test_a_faithful_picture_keeps_all_and_a_random_one_almost_none():
    angles = np.linspace(0, 3, 60)
    circle = unit(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    assert of(circle, circle).kept.tolist() == [1.0] * 60
    lying = of(kinds(200), cloud(200, 2))
    assert lying.kept.mean() < 0.2
    assert "keeps" in " ".join(judge(lying).notes)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_prompts_break_nothing(count):
    found = of(unit(cloud(count)))
    assert found.kept.shape == found.hubness.shape == (count,)
    assert judge(found).sentence
    assert density(knn(unit(cloud(count)))[1]).shape == (count,)


def test_equal_prompts_break_nothing():
    found = of(np.ones((40, 4), dtype=np.float32) / 2, np.zeros((40, 2)))
    assert found.duplicates == 40
    assert judge(found).grade is Grade.POOR


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 60), st.integers(0, 9))
def test_neighbours_on_the_picture_are_others_and_agree_with_themselves(count, seed):
    points = unit(cloud(count, 2, seed))
    near = plane_neighbours(points, min(5, count - 1))
    assert not (near == np.arange(count)[:, None]).any()
    assert (overlap(near, near) == 1).all()


def test_overlap_is_a_share():
    one, other = np.array([[1, 2], [0, 2], [0, 1]]), np.array([[2, 1], [0, 3], [3, 4]])
    assert overlap(one, other).tolist() == [1.0, 0.5, 0.0]


def test_random_pairs_are_seeded_and_never_of_a_row_with_itself():
    assert np.array_equal(random_cosines(kinds(), 1), random_cosines(kinds(), 1))
    assert not np.array_equal(random_cosines(kinds(), 1), random_cosines(kinds(), 2))
    assert random_cosines(np.eye(2, dtype=np.float32)).max() == 0
