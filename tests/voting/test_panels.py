"""Setting a panel up: what is drawn, who gets what, on which sides, how often, and what needs no rater."""

from collections import Counter

import pytest

from rpo.errors import RpoError
from rpo.preferences.holdout import reserved
from rpo.voting import Answer, Ballots, Comparison, NoRaterVerdict, Options, Seat, names_in
from rpo.voting.assignment import PAIRS_BETWEEN
from rpo.voting.panels import draw_pairs
from tests.voting.conftest import comparisons, vote_all


@pytest.fixture
def local():
    return Ballots("sqlite://")


def sliced(**counts):
    return [
        Comparison(f"{name} {n}?", Answer("x", "base"), Answer("y", "tuned"), name)
        for name, count in counts.items()
        for n in range(count)
    ]


def test_who_drops_out_hands_the_rest_to_another_and_keeps_the_votes(ballots):
    panel = ballots.make_panel("shared", sliced(a=30), options=Options(raters=["Ann", "Bob", "Cleo"], overlap=2, repeats=1))
    for _ in range(5):
        ballots.cast(ballots.next_ballot(panel, "Ann"), "left")
    left = ballots.progress(panel, "Ann").total - 5
    assert ballots.hand_over(panel, "Ann", " Dan ") == left
    assert ballots.panel(panel).raters == ("Ann", "Bob", "Cleo", "Dan")
    assert (ballots.progress(panel, "Ann").done, ballots.progress(panel, "Ann").total) == (5, 5)
    done = {name: vote_all(ballots.rater_session(Seat(panel, name))) for name in ("Dan", "Bob", "Cleo", "Ann")}
    assert done["Dan"] == left
    assert done["Ann"] == 0
    votes = [vote for vote in ballots.votes(panel) if not vote.repeat]
    assert set(Counter(vote.comparison for vote in votes).values()) == {2}
    for successor, why in (("Bob", "Bob is not"), ("Eve", "Ann has none")):
        with pytest.raises(RpoError, match=why):
            ballots.hand_over(panel, "Ann", successor)
    open_one = ballots.make_panel("open", sliced(a=3))
    with pytest.raises(RpoError, match="rater"):
        ballots.hand_over(open_one, "Ann", "Dan")


def test_each_slice_gets_its_share_and_the_seed_decides_which():
    there = sliced(a=50, b=30, c=17, d=3)
    drawn = draw_pairs(there, 10, seed=0)
    assert Counter(one.slice for one in drawn) == {"a": 5, "b": 3, "c": 2}
    assert draw_pairs(there, 10, seed=0) == drawn != draw_pairs(there, 10, seed=1)
    assert [one.id for one in drawn] == [one.id for one in there if one in drawn]
    assert draw_pairs(there, 500, seed=0) == there
    assert draw_pairs([], 5, seed=0) == []


def test_a_panel_remembers_how_it_was_made(local):
    options = Options(
        prompts=20, seed=7, raters=["Ann", " Bob "], overlap=1, sealed=False, repeats=1, tags=["rude", "wrong"], margin=0.03
    )
    about = local.panel(local.make_panel("a panel", sliced(a=40, b=40), "Which?", options))
    assert (about.comparisons, about.pool, about.seed, about.raters, about.overlap) == (20, 80, 7, ("Ann", "Bob"), 1)
    assert (about.sealed, about.repeats, about.tags, about.margin) == (False, 1, ("rude", "wrong"), 0.03)
    usual = local.panel(local.make_panel("usual", sliced(a=300)))
    assert (usual.comparisons, usual.pool, usual.repeats, usual.sealed, usual.margin) == (200, 300, 5, True, None)


@pytest.mark.weights
@pytest.mark.parametrize("overlap", [1, 2, 3, 5])
def test_overlap_shares_the_pairs_and_every_slice_evenly(local, overlap):
    names = [f"rater {n}" for n in range(5)]
    there = sorted(sliced(a=12, b=7), key=lambda one: one.id)  # not slice by slice
    panel = local.make_panel("shared", there, options=Options(raters=names, overlap=overlap, repeats=0))
    done = {name: vote_all(local.rater_session(Seat(panel, name))) for name in names}
    assert sum(done.values()) == 19 * overlap
    assert max(done.values()) - min(done.values()) <= 1
    votes = local.votes(panel)
    assert set(Counter(vote.comparison for vote in votes).values()) == {overlap}
    for part, count in (("a", 12), ("b", 7)):
        shares = Counter(vote.rater for vote in votes if vote.slice == part)
        assert max(shares.values()) - min(shares.values()) <= 2
        assert sum(shares.values()) == count * overlap
    for name in names:
        left = Counter(vote.left for vote in votes if vote.rater == name)
        assert abs(left["base"] - left["tuned"]) <= 1


