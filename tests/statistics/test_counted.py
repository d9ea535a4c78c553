"""Counts in prompts, from which the score follows whoever has voted how often."""

from itertools import product

import numpy as np
import pytest

from rpo.errors import RpoError
from rpo.statistics import counted, standings
from rpo.voting import Ballots, Choice, Options, Seat, Vote
from rpo.voting.panels import Unrated
from rpo.voting.types import NoRaterVerdict
from tests.voting.conftest import comparisons, vote_all

OUTCOMES = {1.0: Choice.LEFT, 0.5: Choice.TIE, 0.0: Choice.RIGHT}


def vote(prompt, rater, outcome, repeat=0):
    return Vote(str(prompt), "p", "", rater, OUTCOMES[outcome], False, "tuned", "base", 0, 0.0, repeat=repeat)


def settled(number, verdict):
    return Unrated(f"s{number}", "p", "", verdict, "base", "tuned")


@pytest.mark.parametrize("seed", range(5))
def test_the_score_follows_from_the_counts_with_gaps_ties_and_pairs_without_a_rater(seed):
    draw = np.random.default_rng(seed)
    votes = [
        vote(prompt, rater, draw.choice([1.0, 0.5, 0.0])) for prompt, rater in product(range(17), "ABC") if draw.random() < 0.6
    ]
    votes += [vote(0, "A", 0.0, repeat=1)]
    unrated = [settled(n, NoRaterVerdict.IDENTICAL) for n in range(seed)] + [settled(9, NoRaterVerdict.FIRST_EMPTY)]
    found, score = counted(votes, "tuned", unrated), standings(votes, "tuned", unrated)
    assert found.n == score.prompts
    assert found.won + found.tied + found.lost == pytest.approx(found.n)
    assert found.score == pytest.approx(score.score)
    other = counted(votes, "base", unrated)
    assert (other.won, other.lost) == pytest.approx((found.lost, found.won))


def test_a_vote_each_is_counted_whole_and_a_divided_prompt_in_parts():
    assert counted([vote(0, "A", 1.0), vote(1, "A", 0.5), vote(2, "A", 0.0)], "tuned").words == "1 · 1 · 1"
    divided = [vote(0, "A", 1.0), vote(0, "B", 0.0), vote(0, "C", 0.5), vote(1, "A", 1.0)]
    assert counted(divided, "tuned").words == "1.33 · 0.33 · 0.33"


def test_pairs_without_a_rater_count_alone_and_nothing_is_refused():
    assert (
        counted([], "tuned", [settled(0, NoRaterVerdict.FIRST_EMPTY), settled(1, NoRaterVerdict.BOTH_EMPTY)]).words == "1 · 1 · 0"
    )
    with pytest.raises(RpoError, match="at least one vote"):
        counted([], "tuned")


SETTINGS = [
    (Options(prompts=14, repeats=2), 14, 2),  # two of them need no rater: 12 are shown, so one comes again
    (Options(prompts=23, repeats=5), 23, 2),  # 21 are shown: one, where 23 would give two
    (Options(prompts=30, repeats=5), 30, 0),
    (Options(prompts=9, repeats=5), 9, 0),
    (Options(prompts=67, repeats=5), 67, 0),  # five, where a share of one in eleven would give six
    (Options(prompts=40, repeats=0), 40, 0),
    (Options(prompts=33, repeats=5, raters=("Ann", "Ben", "Cleo"), overlap=1), 33, 0),
    (Options(prompts=32, repeats=5, raters=("Ann", "Ben", "Cleo"), overlap=2), 32, 0),
]


@pytest.mark.weights
@pytest.mark.parametrize(("options", "pairs", "same"), SETTINGS)
def test_a_panel_says_how_many_pairs_are_really_shown_twice(options, pairs, same):
    ballots = Ballots.here()
    panel = ballots.make_panel("p", comparisons(pairs - same, same=same), options=options)
    again = []
    for name in options.raters or ("Ann",):
        vote_all(ballots.rater_session(Seat(panel, name)), "left")
        again.append(sum(one.repeat for one in ballots.votes(panel) if one.rater == name))
    assert ballots.panel(panel).twice == (min(again), max(again))
