"""What a batch's scores say against its contrasts: figures against plain loops, words for what is not known."""

import math

import numpy as np
import pytest
import torch

from rpo.preferences.formats.table import assemble
from rpo.tuning import Point, Sample, contradictions, first_batch

COSINES = np.array([[1.0, 0.5, 0.1], [0.5, 1.0, -0.3], [0.1, -0.3, 1.0]], dtype=np.float32)


def sample(chosen, rejected, paired=True, scale="rating"):
    names = tuple("abc")
    return Sample(names, names, paired, (0.0,) * 3, (0.0,) * 3, (), (), chosen, rejected, scale)


@pytest.mark.parametrize("point", [Point(tau=0.5), Point.dials(0.5, 1.5), Point.dials(0.0)])
def test_the_share_is_that_of_a_plain_loop(point):
    found = contradictions(sample((5.0, 2.0, 1.0), (4.0, 3.0, 0.0)), COSINES, point)
    weights = point.weights(torch.as_tensor(COSINES), True).numpy()
    cells = {(1, 0), (2, 0), (2, 1)}  # 2 < 4, 1 < 4, 1 < 3; 2 < 3 is an own pair
    others = [(i, j) for i in range(3) for j in range(3) if i != j]
    share = sum(weights[cell] for cell in cells) / sum(weights[cell] for cell in others)
    assert found.weight.share == pytest.approx(share)
    assert f"{100 * share:.0f} % of the others' weight lies on contradicted pairs" in found.words
    assert "rating taken for one scale across prompts" in found.words
    assert "without a score" not in found.words


def test_by_cosine_says_the_contradicted_part_of_each_bin():
    found = contradictions(sample((5.0, 2.0, 1.0), (4.0, 3.0, 0.0)), COSINES, Point.dials(0.0))
    assert found.by_cosine == "By the prompts' cosine: -0.4 to -0.2 50 %, 0.0 to 0.2 50 %, 0.4 to 0.6 50 %."


@pytest.mark.parametrize(
    ("chosen", "rejected", "words"),
    [
        ((1.0, math.nan, 1.0), (2.0, 0.0, 0.0), "1 of 6 answers without a score: their cells count as true."),
        ((1.0, math.nan, 1.0), (2.0, 0.0, math.nan), "2 of 6 answers without a score"),
    ],
)
def test_missing_scores_contradict_nothing_and_are_counted(chosen, rejected, words):
    found = contradictions(sample(chosen, rejected), COSINES, Point.dials(0.0))
    assert words in found.words
    assert found.weight.share == pytest.approx(1 / 6)  # the last row against the first column


def test_where_the_own_pair_has_all_there_is_no_share():
    found = contradictions(sample((1.0, 1.0, 1.0), (2.0, 2.0, 2.0)), COSINES, Point.dials(1.0))
    assert found.words.startswith("No weight lies on contradicted pairs")
    assert found.by_cosine == ""


def rows(*scores):
    pairs = [{"prompt": f"P{n}", "chosen": f"yes {n}", "rejected": "no"} for n in range(len(scores))]
    return enumerate([pair | one for pair, one in zip(pairs, scores, strict=True)], 1)


BOTH = [{"rating_chosen": 4 + n % 2, "rating_rejected": n % 3} for n in range(10)]


@pytest.mark.parametrize(
    ("scores", "known"),
    [
        (BOTH, True),
        ([*BOTH[:9], {}], True),
        ([{}] * 10, False),
        ([{"rating_chosen": None, "rating_rejected": 3}] * 10, False),
        ([{"strength": 2}] * 10, False),
    ],
)
def test_a_batch_has_scores_where_its_data_have_those_of_both_answers(scores, known):
    data = assemble("pairs.jsonl", rows(*scores))
    found = first_batch(data, 4, 0)
    assert bool(found.scale) is known
    assert (contradictions(found, np.eye(4, dtype=np.float32), Point()) is not None) is known
    if known:
        known_by = {row["prompt"]: (row["score_chosen"], row["score_rejected"]) for row in data.rows}
        expected = [known_by[prompt] for prompt in found.chosen]
        assert [one for one, _ in expected] == [None if math.isnan(s) else s for s in found.chosen_scores]
        assert [one for _, one in expected] == [None if math.isnan(s) else s for s in found.rejected_scores]


def test_liked_and_disliked_answers_have_one_score_each():
    data = assemble("log.jsonl", enumerate(
        [{"prompt": f"P{n}", "answer": f"a {n}", "liked": n % 2 == 0, "score": n} for n in range(20)], 1
    ))  # fmt: skip
    found = first_batch(data, 4, 0)
    assert len(found.chosen_scores) == len(found.rejected_scores) == 4
    assert all(score % 2 == 0 for score in found.chosen_scores)
    against = contradictions(found, np.zeros((4, 4), dtype=np.float32), Point())
    assert against.weight.share == pytest.approx(
        np.mean([one < other for one in found.chosen_scores for other in found.rejected_scores])
    )
