"""Vote and Results against a real database: keys' buttons store votes, results stay hidden until asked for, trouble is told."""

import json
import sqlite3

import pytest

from rpo import home
from rpo.voting import Ballots, Choice, Options, Seat, power
from tests.pages.conftest import button, drawn, words
from tests.voting.conftest import comparisons


@pytest.fixture
def panel(rpo_home):
    return Ballots().make_panel("Tuned against base", comparisons(4, same=1), "Which is kinder?")


def pair(at):
    """What the two answers' component was sent."""
    (one,) = at.get("bidi_component")
    return one.proto.json


def counted(at):
    return [bar.proto.text.split(",")[0] for bar in drawn(at).get("progress")]


def test_a_rater_votes_and_takes_back(visit, panel):
    at = visit("vote", panel=panel)
    assert "Say who you are" in words(at.info)
    at.text_input(key="name").set_value(" Ann ").run()
    assert "**Which is kinder?**" in words(at.markdown)
    for label, done in (("Left is better", 1), ("Undo", 0), ("Tie", 1), ("Both bad", 2), ("Skip", 2), ("Right is better", 3)):
        button(at, label).click().run()
        assert counted(at) == [f"{done} of 4"]
    button(at, "Left is better").click().run()
    assert "All 4 pairs are done. Thank you, Ann" in words(at.success)
    votes = Ballots().votes(panel)
    assert [(vote.choice, vote.both_bad) for vote in votes] == [("tie", False), ("tie", True), ("right", False), ("left", False)]
    assert {vote.rater for vote in votes} == {"Ann"}


def test_what_is_said_goes_along_with_the_vote_and_a_vote_can_be_changed(visit):
    panel = Ballots().make_panel("tagged", comparisons(3), options=Options(tags=("wrong", "too long"), repeats=0))
    at = visit("vote", panel=panel, rater="Ann")
    for label in ("Bad, even if better", "wrong", "too long", "too long", "Say why"):
        button(at, label).click().run()
    next(field for field in at.text_input if field.label == "Why?").set_value("It guesses.").run()
    button(at, "Left is better").click().run()
    (vote,) = Ballots().votes(panel)
    assert (vote.choice, vote.both_bad, vote.tags, vote.reason) == ("left", True, ("wrong",), "It guesses.")
    next(one for one in at.expander if "so far" in one.label).open = True
    at.session_state["changing"] = Ballots().booth(Seat(panel, "Ann")).earlier()[0].ballot.showing
    at.run()
    button(drawn(at), "Right is better").click().run()
    (changed,) = Ballots().votes(panel)
    assert (changed.choice, changed.revision) == ("right", vote.revision + 1)
    assert counted(at) == ["1 of 3"]


def test_a_rater_comes_back_to_the_same_place(visit, panel):
    ballots = Ballots()
    ballots.cast(ballots.next_ballot(panel, "Ann"), Choice.LEFT)
    at = visit("vote", panel=panel, rater="Ann")
    assert counted(at) == ["1 of 4"]
    assert ballots.next_ballot(panel, "Ann").prompt in words(at.text)


def test_no_author_is_on_the_page(visit, panel):
    at = visit("vote", panel=panel, rater="Ann")
    page = " ".join(words(elements) for elements in (at.text, at.markdown, at.caption, at.info)) + pair(at)
    assert "before" in page
    assert "after" in page
    assert "tuned" not in page
    assert "base" not in page


def test_an_answer_from_another_tab_is_told(visit, panel):
    at = visit("vote", panel=panel, rater="Ann")
    ballots = Ballots()
    ballots.cast(ballots.next_ballot(panel, "Ann"), Choice.LEFT)
    button(at, "Right is better").click().run()
    assert "answered in another tab" in words(drawn(at).error)
    assert [vote.choice for vote in ballots.votes(panel)] == [Choice.LEFT]


def test_a_key_that_meets_the_pair_before_once_more_changes_nothing_and_is_told(visit, panel):
    at = visit("vote", panel=panel, rater="Ann")
    button(at, "Left is better").click()
    button(at, "Right is better").click().run()  # both arrive in one run of the script
    assert not drawn(at).error
    assert counted(at) == ["1 of 4"]
    assert len(Ballots().votes(panel)) == 1
    assert any("press again" in one.value for one in at.caption)
    button(at, "Right is better").click().run()
    assert not any("press again" in one.value for one in drawn(at).caption)
    assert len(Ballots().votes(panel)) == 2


