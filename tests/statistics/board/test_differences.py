"""Differences between candidates: paired where prompts are shared, the rest beside them, corrected for how many there are."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from rpo.statistics import score_differences, standings
from rpo.statistics.score import holm
from rpo.statistics.sign_flips import sign_flip_p
from rpo.voting import Choice, Unrated, Vote
from rpo.voting.types import NoRaterVerdict

CHOICES = {1.0: Choice.LEFT, 0.0: Choice.RIGHT, 0.5: Choice.TIE}


def votes_on(author, outcomes, rater="Ann", start=0, baseline="base"):
    """One vote a prompt for this candidate, on the left."""
    each = enumerate(np.asarray(outcomes).tolist(), start)
    return [Vote(f"{n}{author}", f"p{n}", "", rater, CHOICES[x], False, author, baseline, 0, 0.0) for n, x in each]


def drawn(seed=0, prompts=80, gap=0.15):
    """Outcomes of two candidates on the same prompts, which are hard or easy for both."""
    draw = np.random.default_rng(seed)
    easy = draw.uniform(0.1, 0.7, prompts)
    return [(draw.random(prompts) < easy + more).astype(float) for more in (gap, 0.0)]


def test_on_shared_prompts_it_is_the_paired_difference_with_the_exact_test():
    a, b = drawn()
    (one,) = score_differences(votes_on("a", a) + votes_on("b", b), ["base"])
    assert (one.first, one.second, one.baseline) == ("a", "b", "base")
    assert one.value == pytest.approx(a.mean() - b.mean())
    assert one.p == one.holm == sign_flip_p((1 + a - b) / 2)
    assert (one.p <= 0.05) == (not one.low <= 0 <= one.high)
    assert (one.shared, one.first_alone, one.second_alone, one.n) == (80, 0, 0, 80)


def test_prompts_of_one_alone_count_as_independent():
    a, b = drawn(prompts=200)
    (apart,) = score_differences(votes_on("a", a) + votes_on("b", b, start=1000), ["base"])
    ends = ttest_ind(a, b).confidence_interval()
    assert (apart.shared, apart.first_alone, apart.second_alone) == (0, 200, 200)
    assert (apart.low, apart.high) == pytest.approx((ends.low, ends.high), abs=0.005)
    assert apart.p == pytest.approx(ttest_ind(a, b).pvalue, abs=0.005)


def test_half_of_the_prompts_shared_is_between_all_and_none():
    draw = np.random.default_rng(0)
    easy = (draw.random(200) < 0.5).astype(float)  # both mostly win on the same prompts
    a, b = (np.where(draw.random(200) < 0.1, 1 - easy, easy) for _ in range(2))
    widths = []
    for start in (0, 100, 200):
        (one,) = score_differences(votes_on("a", a) + votes_on("b", np.roll(b, -start), start=start), ["base"])
        assert one.shared == 200 - start
        widths.append(one.high - one.low)
    assert widths == sorted(widths)
    assert widths[2] > 1.5 * widths[0]


def test_it_is_the_difference_of_the_scores_that_results_prints():
    votes = votes_on("a", [1.0, 1.0, 0.5, 0.0]) + votes_on("b", [0.0, 1.0, 0.0]) + votes_on("a", [0.0] * 4, rater="Bob")
    empty = Unrated("x", "p9", "", NoRaterVerdict.FIRST_EMPTY, "base", "b")
    same = Unrated("y", "p9", "", NoRaterVerdict.IDENTICAL, "base", "a")
    (one,) = score_differences(votes, ["base"], [empty, same])
    first, second = (
        standings([vote for vote in votes if author in (vote.left, vote.right)], author, [settled]).score
        for author, settled in (("a", same), ("b", empty))
    )
    assert abs(one.value) == pytest.approx(abs(first - second))
    assert (one.shared, one.first_alone + one.second_alone) == (4, 1)
    assert (one.raters, one.raters_in_all) == (1, 2)


def test_three_candidates_are_three_differences_corrected_together():
    draw = np.random.default_rng(3)
    wins = {name: (draw.random(60) < rate).astype(float) for name, rate in (("a", 0.5), ("b", 0.6), ("c", 0.8))}
    found = score_differences([vote for name, won in wins.items() for vote in votes_on(name, won)], ["base"])
    assert [(one.first, one.second) for one in found] == [("c", "a"), ("c", "b"), ("b", "a")]
    assert [one.holm for one in found] == holm([one.p for one in found])
    assert [one.found for one in found] == [one.holm <= 0.05 for one in found]
    assert found[0].found


@pytest.mark.parametrize(
    "votes",
    [
        votes_on("a", [1.0, 0.0]),  # one candidate
        votes_on("a", [1.0, 0.0]) + votes_on("b", [1.0, 0.0], baseline="other"),  # no baseline of both
        votes_on("a", [1.0, 0.0]) + votes_on("b", [1.0]),  # one prompt says nothing
    ],
)
def test_there_is_none_without_two_candidates_of_one_baseline(votes):
    assert score_differences(votes, ["base", "other"]) == ()


@pytest.mark.parametrize("shared", [100, 50, 0])
def test_its_interval_covers(shared):
    draw, hits = np.random.default_rng(shared), []
    for _ in range(300):
        easy = draw.uniform(0.1, 0.9, 200)
        a = draw.random(100) < easy[:100] + 0.05
        b = draw.random(100) < easy[100 - shared : 200 - shared] - 0.05
        both = votes_on("a", a.astype(float)) + votes_on("b", b.astype(float), start=100 - shared)
        (one,) = score_differences(both, ["base"])
        gap = 0.1 if one.first == "a" else -0.1
        hits.append(one.low <= gap <= one.high)
    assert 0.92 <= np.mean(hits) <= 0.985
