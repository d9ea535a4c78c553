"""Standings: figures worked by hand, and laws that hold for any votes."""

import json
from dataclasses import replace
from math import comb, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from rpo.errors import RpoError
from rpo.statistics import by_slice, standings
from rpo.statistics.score import holm
from rpo.voting import Choice, NoRaterVerdict, Unrated, Vote


def vote(prompt, outcome, rater="Ann", both_bad=False, part=""):
    choice = {1.0: Choice.LEFT, 0.0: Choice.RIGHT, 0.5: Choice.TIE}[outcome]
    return Vote(f"c{prompt}", f"p{prompt}", part, rater, choice, both_bad, "tuned", "base", 0, 0.0)


def unseen(verdict, part=""):
    return Unrated("c", "p", part, verdict, "base", "tuned")


def test_score_and_interval_by_hand():
    votes = [vote(n, 1.0) for n in range(6)] + [vote(6, 0.5, both_bad=True), vote(7, 0.5)] + [vote(n, 0.0) for n in (8, 9)]
    one = standings(votes, "tuned")
    assert (one.wins, one.ties, one.losses, one.both_bad, one.votes, one.prompts) == (6, 2, 2, 1, 10, 10)
    assert one.score == pytest.approx(0.7)
    variance = (6 * 0.3**2 + 2 * 0.2**2 + 2 * 0.7**2) / 9 / 10  # of the mean of ten prompts
    count, quantile = 0.21 / variance, 2.2621571628540993  # Wilson's interval for n*, t with 9 degrees
    pull = quantile**2 / count
    middle, half = (0.7 + pull / 2) / (1 + pull), (pull * 0.21 + pull**2 / 4) ** 0.5 / (1 + pull)
    assert (one.low, one.high) == pytest.approx((middle - half, middle + half))
    assert one.p == one.holm == pytest.approx(2 * sum(comb(8, k) for k in (6, 7, 8)) / 2**8)
    assert one.few


def test_the_baseline_mirrors_the_candidate():
    votes = [vote(n, outcome) for n, outcome in enumerate([1.0, 1.0, 1.0, 0.5, 0.0])]
    tuned, base = standings(votes, "tuned"), standings(votes, "base")
    assert tuned.score == pytest.approx(1 - base.score)
    assert (tuned.low, tuned.high) == pytest.approx((1 - base.high, 1 - base.low))
    assert tuned.p == base.p


def test_more_raters_on_the_same_prompts_are_not_more_prompts():
    one = standings([vote(n, float(n % 2)) for n in range(20)], "tuned")
    three = standings([vote(n, float(n % 2), rater) for n in range(20) for rater in "ABC"], "tuned")
    assert (three.low, three.high, three.prompts, three.raters) == (one.low, one.high, 20, 3)


def test_identical_answers_count_as_ties_that_nobody_saw():
    one = standings([vote(0, 1.0), vote(1, 1.0)], "tuned", [unseen(NoRaterVerdict.IDENTICAL), unseen(NoRaterVerdict.BOTH_EMPTY)])
    assert (one.score, one.prompts, one.ties, one.unrated) == (0.75, 4, 0, 2)


def test_all_wins_keep_an_honest_upper_end():
    one = standings([vote(n, 1.0) for n in range(20)], "tuned")
    assert one.score == 1.0
    assert 0.8 < one.low < 0.9
    assert one.high == pytest.approx(1.0)


def test_slices_are_counted_apart():
    votes = [vote(n, float(n < 3), part="ab"[n % 2]) for n in range(6)] + [vote(9, 0.5)]
    parts = {part.slice: (part.wins, part.ties, part.losses) for part in by_slice(votes, "tuned")}
    assert parts == {"(none)": (0, 1, 0), "a": (2, 0, 1), "b": (1, 0, 2)}


def test_no_votes_no_results():
    with pytest.raises(RpoError, match="results need at least one vote"):
        standings([], "tuned")


def test_answers_that_lost_unread_count_as_what_they_are():
    pairs = [
        unseen(NoRaterVerdict.FIRST_EMPTY),
        unseen(NoRaterVerdict.SECOND_EMPTY, "a"),
        unseen(NoRaterVerdict.FIRST_EMPTY, "a"),
    ]
    one = standings([vote(0, 1.0)], "tuned", pairs)
    assert (one.score, one.prompts, one.unrated, one.wins) == (0.75, 4, 3, 1)
    assert standings([], "tuned", pairs[1:2]).score == 0.0
    none, a = by_slice([vote(0, 1.0)], "tuned", pairs)
    assert (none.score, none.prompts, a.score, a.prompts, a.votes) == (1.0, 2, 0.5, 2, 0)


