"""Raters and a judge together: laws, values of ppi-python, a small simulation; and what a plan says of it."""

import numpy as np
import pytest

from rpo.errors import RpoError
from rpo.statistics import plans_with_judge, power, power_with_judge, prediction_powered, verdicts_worth_their_price
from rpo.statistics.intervals import same_raters
from rpo.statistics.prediction.powered import FEWEST_VERDICTS, power_tuned

NONE = np.array([])


def made(prompts, more, wrong):
    """A panel with a judge that errs on every so-manieth prompt."""
    people = np.resize([1, 0, 1, 0.5, 1, 0, 1], prompts)
    judge = np.where(np.arange(prompts) % wrong == 0, 1 - people, people)
    return people[:, None], judge, np.resize([1, 0, 1, 1, 0.5], more)


def drawn(seed, prompts, more, share, rate=0.57):
    draw = np.random.default_rng(seed)
    people = (draw.random(prompts + more) < rate).astype(float)
    judge = np.where(draw.random(len(people)) < share, people, 1 - people)
    return people[:prompts, None], judge[:prompts], judge[prompts:]


@pytest.mark.parametrize(
    ("prompts", "more", "wrong", "score", "low", "high"),  # of ppi_mean_pointestimate and ppi_mean_ci, ppi-python 0.2.3
    [
        (40, 40, 3, 0.671369, 0.539221, 0.803517),
        (40, 400, 3, 0.694968, 0.564467, 0.825470),
        (100, 300, 5, 0.695527, 0.621362, 0.769692),
        (200, 2000, 20, 0.712094, 0.678752, 0.745436),
        (200, 2000, 2, 0.642500, 0.581545, 0.703455),
    ],
)
def test_it_is_near_ppi_python(prompts, more, wrong, score, low, high):
    """Its λ has a covariance over n, not n − 1; its interval is symmetric and takes the judge for as sure as it was seen."""
    outcomes, judge, others = made(prompts, more, wrong)
    found = prediction_powered(outcomes, judge, others)
    theirs = found.weight * (prompts - 1) / prompts
    assert outcomes.mean() + theirs * (others.mean() - judge.mean()) == pytest.approx(score, abs=1e-5)
    assert found.score == pytest.approx(score, abs=0.1 / prompts)
    assert found.interval.width == pytest.approx(high - low, rel=0.06)
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=0.8 / prompts)