def test_a_locked_database_is_told_and_nothing_is_lost(visit, panel, monkeypatch):
    monkeypatch.setattr("rpo.voting.ballots.BUSY", 50)
    at = visit("vote", panel=panel, rater="Ann")
    other = sqlite3.connect(home.folder("votes") / "votes.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for label in ("Left is better", "Undo", "Skip"):
        button(at, label).click().run()
        assert "nothing was stored, try again" in words(drawn(at).error)
    other.execute("ROLLBACK")
    other.close()
    button(at, "Left is better").click().run()
    assert not drawn(at).error
    assert len(Ballots().votes(panel)) == 1


def test_a_panel_from_a_file(visit):
    at = visit("convene")
    at.segmented_control[0].set_value("a file").run()
    rows = [{"prompt": "Why?", "baseline": "So.", "candidate": "Because."}, {"prompt": "How?", "baseline": "x", "candidate": "y"}]
    content = "\n".join(json.dumps(row) for row in rows)
    at.file_uploader[0].set_value(("answers.jsonl", content.encode(), "application/jsonl")).run()
    button(at, "Make a panel of 2 pairs").click().run()
    assert [one.name for one in Ballots().panels()] == ["Round 1"]
    assert "**candidate** against **baseline**: 2 pairs" in words(drawn(at).markdown)


def test_the_plan_says_by_which_rule_results_will_go(visit):
    at = visit("convene")
    at.segmented_control[0].set_value("a file").run()
    rows = [{"prompt": f"{n}?", "baseline": f"old {n}", "candidate": f"new {n}"} for n in range(200)]
    content = "\n".join(map(json.dumps, rows)).encode()
    at.file_uploader[0].set_value(("answers.jsonl", content, "application/jsonl")).run()
    assert "go by the interval that is valid at every look" in words(drawn(at).info)
    assert "it takes 101 wins of 160 decided prompts" in words(at.info)
    for names, words_there in (("Ann", "93 wins of 160 decided prompts are significant"), ("Ann, Ben", "sign-flip test")):
        next(field for field in at.text_input if field.label == "Raters, by name").set_value(names).run()
        assert "Look once" in words(drawn(at).info)
        assert words_there in words(at.info)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"\xff\xfe not text", "must be JSONL in UTF-8, line 1"),
        (b'{"prompt": "a"', "must be JSONL in UTF-8, line 1"),
        (b'\n{"prompt": "a\\ud800", "baseline": "b", "candidate": "c"}', "must be JSONL in UTF-8, line 2"),
        (b"[" * 100_000, "must be JSONL in UTF-8, line 1"),
        (b'{"prompt": "a", "baseline": "b"}', "row 1: candidate must be text"),
        (b'["a"]', "row 1 must be an object"),
        (b"", "answers.jsonl must hold rows"),
    ],
)
def test_a_broken_file_of_answers_is_refused_in_words(visit, content, rule):
    at = visit("convene")
    at.segmented_control[0].set_value("a file").run()
    at.file_uploader[0].set_value(("answers.jsonl", content, "application/jsonl")).run()
    assert rule in words(drawn(at).error)
    assert Ballots().panels() == ()


def test_a_panel_of_equal_answers_has_nothing_to_judge(visit, rpo_home):
    panel = Ballots().make_panel("equal", comparisons(0, same=2))
    assert "the same answer to every prompt" in words(visit("vote", panel=panel, rater="Ann").warning)


def test_results_are_hidden_until_asked_for(visit, panel):
    assert "Nobody has voted" in words(visit("results").info)
    ballots = Ballots()
    for choice in (Choice.LEFT, Choice.TIE):
        ballots.cast(ballots.next_ballot(panel, "Ann"), choice)
    at = visit("results", panel=panel)
    assert len(at.metric) == 0
    assert "Sealed: not all have finished (Ann)" in words(at.info)
    at.toggle[0].set_value(True).run()
    values = {metric.label: metric.value for metric in drawn(at).metric}
    (vote,) = (one for one in ballots.votes(panel) if one.choice is Choice.LEFT)
    score = (vote.outcome("tuned") + 0.5 + 0.5) / 3
    assert values["Score of the candidate"] == f"{score:.1%}"
    assert "3 prompts, 2 votes by 1 rater" in words(at.markdown)
    assert "1 pair scored without a rater: identical answers as ties" in words(at.caption)
    assert "needs 3 raters at least" in words(at.caption)


