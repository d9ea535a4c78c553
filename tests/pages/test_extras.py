"""What a panel tells and asks its raters besides: guideline, practice, more questions, marks, and thanks at the end."""

import json

import pytest
from sqlalchemy import func, select

from rpo.voting import Answer, Ballots, Choice, Comparison, Options, Seat, Strength, practice_from_rows
from rpo.voting.database.schema import EVENTS
from tests.pages.conftest import button, drawn, named, paper, press, said, words
from tests.voting.conftest import comparisons, vote_all

PRACTICE = practice_from_rows(
    [{"prompt": f"Practice {n}?", "A": f"left {n}", "B": f"right {n}", "better": "B", "reason": f"because {n}"} for n in range(2)]
)


def made(count=3, **options):
    return Ballots().make_panel("extras", comparisons(count), options=Options(repeats=0, **options))


def events(panel):
    with Ballots().database.reading() as connection:
        return connection.execute(select(func.count()).where(EVENTS.c.panel == panel)).scalar_one()


def act(at, word, **more):
    return press(at, {**said(paper(at), "Left is better"), "act": word, **more})


def test_without_extras_the_page_is_sent_none_of_them(visit, rpo_home):
    sent = paper(visit("vote", panel=made(), rater="Ann"))
    extras = ("guideline", "guide_first", "second", "strength", "differences", "marked", "practice")
    assert not any(sent[name] for name in extras)


def test_practice_comes_first_shows_the_organisers_word_after_the_raters_and_counts_nowhere(visit, rpo_home):
    panel = made(practice=PRACTICE)
    at = visit("vote", panel=panel, rater="Ann")
    for n in range(2):
        sent = paper(drawn(at))
        assert (sent["prompt"], sent["practice"]) == (f"Practice {n}?", {})
        assert f"because {n}" not in json.dumps(sent)
        shown = paper(act(at, "practise"))["practice"]
        assert ("left" in shown["own"], "right" in shown["organiser"], shown["because"]) == (True, True, f"because {n}")
        assert paper(act(at, "practise", choice="right"))["practice"] == shown  # the first word stays
        act(at, "onward")
    assert paper(drawn(at))["practice"] is None
    assert events(panel) == 0
    with Ballots().database.reading() as connection:
        assert connection.exec_driver_sql("select count(*) from shown where shown_at is not null").scalar() == 1
    act(at, "vote")
    assert events(panel) == 1
    button(at, "Practice pairs again").click().run()
    assert paper(drawn(at))["prompt"] == "Practice 0?"
    assert paper(act(at, "begin"))["practice"] is None
    assert paper(visit("vote", panel=panel, rater="Ann"))["practice"] is None  # who has voted need not practise again
    assert paper(visit("vote", panel=panel, rater="Ben"))["practice"] == {}


@pytest.mark.parametrize("word", ["vote", "note", "skip"])
def test_a_practice_pair_takes_no_vote(visit, rpo_home, word):
    panel = made(practice=PRACTICE)
    at = act(visit("vote", panel=panel, rater="Ann"), word)
    assert events(panel) == 0
    assert at.error or paper(at)["early"]


def test_all_that_is_asked_is_stored_and_comes_back_when_a_vote_is_opened(visit, rpo_home):
    panel = made(strength=True, second_rubric="Which is shorter?", differences=True)
    at = visit("vote", panel=panel, rater="Ann")
    assert paper(at)["second"] == "Which is shorter?"
    act(at, "vote", strength="slightly", second="right", marked=True)
    act(at, "vote")
    first, second = Ballots().votes(panel)
    assert (first.strength, first.second, first.marked) == (Strength.SLIGHTLY, Choice.RIGHT, True)
    assert (second.strength, second.second, second.marked) == (None, None, False)
    at.session_state["changing"] = Ballots().rater_session(Seat(panel, "Ann")).earlier()[1].ballot.showing
    given = paper(drawn(at.run()))["given"]
    assert (given["strength"], given["second"]) == ("slightly", "right")


def test_a_reason_that_comes_after_the_vote_leaves_the_rest_of_it(visit, rpo_home):
    panel = made(strength=True, second_rubric="Which is shorter?", differences=True)
    at = act(visit("vote", panel=panel, rater="Ann"), "vote", strength="clearly", second="tie", marked=True)
    press(at, {"act": "note", **paper(at)["last"], "reason": "It guesses."})
    (vote,) = Ballots().votes(panel)
    assert (vote.reason, vote.strength, vote.second, vote.marked) == ("It guesses.", Strength.CLEARLY, Choice.TIE, True)


