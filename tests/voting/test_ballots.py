"""Ballots on both databases: nothing is lost, nothing counted twice, nothing given away."""

import dataclasses
import time
from collections import Counter

import pytest
from sqlalchemy import func, insert, select, text

from rpo.errors import RpoError
from rpo.voting import Ballot, Ballots, Choice, Options, RaterSession, Seat, Strength, VoteContent, rater_name
from rpo.voting.database.migrations import CURRENT
from rpo.voting.database.schema import EVENTS, SCHEMA_VERSION, SHOWN
from tests.voting.conftest import comparisons, vote_all


def test_a_rater_walks_through_the_panel(ballots, panel):
    first = ballots.next_ballot(panel, "Ann")
    assert (first.number, first.total, first.revision) == (1, 30, 0)
    assert vote_all(ballots.rater_session(Seat(panel, "Ann"))) == 30
    assert ballots.progress(panel, "Ann") == ballots.progress(panel, " Ann ")
    assert (ballots.progress(panel, "Ann").done, ballots.progress(panel, "Bob").done) == (30, 0)
    votes = ballots.votes(panel)
    assert len({vote.comparison for vote in votes}) == 30
    assert {vote.slice for vote in votes} == {"a", "b"}


def test_sides_are_balanced_drawn_once_and_differ_between_raters(ballots, panel):
    for rater in ("Ann", "Bob"):
        vote_all(ballots.rater_session(Seat(panel, rater)))
    left = {rater: {v.comparison: v.left for v in ballots.votes(panel) if v.rater == rater} for rater in ("Ann", "Bob")}
    assert Counter(left["Ann"].values()) == Counter(left["Bob"].values()) == {"tuned": 15, "base": 15}
    assert left["Ann"] != left["Bob"]
    assert {vote.outcome("tuned") for vote in ballots.votes(panel)} == {0.0, 1.0}


def test_order_and_sides_are_stored_before_anything_is_shown(ballots, panel, url):
    seen = ballots.next_ballot(panel, "Ann")
    with ballots.database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(SHOWN)).scalar() == 30
    assert Ballots(url).next_ballot(panel, "Ann") == seen


def test_a_ballot_says_nothing_of_the_authors(ballots, panel):
    assert {field.name for field in dataclasses.fields(Ballot)} & {"author", "candidate", "baseline", "candidate_left"} == set()
    shown = repr(dataclasses.asdict(ballots.next_ballot(panel, "Ann")))
    assert "tuned" not in shown
    assert "base" not in shown


def test_a_double_click_counts_once_and_a_second_tab_is_told(ballots, panel):
    tab_one, tab_two = ballots.next_ballot(panel, "Ann"), ballots.next_ballot(panel, "Ann")
    ballots.cast(tab_one, Choice.LEFT)
    ballots.cast(tab_one, Choice.LEFT)
    with pytest.raises(RpoError, match="another tab"):
        ballots.cast(tab_two, Choice.RIGHT)
    (vote,) = ballots.votes(panel)
    assert (vote.choice, vote.revision) == (Choice.LEFT, 0)


def test_undo_reopens_the_last_pair_and_history_stays(ballots, panel):
    first = ballots.next_ballot(panel, "Ann")
    ballots.cast(first, Choice.LEFT)
    second = ballots.next_ballot(panel, "Ann")
    ballots.cast(second, Choice.TIE, both_bad=True)
    again = ballots.undo(panel, "Ann")
    assert (again.showing, again.revision, again.number) == (second.showing, 2, 2)
    assert ballots.next_ballot(panel, "Ann") == again
    ballots.cast(again, Choice.RIGHT)
    assert [vote.choice for vote in ballots.votes(panel)] == [Choice.LEFT, Choice.RIGHT]
    with ballots.database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(EVENTS)).scalar() == 4
    assert ballots.undo(panel, "Bob") is None


def test_a_vote_from_before_an_undo_is_not_smuggled_in(ballots, panel):
    ballot = ballots.next_ballot(panel, "Ann")
    ballots.cast(ballot, Choice.LEFT)
    ballots.undo(panel, "Ann")
    ballots.cast(ballot, Choice.LEFT)  # the first click, delivered again
    assert ballots.votes(panel) == ()


def test_a_skipped_pair_comes_last(ballots, panel):
    first = ballots.next_ballot(panel, "Ann")
    ballots.skip(first)
    seen = []
    while (ballot := ballots.next_ballot(panel, "Ann")) is not None:
        seen.append(ballot.showing)
        ballots.cast(ballot, Choice.TIE)
    assert seen[-1] == first.showing
    assert len(seen) == 30