def test_only_named_raters_vote(local):
    panel = local.make_panel("named", comparisons(4), options=Options(raters=["Ann"]))
    assert local.next_ballot(panel, "Ann") is not None
    with pytest.raises(RpoError, match="raters.*Bob"):
        local.next_ballot(panel, "Bob")
    assert {name: progress.total for name, progress in local.raters(panel).items()} == {"Ann": 4}


def test_some_pairs_come_again_later_on_the_other_sides(local):
    panel = local.make_panel("twice", comparisons(60))
    seen, rater_session = [], local.rater_session(Seat(panel, "Ann"))
    while (ballot := rater_session.next()) is not None:
        seen.append((ballot.prompt, ballot.left, ballot.right))
        rater_session.cast(ballot, "left")
    assert rater_session.progress().total == len(seen) == 65
    for place, (prompt, left, right) in enumerate(seen):
        again = [(n, other) for n, other in enumerate(seen[place + 1 :], place + 1) if other[0] == prompt]
        for later, other in again:
            assert later - place > PAIRS_BETWEEN
            assert other == (prompt, right, left)
    votes = local.votes(panel)
    assert (sum(vote.repeat for vote in votes), len({vote.comparison for vote in votes})) == (5, 60)
    repeated = [vote for vote in votes if vote.repeat]
    first = {vote.comparison: vote for vote in votes if not vote.repeat}
    assert all(first[vote.comparison].left == vote.right for vote in repeated)
    assert abs(Counter(vote.left for vote in votes)["base"] - 32.5) == 0.5


@pytest.mark.parametrize(("pairs", "repeats"), [(10, 0), (11, 1), (22, 2), (54, 4), (55, 5), (200, 5)])
def test_a_small_panel_repeats_less(local, pairs, repeats):
    panel = local.make_panel("small", comparisons(pairs))
    assert local.progress(panel, "Ann").total == pairs + repeats


def test_what_needs_no_rater_is_scored_and_listed(local):
    texts = {"same": ("x", "x "), "nothing": ("", " "), "silent": ("x", "\n"), "mute": ("", "y"), "open": ("x", "y")}
    pairs = [Comparison(f"{name}?", Answer(one, "base"), Answer(two, "tuned")) for name, (one, two) in texts.items()]
    panel = local.make_panel("few words", pairs)
    about = local.panel(panel)
    assert (about.comparisons, about.same, about.empty) == (5, 2, 2)
    assert vote_all(local.rater_session(Seat(panel, "Ann"))) == 1
    assert [(one.prompt, one.verdict, one.outcome("tuned"), one.outcome("base")) for one in local.unrated(panel)] == [
        ("same?", NoRaterVerdict.IDENTICAL, 0.5, 0.5),
        ("nothing?", NoRaterVerdict.BOTH_EMPTY, 0.5, 0.5),
        ("silent?", NoRaterVerdict.SECOND_EMPTY, 0.0, 1.0),
        ("mute?", NoRaterVerdict.FIRST_EMPTY, 1.0, 0.0),
    ]
    with pytest.raises(RpoError, match="'base'.*'tuned'.*'other'"):
        local.unrated(panel)[0].outcome("other")


def test_its_prompts_are_fenced_from_training(local):
    local.make_panel("held out", comparisons(3))
    assert reserved(["Question 1?", "Question  2?\n", "Question 9?"]) == ("Question 1?", "Question  2?\n")


def test_what_a_database_cannot_hold_is_replaced(ballots):
    broken = Comparison("a\x00b\ud800?", Answer("x\x00", "base"), Answer("y\udfff", "tuned"))
    panel = ballots.make_panel("broken", [broken])
    ballot = ballots.next_ballot(panel, "Ann")
    assert (ballot.prompt, {ballot.left, ballot.right}) == ("a\ufffdb??", {"x\ufffd", "y?"})
    ballots.cast(ballot, "left", reason="\x00 odd")
    assert ballots.votes(panel)[0].reason == "\ufffd odd"


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"prompts": 0}, r"prompts.*repeats.*\b0 and 5"),
        ({"repeats": -1}, r"prompts.*repeats.*\b200 and -1"),
        ({"overlap": 2}, r"overlap.*\b2 of 0"),
        ({"overlap": 3, "raters": ["Ann", "Bob", "Ann "]}, r"overlap.*\b3 of 2"),
        ({"raters": [""]}, r"\b1\b.*\b40\b"),
    ],
)
def test_nonsense_is_refused(options, rule):
    with pytest.raises(RpoError, match=rule):
        Options(**options)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ann, Ben, Cleo", ("Ann", "Ben", "Cleo")),
        (" Ann ,Ben,, Ann ", ("Ann", "Ben")),
        ("Ann  Lee,\tBen", ("Ann Lee", "Ben")),
        ("Ann", ("Ann",)),
        (" , ", ()),
        ("", ()),
    ],
)
def test_names_are_read_from_a_line(text, names):
    assert names_in(text) == names
