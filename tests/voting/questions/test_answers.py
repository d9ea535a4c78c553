"""Questions are answered as pairs are, in tables of their own: no vote, score, agreement, export or fence knows of them."""

import csv
import io
import json
from dataclasses import replace

import pytest

from rpo.errors import RpoError
from rpo.preferences import Kind
from rpo.preferences.blind import blind
from rpo.reading import read_pairs
from rpo.statistics import agreement, ending, standings
from rpo.voting import (
    AskedOf,
    Ballots,
    Choice,
    CrossQuestion,
    Nearness,
    Options,
    Seat,
    Strength,
    VoteContent,
    export,
    votes_csv,
)
from tests.voting.conftest import comparisons

OF = AskedOf("mine.jsonl", "an/encoder")
HOSTILE = "<script>alert(1)</script>\0 \ud800"


def questions(count, of=OF):
    parts = list(Nearness)
    return [
        CrossQuestion(f"mine {n}?", f"chosen {n}", f"theirs {n}?", f"rejected {n}", 0.9 - n / 50, parts[n % 4], of)
        for n in range(count)
    ]


@pytest.fixture
def ballots(url):
    return Ballots(url)


@pytest.fixture
def panel(ballots):
    return ballots.make_panel("both", comparisons(4), options=Options(raters=("Ann", "Ben"), repeats=0), questions=questions(8))


def answer_all(ballots, panel, rater, choice=None):
    """Answer each question, by default for the chosen answer."""
    session = ballots.questions.session(Seat(panel, rater))
    while ballot := session.next():
        session.say(ballot, VoteContent(choice or (Choice.LEFT if ballot.left.startswith("chosen") else Choice.RIGHT)))
    return session


def test_each_rater_gets_all_once_with_half_of_the_chosen_answers_left(ballots, panel):
    orders = []
    for rater in ("Ann", "Ben"):
        answer_all(ballots, panel, rater)
        mine = [one for one in ballots.questions.answers(panel) if one.rater == rater]
        assert sorted(one.question.id for one in mine) == sorted(one.id for one in ballots.questions.of(panel))
        assert sum(one.chosen_left for one in mine) == 4
        orders.append([one.question.id for one in mine])
    assert orders[0] != orders[1]
    assert {one.held for one in ballots.questions.answers(panel)} == {1.0}


def test_each_answer_stands_with_its_own_prompt(ballots, panel):
    session = ballots.questions.session(Seat(panel, "Ann"))
    while ballot := session.next():
        for prompt, answer in ((ballot.prompt, ballot.left), (ballot.right_prompt, ballot.right)):
            number = prompt.removesuffix("?").split()[1]
            assert answer == (f"chosen {number}" if prompt.startswith("mine") else f"rejected {number}")
        session.say(ballot, VoteContent(Choice.TIE))
    assert {one.held for one in ballots.questions.answers(panel)} == {0.5}


def test_an_answer_is_taken_back_changed_and_skipped(ballots, panel):
    session = ballots.questions.session(Seat(panel, "Ann"))
    first = session.next()
    session.skip(first)
    second = session.next()
    assert second.showing != first.showing
    session.say(second, VoteContent(Choice.LEFT, True, "why"))
    seen = session.progress()
    assert (seen.done, seen.total, seen.skipped) == (1, 8, 1)
    again = session.undo(seen.last_event)
    assert (again.showing, again.revision) == (second.showing, 2)
    assert session.undo(seen.last_event) is None
    session.say(again, VoteContent(Choice.RIGHT, reason="better"))
    (found,) = ballots.questions.answers(panel)
    assert (found.choice, found.both_bad, found.reason) == (Choice.RIGHT, False, "better")


def test_a_second_click_changes_nothing_and_another_answer_is_refused(ballots, panel):
    session = ballots.questions.session(Seat(panel, "Ann"))
    ballot = session.next()
    session.say(ballot, VoteContent(Choice.LEFT))
    session.say(ballot, VoteContent(Choice.LEFT))
    with pytest.raises(RpoError):
        session.say(ballot, VoteContent(Choice.RIGHT))
    assert [one.choice for one in ballots.questions.answers(panel)] == [Choice.LEFT]