@pytest.mark.parametrize(
    ("wins", "raters", "label", "value", "words_there"),
    [
        (60, ("Ann",), "p, at the end", "p = 0.057", ["do not tell the two apart", "named have finished"]),
        (61, ("Ann",), "p, at the end", "p = 0.035", [":green[The candidate is ahead]", "named have finished"]),
        (39, ("Ann",), "p, at the end", "p = 0.035", [":red[The baseline is ahead]", "named have finished"]),
        (61, (), "p, at every look", "p = 0.718", ["do not tell the two apart", "whoever says a name may vote"]),
        (70, (), "p, at every look", "p = 0.002", [":green[The candidate is ahead]", "valid at every look"]),
    ],
)
def test_verdict_p_and_plan_are_one_rule(visit, rpo_home, wins, raters, label, value, words_there):
    ballots, options = Ballots(), Options(prompts=100, repeats=0, raters=raters)
    panel = ballots.make_panel("one rule", comparisons(100), options=options)
    for number in range(100):
        ballot = ballots.next_ballot(panel, "Ann")
        ballots.cast(ballot, Choice.LEFT if (ballot.left.startswith("after")) == (number < wins) else Choice.RIGHT)
    at = visit("results", panel=panel, show="1")
    shown, said = {metric.label: metric.value for metric in at.metric}, words(at.markdown)
    assert shown[label].startswith(value)
    assert f"{wins} wins of 100 decided prompts" in said
    for part in words_there:
        assert part in said
    assert "61 wins of 100 decided prompts are significant" in power(100).rule


SECTIONS = {
    "slices": "By slice",
    "raters": "Do the raters agree",
    "lengths": "Length",
    "split": "raters disagree",
    "everything": "All",
}


def test_what_stands_in_closed_sections_is_worked_out_when_one_opens_it(visit, rpo_home):
    ballots, panel = Ballots(), Ballots().make_panel("split", comparisons(6), options=Options(repeats=0))
    for rater, better in (("Ann", "after"), ("Bob", "before")):
        for _ in range(6):
            ballot = ballots.next_ballot(panel, rater)  # sides are drawn anew for each panel
            ballots.cast(ballot, Choice.LEFT if ballot.left.startswith(better) else Choice.RIGHT)
    at = visit("results", panel=panel, show="1")
    assert [any(label in one.label for one in at.expander) for label in SECTIONS.values()] == [True] * len(SECTIONS)
    assert (len(at.dataframe), len(at.get("download_button")), len(at.metric)) == (0, 0, 4)
    for key in SECTIONS:
        at.session_state[f"section-{key}"] = True
    drawn(at.run())
    assert len(at.dataframe) == 4
    assert {metric.label for metric in at.metric} >= {"Percent", "Krippendorff's α", "Gwet's AC1"}
    assert "12 votes" in next(one.label for one in at.expander if "All figures" in one.label)
    assert len(at.get("download_button")) == 1


@pytest.mark.parametrize("page", ["results", "convene"])
def test_a_page_sends_no_row_for_each_vote(visit, rpo_home, monkeypatch, page):
    from streamlit.testing.v1 import local_script_runner

    sent, parse = [], local_script_runner.parse_tree_from_messages
    messages = "parse_tree_from_messages"
    monkeypatch.setattr(
        local_script_runner, messages, lambda said: (sent.append(sum(one.ByteSize() for one in said)), parse(said))[1]
    )
    ballots, sizes = Ballots(), []
    for pairs in (10, 60):
        panel = ballots.make_panel("many", comparisons(pairs), options=Options(prompts=pairs, repeats=0))
        for _ in range(pairs):
            ballots.cast(ballots.next_ballot(panel, "Ann"), Choice.LEFT)
        visit(page, panel=panel, show="1")
        sizes.append(sent[-1])
    assert sizes[1] < sizes[0] + 1000