def test_a_skip_is_an_event_that_other_devices_see(ballots, panel, url):
    first = ballots.next_ballot(panel, "Ann")
    ballots.skip(first)
    ballots.skip(first)
    phone = Ballots(url)
    assert phone.progress(panel, "Ann").skipped == 1
    assert phone.next_ballot(panel, "Ann").showing != first.showing
    with pytest.raises(RpoError, match="another tab"):
        phone.cast(first, Choice.LEFT)
    assert vote_all(phone.rater_session(Seat(panel, "Ann"))) == 30
    assert ballots.votes(panel)[-1].prompt == first.prompt


def test_an_earlier_vote_can_be_changed_and_the_old_one_is_kept(ballots, panel):
    rater_session = ballots.rater_session(Seat(panel, "Ann"))
    for choice in (Choice.LEFT, Choice.RIGHT, Choice.TIE):
        rater_session.cast(rater_session.next(), choice, reason=f"it is {choice}")
    latest, _, oldest = rater_session.earlier()
    assert (oldest.word.choice, oldest.word.reason, oldest.ballot.number, oldest.ballot.revision) == ("left", "it is left", 1, 1)
    waiting = rater_session.next()
    rater_session.cast(oldest.ballot, Choice.RIGHT)
    rater_session.cast(oldest.ballot, Choice.RIGHT)
    assert rater_session.next() == waiting
    assert rater_session.progress().done == 3
    assert [(vote.choice, vote.revision) for vote in ballots.votes(panel)] == [("right", 0), ("tie", 0), ("right", 1)]
    with ballots.database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(EVENTS)).scalar() == 4
    with pytest.raises(RpoError, match="another tab"):
        rater_session.cast(oldest.ballot, Choice.LEFT)
    assert rater_session.undo().showing == oldest.ballot.showing
    assert latest.ballot.showing == rater_session.earlier()[0].ballot.showing


def test_an_undo_fired_twice_takes_one_vote_back(ballots, panel):
    rater_session = ballots.rater_session(Seat(panel, "Ann"))
    for _ in range(3):
        rater_session.cast(rater_session.next(), Choice.LEFT)
    last_event = rater_session.progress().last_event
    assert rater_session.undo(last_event) is not None
    assert rater_session.undo(last_event) is None
    assert rater_session.progress().done == 2


def test_seconds_run_from_the_first_display_to_the_vote(ballots, panel, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    rater_session = ballots.rater_session(Seat(panel, "Ann"))
    assert rater_session.progress().seconds_left is None
    for seconds in (4.0, 100.0, 6.0):
        ballot = rater_session.next()
        now[0] += seconds / 2
        assert rater_session.next() == ballot
        now[0] += seconds / 2
        rater_session.cast(ballot, Choice.LEFT)
    now[0] += 1000
    rater_session.cast(rater_session.earlier()[-1].ballot, Choice.RIGHT)
    assert [vote.seconds for vote in ballots.votes(panel)] == [100.0, 6.0, 4.0]
    assert rater_session.progress().seconds_left == 27 * 6.0
    while ballot := rater_session.next():
        rater_session.cast(ballot, Choice.TIE)
    assert (rater_session.progress().done, rater_session.progress().seconds_left) == (30, None)


def test_a_vote_says_why(ballots):
    panel = ballots.make_panel("tagged", comparisons(2), options=Options(tags=("rude", "wrong")))
    rater_session = ballots.rater_session(Seat(panel, "Ann"))
    rater_session.cast(rater_session.next(), Choice.LEFT, reason=" Shorter. ", tags=["wrong", "rude"])
    with pytest.raises(RpoError, match="rude, wrong.*nice"):
        rater_session.cast(rater_session.next(), Choice.LEFT, tags=["nice"])
    with pytest.raises(RpoError, match=r"\b1000\b.*\b1001\b"):
        rater_session.cast(rater_session.next(), Choice.LEFT, reason="x" * 1001)
    (vote,) = ballots.votes(panel)
    assert (vote.reason, vote.tags) == ("Shorter.", ("wrong", "rude"))


def test_votes_of_several_panels_come_together(ballots, panel):
    other = ballots.make_panel("another", comparisons(12), options=Options(repeats=1))
    for name in (panel, other):
        vote_all(ballots.rater_session(Seat(name, "Ann")))
    both = ballots.votes(panel, other)
    assert both == ballots.votes(panel) + ballots.votes(other)
    assert (len(both), sum(vote.repeat for vote in both)) == (43, 1)


def test_nothing_a_booth_returns_names_an_author(ballots, panel):
    rater_session = ballots.rater_session(Seat(panel, "Ann"))
    rater_session.cast(rater_session.next(), Choice.LEFT)
    sent = repr([rater_session.next(), rater_session.earlier(), rater_session.progress(), rater_session.undo()])
    assert "tuned" not in sent
    assert "base" not in sent
    assert not {"votes", "panels", "comparisons"} & set(dir(RaterSession))


def test_identical_answers_are_never_shown(ballots):
    panel = ballots.make_panel("some equal", comparisons(6, same=4))
    (about,) = ballots.panels()
    assert (about.comparisons, about.same) == (10, 4)
    assert vote_all(ballots.rater_session(Seat(panel, "Ann"))) == 6
    only_equal = ballots.make_panel("all equal", comparisons(0, same=3))
    assert ballots.next_ballot(only_equal, "Ann") is None


def test_nonsense_is_refused(ballots, panel):
    ballots.cast(ballots.next_ballot(panel, "Ann"), Choice.LEFT, both_bad=True)  # the better of two bad ones is none
    assert ballots.votes(panel)[-1].both_bad
    with pytest.raises(RpoError, match="name.*comparisons"):
        ballots.make_panel("empty", [])
    with pytest.raises(RpoError, match=r"baseline.*\b2\b"):
        ballots.make_panel("mixed", [comparisons(2)[0], comparisons(2)[1].swap()])
    with pytest.raises(RpoError, match="panel.*nowhere"):
        ballots.votes("nowhere")
    assert len(ballots.panels()) == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "a\x00b"])