def test_what_is_not_the_raters_own_is_refused(ballots, panel):
    ann, ben = (ballots.questions.session(Seat(panel, rater)) for rater in ("Ann", "Ben"))
    with pytest.raises(RpoError):
        ben.say(ann.next(), VoteContent(Choice.LEFT))
    with pytest.raises(RpoError):
        ballots.questions.session(Seat(panel, "Eve")).next()
    with pytest.raises(RpoError):
        ann.say(replace(ann.next(), rater="Ben"), VoteContent(Choice.LEFT))
    for word in (VoteContent(Choice.LEFT, tags=("x",)), VoteContent(Choice.LEFT, strength=Strength.CLEARLY)):
        with pytest.raises(RpoError):
            ann.say(ann.next(), word)
    pair = ballots.rater_session(Seat(panel, "Ann")).next()
    with pytest.raises(RpoError):
        ann.say(pair, VoteContent(Choice.LEFT))


def figures(ballots, panel):
    """All that is worked out of a panel's votes."""
    votes = ballots.columns(panel)
    return {
        "score": standings(votes, "tuned", ballots.unrated(panel)),
        "agreement": str(agreement(votes, "tuned")),
        "ending": ending(ballots.attendance(panel)),
        "votes": votes_csv(ballots, panel),
        "preferences": [export(ballots, panel, kind, ".jsonl") for kind in Kind],
        "read": [vars(pair) for pair in read_pairs(ballots, panel, votes, ())],
    }


def test_no_figure_of_the_votes_moves_with_them(ballots, panel):
    for rater in ("Ann", "Ben"):
        while ballot := ballots.next_ballot(panel, rater):
            ballots.cast(ballot, Choice.LEFT if ballot.left < ballot.right else Choice.RIGHT)  # whatever side it is on
    before = figures(ballots, panel)
    answer_all(ballots, panel, "Ann")
    answer_all(ballots, panel, "Ben", Choice.TIE)
    assert figures(ballots, panel) == before
    assert len(ballots.questions.answers(panel)) == 16


def test_their_prompts_are_not_fenced():
    ballots = Ballots.here()
    ballots.make_panel("both", comparisons(2), questions=questions(4))
    assert set(blind().prompts) == {"Question 0?", "Question 1?"}


def test_answers_are_found_by_data_and_encoder(ballots, panel):
    other = ballots.make_panel("other", comparisons(2), questions=questions(4, AskedOf("mine.jsonl", "another/encoder")))
    answer_all(ballots, panel, "Ann")
    answer_all(ballots, other, "Cleo")
    assert len(ballots.questions.answers_on(OF)) == 8
    assert len(ballots.questions.asked_on(AskedOf("mine.jsonl", "another/encoder"))) == 4
    assert ballots.questions.answers_on(AskedOf("theirs.jsonl", "an/encoder")) == ()


def test_a_panel_without_questions_asks_none(ballots):
    plain = ballots.make_panel("plain", comparisons(2))
    session = ballots.questions.session(Seat(plain, "Ann"))
    assert (session.next(), session.progress().total, ballots.questions.csv(plain)) == (None, 0, b"question\r\n")


def test_downloads_hold_every_answer_and_survive_hostile_texts(ballots):
    one = CrossQuestion(f"p {HOSTILE}", f"c {HOSTILE}", f"q {HOSTILE}", f"r {HOSTILE}", 0.5, Nearness.NEAR, OF)
    panel = ballots.make_panel("both", comparisons(2), questions=[one])
    answer_all(ballots, panel, "Ann", Choice.TIE)
    (line,) = map(json.loads, ballots.questions.jsonl(panel).splitlines())
    (row,) = csv.DictReader(io.StringIO(ballots.questions.csv(panel).decode(), newline=""))
    assert (line["held"], line["nearness"], line["rater"], row["chosen"]) == (0.5, "near", "Ann", line["chosen"])
    assert "<script>" in line["chosen"]
    assert "\0" not in line["chosen"]