OPPOSED = drawn(1, 50, 200, 0.05)
CASES = {
    "no more prompts": (*drawn(0, 50, 0, 0.9)[:2], NONE),
    "a judge of one word": (drawn(0, 50, 0, 0.9)[0], np.ones(50), np.ones(80)),
    "raters of one word": (np.ones((50, 2)), drawn(0, 50, 80, 0.7)[1], drawn(0, 50, 80, 0.7)[2]),
    "a judge that says the opposite": OPPOSED,
    "no verdict beside votes": (OPPOSED[0], np.full(50, np.nan), OPPOSED[2]),
    "too few verdicts beside votes": (
        OPPOSED[0],
        np.where(np.arange(50) < FEWEST_VERDICTS - 1, OPPOSED[0][:, 0], np.nan),
        OPPOSED[2],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_without_help_it_is_the_raters_alone_to_the_last_digit(case):
    outcomes, judge, more = CASES[case]
    found, alone = prediction_powered(outcomes, judge, more), same_raters(outcomes)
    assert (found.interval, found.score, found.weight, found.worth) == (alone, outcomes.mean(), 0.0, len(outcomes))
    assert not found.helps


def test_a_judge_like_a_coin_never_makes_it_less_certain():
    for seed in range(40):
        outcomes, judge, more = drawn(seed, 50, 150, 0.52)
        found, alone = prediction_powered(outcomes, judge, more), same_raters(outcomes)
        assert found.worth >= 50
        assert found.interval.width <= 1.02 * alone.width


def test_a_perfect_judge_makes_votes_of_its_verdicts():
    outcomes, judge, more = drawn(3, 100, 100_000, 1.0)
    found = prediction_powered(outcomes, judge, more)
    assert found.weight == pytest.approx(1, abs=0.01)
    assert found.score == pytest.approx(more.mean(), abs=0.002)
    assert found.worth > 1000
    assert found.helps
    for times in (1, 3):  # λ of a perfect judge is N/(n + N), its worth nearly all n + N prompts
        found = prediction_powered(outcomes, judge, more[: times * 100])
        assert found.weight == pytest.approx(times / (1 + times), abs=0.05)
        assert 0.8 * 100 * (1 + times) < found.worth <= 1.06 * 100 * (1 + times)


def test_a_perfect_judge_of_few_prompts_may_still_err():
    outcomes, judge, more = drawn(3, 20, 100_000, 1.0)
    assert prediction_powered(outcomes, judge, more).interval.width > 0.15


@pytest.mark.parametrize("share", [0.55, 0.75, 0.95])
@pytest.mark.parametrize("settled", [0, 7])
def test_the_baseline_mirrors_the_candidate(share, settled):
    outcomes, judge, more = drawn(4, 60, 200, share)
    judge = np.where(np.arange(60) < settled, np.nan, judge)
    one, other = prediction_powered(outcomes, judge, more), prediction_powered(1 - outcomes, 1 - judge, 1 - more)
    assert other.score == pytest.approx(1 - one.score)
    assert (other.interval.low, other.interval.high) == pytest.approx((1 - one.interval.high, 1 - one.interval.low))
    assert (other.weight, other.worth) == pytest.approx((one.weight, one.worth))


def test_what_a_judge_gets_wrong_everywhere_cancels():
    outcomes, judge, more = drawn(5, 60, 300, 0.85)
    one, shifted = prediction_powered(outcomes, judge, more), prediction_powered(outcomes, judge + 0.3, more + 0.3)
    assert shifted.score == pytest.approx(one.score)
    assert shifted.interval.width == pytest.approx(one.interval.width)


def test_pairs_without_a_verdict_count_by_their_votes_alone():
    outcomes, judge, more = drawn(6, 60, 300, 0.85)
    with_ties = np.concatenate([outcomes, np.full((20, 1), 0.5)])
    found = prediction_powered(with_ties, np.concatenate([judge, np.full(20, np.nan)]), more)
    assert found.score == pytest.approx((60 * prediction_powered(outcomes, judge, more).score + 20 * 0.5) / 80)
    assert (found.prompts, found.verdicts, found.more) == (80, 60, 300)


def test_the_weight_is_within_0_and_1():
    outcomes, judge, more = drawn(7, 50, 5000, 1.0)
    assert power_tuned(outcomes[:, 0], judge / 4, more / 4) == 1.0
    assert power_tuned(outcomes[:, 0], 1 - judge, 1 - more) == 0.0


def test_the_row_has_all_figures():
    row = prediction_powered(*drawn(8, 50, 100, 0.8)).as_row()
    assert {"score", "interval_low", "interval_high", "weight", "worth", "raters", "prompts", "verdicts", "more"} <= set(row)


@pytest.mark.parametrize(
    ("outcomes", "judge", "more"),
    [(np.ones((0, 1)), NONE, NONE), (np.ones((3, 1)), np.ones(2), NONE), (np.ones((3, 1)), np.ones(3), np.array([1, np.nan]))],
)
def test_nonsense_is_refused(outcomes, judge, more):
    with pytest.raises(RpoError):
        prediction_powered(outcomes, judge, more)


@pytest.mark.weights
def test_it_covers_also_where_the_judge_errs_to_one_side():
    """95 % of 50 prompts, all errors for the candidate: without one more differing prompt in the variance it covers 91 %."""
    draw, hits, rounds = np.random.default_rng(0), 0, 1000
    people = (draw.random((rounds, 550)) < 0.57).astype(float)
    judge = np.where(draw.random(people.shape) < 0.05 / 0.43, 1.0, people)
    for one, said in zip(people, judge, strict=True):
        hits += prediction_powered(one[:50, None], said[:50], said[50:]).interval.holds(0.57)
    assert hits / rounds > 0.94


@pytest.mark.parametrize(("votes", "ties"), [(1, 0.0), (1, 0.2), (3, 0.2)])
def test_a_plan_without_verdicts_is_that_of_the_votes_and_more_find_more(votes, ties):
    plans = plans_with_judge(200, 0.8, votes, ties)
    assert (plans[0].rate, plans[0].worth) == (power(200, votes, ties).rate, 200)
    assert sorted((plan.rate for plan in plans), reverse=True) == [plan.rate for plan in plans]
    assert [plan.more for plan in plans] == [0, 200, 600, 2000]
    assert plans[-1].rate < plans[0].rate


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5])
def test_a_coin_adds_nothing_to_a_plan(share):
    assert power_with_judge(200, 2000, share).worth == 200


@pytest.mark.parametrize(("more", "share"), [(-1, 0.8), (10, 1.1), (10, -0.1)])
def test_a_plan_of_nonsense_is_refused(more, share):
    with pytest.raises(RpoError):
        power_with_judge(200, more, share)


@pytest.mark.parametrize(("agrees", "votes", "ties"), [(0.75, 1, 0.0), (0.85, 1, 0.2), (0.8, 3, 0.2)])
def test_verdicts_are_worth_their_price_until_votes_add_as_much_for_theirs(agrees, votes, ties):
    prompts, verdict, vote = 200, 0.01, 0.2
    until = verdicts_worth_their_price(prompts, agrees, verdict, vote, votes, ties)
    gained = [power_with_judge(prompts, round(until) + more, agrees, votes, ties).worth for more in (-20, 20)]
    assert (gained[1] - gained[0]) / 40 / verdict == pytest.approx(1 / (votes * vote), rel=0.1)
    assert verdicts_worth_their_price(prompts, agrees, verdict, 2 * vote, votes, ties) > until > 0


@pytest.mark.parametrize(
    ("agrees", "verdict", "vote", "until"),
    [(0.5, 0.01, 0.5, 0), (0.8, 0.5, 0.5, 0), (0.8, 0.5, 0.0, 0), (0.8, 0.0, 0.5, np.inf), (1.0, 0.01, 0.5, np.inf)],
)
def test_a_coin_or_a_dear_judge_is_never_worth_it_and_a_free_or_perfect_one_always(agrees, verdict, vote, until):
    assert verdicts_worth_their_price(200, agrees, verdict, vote) == until


@pytest.mark.parametrize("prices", [(-0.1, 1.0), (0.1, -1.0), (0.0, 0.0)])
def test_prices_that_say_nothing_are_refused(prices):
    with pytest.raises(RpoError, match="prices"):
        verdicts_worth_their_price(200, 0.8, *prices)