def test_a_rater_has_a_name(name):
    with pytest.raises(RpoError, match=r"\b1\b.*\b40\b"):
        rater_name(name)
    assert rater_name("  Ann   Lee ") == "Ann Lee"


def test_a_newer_database_is_refused_and_an_equal_one_kept(ballots, panel, url):
    assert [one.id for one in Ballots(url).panels()] == [panel]
    with ballots.database.engine.begin() as connection:
        assert connection.execute(select(func.max(SCHEMA_VERSION.c.version))).scalar() == CURRENT
        connection.execute(insert(SCHEMA_VERSION).values(version=CURRENT + 1))
    with pytest.raises(RpoError, match=f"version {CURRENT}.*got {CURRENT + 1}"):
        Ballots(url)


def test_sqlite_is_opened_for_safety(tmp_path):
    with Ballots(f"sqlite:///{tmp_path / 'v.db'}").database.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2


def test_what_was_written_is_that_of_the_votes_that_count(ballots):
    """Of first showings, as it stands after changes and undos; votes without a word are left out."""
    panel = ballots.make_panel("written", comparisons(4), options=Options(repeats=0, tags=("Kind", "Short")))
    assert ballots.written(panel) == {}
    seat = ballots.rater_session(Seat(panel, "Ann"))
    tags = [("Kind",), (), (), ("Short",)]
    for place, reason in enumerate(("first", "", "taken back", "")):
        seat.cast(seat.next(), Choice.LEFT, reason=reason, tags=tags[place])
        if reason == "taken back":
            seat.cast(seat.undo(), Choice.TIE)
    whole = [vote for vote in ballots.votes(panel) if vote.repeat == 0 and (vote.reason or vote.tags)]
    assert len(whole) == 2
    assert ballots.written(panel) == {(vote.rater, vote.comparison): (vote.reason, vote.tags) for vote in whole}


BEYOND = {
    "a strength": VoteContent(Choice.LEFT, strength=Strength.CLEARLY),
    "a second choice": VoteContent(Choice.LEFT, second=Choice.TIE),
    "marks": VoteContent(Choice.LEFT, marked=True),
    "a tag": VoteContent(Choice.LEFT, tags=("wrong",)),
}


@pytest.mark.parametrize("word", BEYOND.values(), ids=BEYOND)
def test_what_a_panel_does_not_ask_is_refused_and_nothing_is_stored(ballots, panel, word):
    rater_session = ballots.rater_session(Seat(panel, "Ann"))
    with pytest.raises(RpoError):
        rater_session.say(rater_session.next(), word)
    assert ballots.votes(panel) == ()


def test_a_strength_of_a_tie_is_refused():
    with pytest.raises(RpoError, match="clearly"):
        VoteContent(Choice.TIE, strength=Strength.CLEARLY)


def test_all_that_a_vote_says_comes_back_and_a_change_of_any_of_it_is_another_vote(ballots):
    options = Options(repeats=0, strength=True, second_rubric="?", differences=True)
    rater_session = ballots.rater_session(Seat(ballots.make_panel("all", comparisons(2), options=options), "Ann"))
    word = VoteContent(Choice.LEFT, False, "why", (), True, Strength.SLIGHTLY, Choice.RIGHT)
    ballot = rater_session.next()
    rater_session.say(ballot, word)
    rater_session.say(ballot, word)  # the same click again
    assert [one.word for one in rater_session.earlier()] == [word]
    for name, value in {"marked": False, "strength": None, "second": Choice.TIE}.items():
        with pytest.raises(RpoError, match="another tab"):
            rater_session.say(ballot, dataclasses.replace(word, **{name: value}))
