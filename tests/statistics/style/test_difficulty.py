"""How hard prompts are comes of the votes on other candidates, and of nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from rpo.statistics import length_adjusted
from tests.statistics.style.worlds import SCALE, lengths_of, swapped, votes_of

COUNT = 400


def board(spread, taste, by_baseline=0.0, models=8, seed=0, longer_by=0.0):
    """Votes and lengths of several candidates on the same prompts; `by_baseline` of the lengths' spread is the baseline's own."""
    draw = np.random.default_rng(seed)
    easy, base = spread * draw.normal(0, 1, COUNT), by_baseline * draw.normal(0, 1, COUNT)
    votes, lengths = [], {}
    for number in range(models):
        longer = longer_by + draw.normal(0, np.sqrt(1 - by_baseline**2), COUNT) - base
        outcomes = (draw.random(COUNT) < expit(0.3 + taste * np.tanh(longer) + easy)).astype(float)
        votes.append(votes_of(outcomes, f"m{number}", f"{number}-"))
        lengths |= lengths_of(SCALE * longer, f"{number}-")
    return votes, lengths, float(expit(0.3 + easy).mean())


def test_a_prompts_difficulty_is_taken_out_of_the_taste_for_length():
    """Odds ratios shrink where what else matters is left out (Gail, Wieand and Piantadosi 1984); here it is e^1.5, by design."""
    votes, lengths, truth = board(2.0, 1.5)
    alone, beside = (length_adjusted(votes[0], "m0", lengths, others) for others in ((), together(votes)))
    assert (alone.others, beside.others) == (0, 7)
    assert 1.1 * alone.doubling < beside.doubling < np.exp(1.5)
    assert beside.low < truth < beside.high


@pytest.mark.weights
def test_a_prompt_that_is_hard_by_the_baselines_length_alone_is_not_hard():
    """Every candidate is short and loses more where the baseline is long: no candidate's score moves by it, on the mean."""
    votes, lengths, _ = board(0.0, 2.0, by_baseline=0.9, longer_by=-1.0)
    scores = [
        [length_adjusted(cast, f"m{n}", lengths, others).score for n, cast in enumerate(votes)]
        for others in ((), together(votes))
    ]
    alone, beside = np.mean(scores, axis=1)
    assert beside == pytest.approx(alone, abs=0.002)


@pytest.mark.parametrize(
    "stranger",
    [
        lambda votes, lengths: ([], lengths),
        lambda votes, lengths: (votes[0], lengths),
        lambda votes, lengths: (votes[1], {name: one for name, one in lengths.items() if name.startswith("0-")}),
        lambda votes, lengths: ([one for one in votes[1] if int(one.prompt.split()[1]) < COUNT * 0.4], lengths),
    ],
    ids=["none", "the candidate itself", "no lengths", "few prompts"],
)
def test_others_that_say_nothing_change_nothing(stranger):
    votes, lengths, _ = board(2.0, 1.0, models=2)
    others, measured = stranger(votes, lengths)
    assert length_adjusted(votes[0], "m0", measured, others) == length_adjusted(votes[0], "m0", lengths)


def test_swapping_the_authors_mirrors_it():
    votes, lengths, _ = board(1.0, 1.0)
    one, other = (length_adjusted(votes[0], "m0", lengths, together(votes)), mirrored(votes, lengths))
    assert (one.score, one.low, one.high) == pytest.approx((1 - other.score, 1 - other.high, 1 - other.low), abs=1e-6)


def together(votes):
    return [one for cast in votes for one in cast]


def mirrored(votes, lengths):
    """The same panel seen from the other side: each name of an author stands for the other."""
    flipped = [[replace(one, left=one.right, right=one.left) for one in cast] for cast in votes]
    against = [replace(one, left="base", right=one.right) for one in flipped[0]]
    assert {one.left for one in against} == {"base"}
    return length_adjusted(flipped[0], "m0", swapped(lengths), together(flipped))
