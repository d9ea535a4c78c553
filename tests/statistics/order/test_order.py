"""How often the order across prompts holds: against a plain computation, and its interval by simulation."""

from collections import defaultdict
from math import exp, isnan, log

import numpy as np
import pytest

from rpo.statistics import odds_words, order_held, order_words
from rpo.voting import AskedOf, Choice, CrossAnswer, CrossQuestion, Nearness

OF = AskedOf("data", "encoder")
RANGES = ((0.4, 0.7), (0.25, 0.45), (0.1, 0.3), (-0.05, 0.15))
COSINES = dict(zip(Nearness, RANGES, strict=True))


def question(number, cosine, nearness):
    return CrossQuestion(f"p{number}", f"c{number}", f"q{number}", f"r{number}", cosine, nearness, OF)


def answered(one, rater, held, chosen_left=True):
    side = Choice.LEFT if (held == 1) == chosen_left else Choice.RIGHT
    return CrossAnswer("panel", one, rater, Choice.TIE if held == 0.5 else side, False, "", chosen_left, 0.0)


def world(chance, count=20, raters=2, mean=0.7, slope=0.0, spread=0.8, ties=0.15):
    """Answers to so many questions, whose log-odds are mean + slope · (cosine − 0.25) with a spread of their own."""
    found = []
    for number in range(count):
        nearness = list(Nearness)[number % 4]
        one = question(number, chance.uniform(*COSINES[nearness]), nearness)
        rate = 1 / (1 + exp(-(mean + slope * (one.cosine - 0.25) + spread * chance.normal())))
        for rater in range(raters):
            held = 0.5 if chance.random() < ties else float(chance.random() < rate)
            found.append(answered(one, f"r{rater}", held, bool(chance.random() < 0.5)))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_shares_are_means_over_questions_a_tie_half(seed):
    answers = world(np.random.default_rng(seed), raters=3)[:-4]  # not everybody has answered everything
    outcomes, nearness = defaultdict(list), {}
    for one in answers:
        outcomes[one.question.id].append({0: 0.0, 1: 1.0, 0.5: 0.5}[one.held])
        nearness[one.question.id] = one.question.nearness
    means = {name: sum(said) / len(said) for name, said in outcomes.items()}
    found = order_held(answers, 20)
    assert found.rate == pytest.approx(sum(means.values()) / len(means))
    assert (found.n, found.asked, found.answers, found.raters) == (len(means), 20, len(answers), 3)
    for part in found.parts:
        mine = [mean for name, mean in means.items() if nearness[name] is part.nearness]
        assert (part.rate, part.interval.n) == (pytest.approx(sum(mine) / len(mine)), len(mine))
        assert part.interval.low <= part.rate <= part.interval.high


@pytest.mark.parametrize("left", [True, False])
def test_the_side_does_not_matter(left):
    one = question(0, 0.5, Nearness.NEAREST)
    assert [answered(one, "r", held, left).held for held in (1, 0, 0.5)] == [1.0, 0.0, 0.5]


def test_a_question_that_many_answered_counts_no_more_than_another():
    one, other = question(0, 0.5, Nearness.NEAREST), question(1, 0.1, Nearness.UNRELATED)
    answers = [*(answered(one, f"r{n}", 1) for n in range(9)), answered(other, "r0", 0)]
    assert order_held(answers, 2).rate == 0.5


@pytest.mark.parametrize(("slope", "excluded"), [(12.0, True), (0.0, False)])
def test_the_odds_follow_the_cosine(slope, excluded):
    found = order_held(world(np.random.default_rng(4), 400, 3, slope=slope, spread=0.0, ties=0.0), 400)
    assert found.low_odds < found.odds < found.high_odds
    assert (found.low_odds <= 1 <= found.high_odds) != excluded
    assert log(found.odds) == pytest.approx(slope / 10, abs=0.25)


def test_few_questions_are_too_few_to_say():
    found = order_held(world(np.random.default_rng(0), 8), 20)
    assert found.few
    assert isnan(found.odds)
    assert "%" not in order_words(found)


def test_nobody_has_answered():
    found = order_held((), 20)
    assert (found.n, found.few, found.parts, found.as_row()["rate"]) == (0, True, (), None)


def test_answers_that_are_all_alike_have_a_width_and_no_slope():
    answers = [answered(question(n, n / 20, list(Nearness)[n % 4]), "r", 1) for n in range(20)]
    found = order_held(answers, 20)
    assert found.rate == found.interval.high == 1
    assert 0.5 < found.interval.low < 1
    assert isnan(found.odds)
    assert odds_words(found)


def test_the_interval_covers_what_it_says():
    chance, truth, held = np.random.default_rng(1), 0.0, []
    truth = float(np.mean([one.held for one in world(chance, 20_000, 1)]))
    for _ in range(200):
        held.append(order_held(world(chance), 20).interval.holds(truth))
    assert 0.92 <= np.mean(held) <= 0.995  # 0.97 in 400 worlds
