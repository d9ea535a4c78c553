"""Power before voting: the figures of 200 prompts, and which way each assumption moves them."""

from math import isnan

import numpy as np
import pytest

from rpo.errors import RpoError
from rpo.statistics import Looks, power
from rpo.statistics.effects import other_raters
from rpo.statistics.sign_flips import sign_flip_p as sign_test


def test_200_prompts_of_one_vote():
    plan = power(200)
    assert plan.wins == 115
    assert plan.rate == plan.score == pytest.approx(0.602, abs=0.0005)
    assert plan.wins_peeking == 124
    assert "115 wins of 200" in plan.rule
    assert "124" in plan.rule


def test_the_wins_are_those_that_the_sign_test_finds():
    scores = np.array([1.0] * 115 + [0.0] * 85)
    assert sign_test(scores) <= 0.05 < sign_test(np.append(scores[1:], 0.0))


def test_the_plan_holds_in_a_simulation():
    plan, draw = power(150, ties=0.2), np.random.default_rng(0)
    shares = [plan.rate * 0.8, 0.2, (1 - plan.rate) * 0.8]
    found = [sign_test(draw.choice([1.0, 0.5, 0.0], size=150, p=shares)) <= 0.05 for _ in range(400)]
    assert 0.74 <= np.mean(found) <= 0.88


def test_ties_cost_and_more_prompts_votes_and_raters_help():
    assert power(200, ties=0.5).rate > power(200).rate > power(400).rate
    assert power(200, ties=0.5).score < power(200, ties=0.5).rate
    assert power(200).rate > power(200, votes=3).rate > power(200, votes=3, agree=0.5).rate
    assert power(200, votes=3, agree=1.0).rate == pytest.approx(power(200).rate, abs=0.004)
    few, many = power(200, raters=3, spread=0.1), power(200, raters=12, spread=0.1)
    assert few.rate > many.rate > power(200).rate
    assert "raters like these" in few.question
    assert "none for them that one may look at early" in few.rule
    three = power(200, votes=3)
    assert f"about {three.wins} wins of {three.decided} decided prompts (a score of {three.enough:.1%})" in three.rule
    assert "sign-flip test" in three.rule
    assert "sign test" in power(200).rule
    assert "these raters" in power(200).question


def test_without_a_closed_list_of_raters_the_plan_is_for_any_look():
    closed, anybody = power(200), power(200, look=Looks.ALWAYS)
    assert anybody.rate > closed.rate + 0.03
    assert (anybody.wins, anybody.wins_peeking) == (closed.wins, closed.wins_peeking) == (115, 124)
    for words in ("valid at every look", "it takes 124 wins of 200 decided prompts", "115 wins of 200 decided prompts"):
        assert words in anybody.rule


def test_several_votes_on_few_prompts_cannot_flip_to_5_percent():
    assert isnan(power(5, votes=9).rate)
    assert "take more prompts" in power(5, votes=9).rule
    assert power(6, votes=9).rate < 1


def test_too_few_prompts_find_nothing():
    plan = power(5)
    assert isnan(plan.rate)
    assert plan.wins is None
    assert "take more prompts" in plan.rule
    assert plan.as_row()["rate"] is None
    assert power(6).wins == 6
    assert isnan(power(20, raters=3, spread=0.4).rate)
    assert "more prompts or raters" in power(20, raters=3, spread=0.4).rule


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"prompts": 0}, "a prompt and a vote at least"),
        ({"prompts": 10, "ties": 1.0}, "ties must be in"),
        ({"prompts": 10, "spread": 0.1, "raters": 2}, "needs 3 raters at least"),
    ],
)
def test_nonsense_is_refused(asked, words):
    with pytest.raises(RpoError, match=words):
        power(**asked)


@pytest.mark.parametrize(("votes", "raters"), [(5, 5), (2, 5)])
def test_a_plan_for_raters_like_these_is_found_by_their_interval(votes, raters):
    plan, draw, alike, found = power(100, votes, raters=raters, spread=0.08), np.random.default_rng(0), 2 * 0.657 - 1, 0
    for _ in range(200):
        own = draw.beta(*(side * (1 - alike) / alike for side in (plan.rate, 1 - plan.rate)), (100, 1))
        chances = np.clip(own + draw.normal(0, 0.08, raters), 0, 1)
        outcomes = (draw.random(chances.shape) < chances).astype(float)
        outcomes[(np.arange(raters) - np.arange(100)[:, None]) % raters >= votes] = np.nan
        found += other_raters(outcomes).low > 0.5
    assert 0.7 <= found / 200 <= 0.92


def test_raters_who_hardly_differ_cost_little_more_than_these_raters():
    these = power(200, 5).rate
    assert power(200, 5, raters=5, spread=0.001).rate < these + 0.02
    assert power(200, 5, raters=5, spread=0.05).rate > these + 0.03