def test_hidden_repeats_never_count():
    votes = [vote(n, 1.0) for n in range(5)]
    again = [replace(vote(n, 0.0, part="other"), repeat=1) for n in range(5)]
    assert standings(votes + again, "tuned") == standings(votes, "tuned")
    assert by_slice(votes + again, "tuned") == by_slice(votes, "tuned")
    with pytest.raises(RpoError, match="at least one vote"):
        standings(again, "tuned")


def test_slices_are_corrected_for_how_many_were_looked_at():
    votes = [vote(100 * part + n, float(n < wins), part=str(part)) for part, wins in enumerate((10, 9, 5)) for n in range(10)]
    best, second, last = by_slice(votes, "tuned")
    assert best.holm == pytest.approx(3 * best.p)
    assert second.holm == pytest.approx(2 * second.p)
    assert last.holm == last.p == 1.0


@pytest.mark.parametrize(
    "ps", [[], [0.5], [0.02, 0.02, 0.9], [0.9, 0.04, 0.01, 0.01], [1.0, 0.0, 1.0], [0.1 + 0.2, 0.3, 0.01], [nan, 0.01]]
)
def test_the_correction_is_that_of_statsmodels_to_the_last_digit(ps, monkeypatch):
    monkeypatch.setattr("gc.collect", lambda: 0)  # statsmodels calls it each time, and tests have much to collect
    assert holm(ps) == pytest.approx(list(multipletests(ps, method="holm")[1]), rel=0, abs=0, nan_ok=True)


outcomes = st.sampled_from([1.0, 0.5, 0.0])
panels = st.dictionaries(st.tuples(st.integers(0, 7), st.sampled_from("ABCD")), outcomes, min_size=1)


few = settings(max_examples=25)  # anew with each run of the tests


def ends(one):
    return [end for of in (one.same_raters, one.other_raters, one.peeking) for end in (of.low, of.high)]


@few
@given(panels)
def test_swapping_the_authors_mirrors_every_interval(panel):
    votes = [vote(n, outcome, rater) for (n, rater), outcome in panel.items()]
    tuned, base = standings(votes, "tuned"), standings(votes, "base")
    assert tuned.score == pytest.approx(1 - base.score)
    mirrored = np.array(ends(base)).reshape(3, 2)[:, ::-1].ravel()
    assert ends(tuned) == pytest.approx(list(1 - mirrored), abs=1e-6, nan_ok=True)
    assert tuned.p == pytest.approx(base.p)


@few
@given(panels, st.randoms())
def test_the_order_of_votes_is_irrelevant(panel, draw):
    votes = [vote(n, outcome, rater) for (n, rater), outcome in panel.items()]
    shuffled = draw.sample(votes, len(votes))
    assert ends(standings(shuffled, "tuned")) == pytest.approx(ends(standings(votes, "tuned")), nan_ok=True)


@few
@given(panels, st.integers(1, 3))
def test_raters_who_copy_do_not_narrow_the_interval_over_prompts(panel, copies):
    votes = [vote(n, outcome, rater) for (n, rater), outcome in panel.items()]
    copied = [vote(n, outcome, rater + "x" * c) for (n, rater), outcome in panel.items() for c in range(copies + 1)]
    one, more = standings(votes, "tuned"), standings(copied, "tuned")
    assert (more.low, more.high, more.p) == pytest.approx((one.low, one.high, one.p))
    assert ends(more)[4:] == pytest.approx(ends(one)[4:])


@few
@given(panels)
def test_every_interval_holds_the_score_and_stays_in_bounds(panel):
    one = standings([vote(n, outcome, rater) for (n, rater), outcome in panel.items()], "tuned")
    for found in (one.same_raters, one.other_raters, one.peeking):
        assert not found.known or 0 <= found.low <= one.score + 1e-9 <= found.high + 2e-9 <= 1 + 2e-9
        assert found.question.endswith("?")


def test_a_row_is_flat_and_holds_nothing_that_is_undefined():
    row = standings([vote(n, 1.0) for n in range(5)], "tuned").as_row()
    assert row["same_raters_low"] == pytest.approx(0.48, abs=0.1)
    assert row["other_raters_low"] is None
    assert "needs 3 raters" in row["other_raters_note"]
    assert all(isinstance(cell, str | int | float | None) for cell in row.values())
    json.dumps(row, allow_nan=False)
