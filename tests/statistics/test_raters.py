"""What raters show of themselves: a lean to one side, a second showing, the pace."""

from math import isnan

import pytest
from scipy.stats import binomtest

from rpo.statistics import Ending, Looks, own_agreement, rater_stats
from rpo.voting import Choice, Vote


def vote(prompt, choice, rater="Ann", repeat=0, seconds=None, both_bad=False, swapped=False):
    sides = ("base", "tuned") if swapped else ("tuned", "base")
    return Vote(f"c{prompt}", f"p{prompt}", "", rater, choice, both_bad, *sides, 0, 0.0, repeat=repeat, seconds=seconds)


def test_a_lean_to_the_left_is_seen_among_decided_votes():
    votes = [vote(n, Choice.LEFT) for n in range(18)] + [vote(n, Choice.RIGHT) for n in (18, 19)] + [vote(20, Choice.TIE)]
    every, ann = rater_stats(votes)
    assert (every.rater, ann.rater) == ("", "Ann")
    assert (ann.left.k, ann.left.n, ann.left.value) == (18, 20, 0.9)
    assert ann.left.low == pytest.approx(0.699, abs=0.001)  # Wilson's
    assert ann.leans
    assert not rater_stats([vote(0, Choice.LEFT), vote(1, Choice.RIGHT)])[1].leans


@pytest.mark.parametrize(
    ("raters", "left", "leans"),
    [
        ({"Ann": 116}, "Ann", True),  # p = 0.028
        ({"Ann": 116, "Ben": 100, "Cleo": 99, "Dan": 101, "Eve": 100}, "Ann", False),  # one of five, by chance
        ({"Ann": 121, "Ben": 100, "Cleo": 99, "Dan": 101, "Eve": 100}, "Ann", True),  # p = 0.0036, of six rows
        ({"Ann": 80, "Ben": 100}, "Ann", True),
        ({"Ann": 114}, "Ann", False),
    ],
)
def test_a_lean_is_corrected_for_how_many_raters_are_looked_at(raters, left, leans):
    votes = [vote(n, Choice.LEFT if n < count else Choice.RIGHT, rater) for rater, count in raters.items() for n in range(200)]
    found = {one.rater: one for one in rater_stats(votes)}
    assert found[left].leans is leans
    assert sum(one.leans for name, one in found.items() if name not in ("", left)) == 0
    assert found[left].lean >= float(binomtest(raters[left], 200).pvalue)


def test_a_repeat_with_its_sides_exchanged_is_consistent_if_the_same_answer_wins():
    first = [vote(0, Choice.LEFT), vote(1, Choice.LEFT), vote(2, Choice.TIE), vote(3, Choice.RIGHT)]
    again = [
        vote(0, Choice.RIGHT, repeat=1, swapped=True),
        vote(1, Choice.LEFT, repeat=1, swapped=True),
        vote(2, Choice.TIE, repeat=1, swapped=True),
        vote(9, Choice.TIE, repeat=1, swapped=True),  # its first showing was taken back
    ]
    assert (rater_stats(first + again)[1].consistent.k, rater_stats(first + again)[1].consistent.n) == (2, 3)
    assert rater_stats(again + first) == rater_stats(first + again)


def test_pace_and_both_bad():
    votes = [vote(0, Choice.TIE, seconds=4.0, both_bad=True), vote(1, Choice.LEFT, seconds=10.0), vote(2, Choice.LEFT)]
    every, ann, bob = rater_stats([*votes, vote(0, Choice.LEFT, "Bob", seconds=100.0)])
    assert (ann.seconds, bob.seconds, every.seconds) == (7.0, 100.0, 10.0)
    assert (ann.both_bad.k, ann.both_bad.n, bob.both_bad.k) == (1, 3, 0)


def test_what_was_not_asked_is_undefined():
    ann = rater_stats([vote(0, Choice.TIE)])[1]
    assert isnan(ann.consistent.value)
    assert isnan(ann.left.value)
    assert isnan(ann.seconds)
    assert not ann.leans
    row = ann.as_row()
    assert (row["left_n"], row["left_low"], row["seconds"]) == (0, None, None)
    assert rater_stats([])[0].votes == 0


def test_a_rater_sees_their_own_agreement_only_when_all_have_finished():
    own = [vote(0, Choice.LEFT), vote(1, Choice.RIGHT), vote(2, Choice.TIE), vote(3, Choice.LEFT)]
    again = [vote(0, Choice.RIGHT, repeat=1, swapped=True), vote(1, Choice.RIGHT, repeat=1, swapped=True)]
    ben = [vote(0, Choice.RIGHT, "Ben", swapped=True), vote(1, Choice.LEFT, "Ben"), vote(2, Choice.TIE, "Ben")]
    cleo = [vote(0, Choice.RIGHT, "Cleo"), vote(0, Choice.RIGHT, "Cleo", repeat=1), vote(9, Choice.LEFT, "Cleo")]
    votes = [*own, *again, *ben, *cleo]
    assert own_agreement(votes, "Ann", Ending(Looks.ALWAYS, "", ("Ben",))) is None
    found = own_agreement(votes, "Ann", Ending(Looks.ONCE, "", ()))
    assert (found.others.k, found.others.n) == (2, 4)  # Ben's on 0 and 2; not on 1, and not Cleo's on 0
    assert (found.repeats.k, found.repeats.n) == (1, 2)
    alone = own_agreement(own, "Ann", Ending(Looks.ALWAYS, "", ()))
    assert (alone.others.n, alone.repeats.n) == (0, 0)