@pytest.mark.parametrize(
    "wrong",
    [{"strength": "vastly"}, {"strength": 1}, {"second": "up"}, {"marked": "yes"}, {"strength": "clearly", "choice": "tie"}],
)
def test_a_word_that_no_button_says_is_refused(visit, rpo_home, wrong):
    panel = made(strength=True, second_rubric="Which is shorter?", differences=True)
    assert len(drawn(act(visit("vote", panel=panel, rater="Ann"), "vote", **wrong)).error) == 1
    assert events(panel) == 0


def test_the_words_that_differ_are_marked_alike_on_both_sides(visit, rpo_home):
    pairs = [Comparison("Why?", Answer("It **is** so.", "base"), Answer("It **was** so.", "tuned"))]
    sent = paper(visit("vote", panel=Ballots().make_panel("m", pairs, options=Options(differences=True)), rater="Ann"))
    shown = [f'<p dir="auto">It <strong><mark>{word}</mark></strong> so.</p>\n' for word in ("is", "was")]
    assert sorted(sent["marked"]) == shown
    assert "mark>" not in "".join(sent["answers"])


def test_a_guideline_is_shown_first_and_then_on_demand(visit, rpo_home):
    at = visit("vote", panel=made(guideline="# Be **kind** <b>"), rater="Ann")
    sent = paper(at)
    assert (sent["guide_first"], "<strong>kind</strong> &lt;b&gt;" in sent["guideline"]) == (True, True)
    assert not paper(act(at, "vote"))["guide_first"]


def test_the_end_says_how_far_one_agrees_only_once_all_have_finished(visit, rpo_home):
    panel = made(2, raters=("Ann", "Ben"))
    ballots = Ballots()
    vote_all(ballots.rater_session(Seat(panel, "Ann")), "tie")
    assert "%" not in words(visit("vote", panel=panel, rater="Ann").markdown)
    ben = ballots.rater_session(Seat(panel, "Ben"))
    ben.cast(ben.next(), Choice.TIE)
    assert "%" not in words(visit("vote", panel=panel, rater="Ann").markdown)
    ben.cast(ben.next(), Choice.LEFT)
    at = visit("vote", panel=panel, rater="Ann")
    assert named(at.markdown, 2, 1, "50%")
    at = button(at, "Take the last vote back").click().run()
    assert "%" not in words(visit("vote", panel=panel, rater="Ben").markdown)


def test_a_panel_is_made_with_all_that_raters_are_told(visit, rpo_home):
    at = visit("panels")
    at.segmented_control[0].set_value("a file").run()
    rows = [{"prompt": f"{n}?", "baseline": f"old {n}", "candidate": f"new {n}"} for n in range(6)]
    content = "\n".join(map(json.dumps, rows)).encode()
    at.file_uploader[0].set_value(("answers.jsonl", content, "application/jsonl")).run()
    next(field for field in at.number_input if field.label == "Pairs").set_value(4).run()
    next(one for one in at.toggle if "Guideline" in one.label).set_value(True).run()
    at.text_area[0].set_value("# Be kind").run()
    for label in ("how much better", "words that differ"):
        next(one for one in at.toggle if label in one.label).set_value(True).run()
    next(one for one in at.selectbox if "second" in one.label).set_value("Which answer is more harmless?").run()
    prompt = at.text_area[1].value
    better = next(one for one in at.segmented_control if one.label == "What is better?")
    better.set_value("B").run()
    next(one for one in at.text_input if one.label.startswith("Why")).set_value("It is kind.").run()
    button(at, "Make a panel of 4 pairs").click().run()
    drawn(at)
    (panel,) = Ballots().panels()
    assert (panel.guideline, panel.second_rubric, panel.strength, panel.differences) == (
        "# Be kind", "Which answer is more harmless?", True, True
    )  # fmt: skip
    (practice,) = Ballots().practice(panel.id)  # of the other pair nothing was said
    assert (practice.prompt, practice.organiser.choice, practice.organiser.reason) == (prompt, Choice.RIGHT, "It is kind.")
    assert prompt not in {one.prompt for one in Ballots().comparisons(panel.id).values()}
