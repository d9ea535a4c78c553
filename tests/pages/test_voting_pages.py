"""Vote and Results against a real database: keys' buttons store votes, results stay hidden until asked for, trouble is named."""

import json
import sqlite3

import pytest
from sqlalchemy import event

from rpo import storage
from rpo.preferences import Kind
from rpo.runs.data import data_to_start
from rpo.spec import RunSpec
from rpo.statistics import power
from rpo.voting import Answer, Ballots, Choice, Comparison, Options, Seat
from rpo.voting.access import Access
from tests.pages.conftest import button, drawn, paper, press, said, words
from tests.voting.conftest import comparisons


@pytest.fixture
def panel(rpo_home):
    return Ballots().make_panel("Tuned against base", comparisons(4, same=1), "Which is kinder?")


def counted(at):
    return paper(drawn(at))["count"].split(",")[0]


def test_a_rater_votes_and_takes_back(visit, panel):
    at = visit("vote", panel=panel)
    assert "Say who you are" in words(at.info)
    at.text_input(key="name").set_value(" Ann ").run()
    assert paper(at)["rubric"] == "Which is kinder?"
    for label, done in (("Left is better", 1), ("Undo", 0), ("Tie", 1), ("Both bad", 2), ("Skip", 2), ("Right is better", 3)):
        press(at, label)
        assert counted(at) == f"{done} of 4"
    press(at, "Left is better")
    assert "All 4 pairs are done. Thank you, Ann" in words(at.success)
    votes = Ballots().votes(panel)
    assert [(vote.choice, vote.both_bad) for vote in votes] == [("tie", False), ("tie", True), ("right", False), ("left", False)]
    assert {vote.rater for vote in votes} == {"Ann"}


def test_what_is_said_goes_along_with_the_vote_and_a_vote_can_be_changed(visit):
    panel = Ballots().make_panel("tagged", comparisons(3), options=Options(tags=("wrong", "too long"), repeats=0))
    at = visit("vote", panel=panel, rater="Ann")
    before = {"bothBad": True, "tags": ["wrong"], "reason": " It guesses. "}
    press(at, said(paper(at), "Left is better", **before))
    (vote,) = Ballots().votes(panel)
    assert (vote.choice, vote.both_bad, vote.tags, vote.reason) == ("left", True, ("wrong",), "It guesses.")
    next(one for one in at.expander if "so far" in one.label).open = True
    at.session_state["changing"] = Ballots().rater_session(Seat(panel, "Ann")).earlier()[0].ballot.showing
    at.run()
    assert paper(drawn(at))["given"] == {**before, "choice": "left", "reason": "It guesses."}
    press(at, "Right is better")
    (changed,) = Ballots().votes(panel)
    assert (changed.choice, changed.revision) == ("right", vote.revision + 1)
    assert counted(at) == "1 of 3"


def test_a_tag_and_a_reason_may_come_after_the_vote(visit):
    panel = Ballots().make_panel("tagged", comparisons(3), options=Options(tags=("wrong",), repeats=0))
    at = press(visit("vote", panel=panel, rater="Ann"), "Left is better")
    last = paper(at)["last"]
    press(at, {"act": "note", **last, "choice": "right", "bothBad": True, "tags": ["wrong"], "reason": "It guesses."})
    (vote,) = Ballots().votes(panel)  # the choice stays what it was
    assert (vote.choice, vote.both_bad, vote.tags, vote.reason) == ("left", True, ("wrong",), "It guesses.")
    assert (counted(at), paper(at)["note"]) == ("1 of 3", "Added to vote 1")
    press(at, {"act": "note", **last, "tags": []})  # of a revision that is no more
    assert Ballots().votes(panel) == (vote,)
    assert "press again" in paper(at)["note"]


def test_an_earlier_vote_that_was_opened_can_be_left_as_it_was(visit, panel):
    at = press(visit("vote", panel=panel, rater="Ann"), "Left is better")
    at.session_state["changing"] = Ballots().rater_session(Seat(panel, "Ann")).earlier()[0].ballot.showing
    assert paper(drawn(at.run()))["given"]
    assert paper(press(at, {"act": "leave"}))["given"] is None
    assert [vote.choice for vote in Ballots().votes(panel)] == [Choice.LEFT]


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        7,
        {"act": "win"},
        {"showing": 3},
        {"revision": "0"},
        {"revision": True},
        {"choice": "up"},
        {"bothBad": 1},
        {"tags": "wrong"},
        {"tags": [3]},
        {"reason": None},
        {"reason": "x" * 1001},
        {"tags": ["none that is offered"]},
    ],
)
def test_a_message_that_no_button_sends_is_refused_in_words(visit, panel, wrong):
    at = visit("vote", panel=panel, rater="Ann")
    press(at, {**said(paper(at), "Tie"), **wrong} if isinstance(wrong, dict) else wrong)
    assert len(drawn(at).error) == 1
    assert Ballots().votes(panel) == ()


@pytest.mark.parametrize("other", [{"revision": 1}, {"showing": "0" * 32}])
def test_a_message_of_a_pair_that_is_not_drawn_counts_for_nothing(visit, panel, other):
    at = visit("vote", panel=panel, rater="Ann")
    for label in ("Tie", "Skip"):
        press(at, said(paper(at), label, **other))
        assert "press again" in paper(drawn(at))["note"]
    assert Ballots().votes(panel) == ()


def test_the_end_says_thanks_what_was_done_and_that_one_may_close(visit, panel):
    at = press(visit("vote", panel=panel, rater="Ann"), "Skip")
    while at.get("bidi_component"):
        at = press(at, "Tie")
    assert "All 4 pairs are done. Thank you, Ann" in words(drawn(at).success)
    assert "You gave 4 votes in about 1 min; 1 of the pairs you had skipped at first." in words(at.markdown)
    assert "you may close this window" in words(at.markdown)
    assert "min left" not in words(at.markdown)
    at.session_state["changing"] = Ballots().rater_session(Seat(panel, "Ann")).earlier()[0].ballot.showing
    assert paper(drawn(at.run()))["count"] == "4 of 4"  # and no time left
    at = press(at, {"act": "leave"})
    assert paper(button(at, "Take the last vote back").click().run())["count"].startswith("3 of 4")


def test_right_to_left_text_formulas_and_cut_answers_reach_the_page(visit, rpo_home):
    pair = Comparison("What is $x^2$? <b>", Answer("שלום", "base", cut=True), Answer(r"It is \(x^2\).", "tuned"))
    panel = Ballots().make_panel("math", [pair])
    sent = paper(visit("vote", panel=panel, rater="Ann"))
    assert sent["prompt"].startswith("What is <math")
    assert sent["prompt"].endswith("&lt;b&gt;")
    for answer, cut in zip(sent["answers"], sent["cut"], strict=True):
        assert 'dir="auto"' in answer
        assert cut == ("שלום" in answer)
        assert cut != ("<msup>" in answer)


def test_a_rater_comes_back_to_the_same_place(visit, panel):
    ballots = Ballots()
    ballots.cast(ballots.next_ballot(panel, "Ann"), Choice.LEFT)
    at = visit("vote", panel=panel, rater="Ann")
    assert counted(at) == "1 of 4"
    assert paper(at)["prompt"] == ballots.next_ballot(panel, "Ann").prompt


def test_no_author_is_on_the_page(visit, panel):
    at = visit("vote", panel=panel, rater="Ann")
    page = " ".join(words(elements) for elements in (at.text, at.markdown, at.caption, at.info)) + json.dumps(paper(at))
    assert "before" in page
    assert "after" in page
    assert "tuned" not in page
    assert "base" not in page


def test_an_answer_from_another_tab_is_kept_and_named(visit, panel):
    at = visit("vote", panel=panel, rater="Ann")
    ballots = Ballots()
    ballots.cast(ballots.next_ballot(panel, "Ann"), Choice.LEFT)
    press(at, "Right is better")
    assert "answered in another tab" in words(drawn(at).error)
    assert [vote.choice for vote in ballots.votes(panel)] == [Choice.LEFT]


def test_a_key_that_meets_the_pair_before_once_more_changes_nothing_and_is_answered(visit, panel):
    at = visit("vote", panel=panel, rater="Ann")
    press(at, "Left is better", "Right is better")  # both arrive in one run of the script
    assert not drawn(at).error
    assert counted(at) == "1 of 4"
    assert len(Ballots().votes(panel)) == 1
    assert "press again" in paper(at)["note"]
    press(at, "Right is better")
    assert "press again" not in paper(drawn(at))["note"]
    assert len(Ballots().votes(panel)) == 2


def test_a_locked_database_is_named_and_nothing_is_lost(visit, panel):
    impatient = "PRAGMA busy_timeout=50"  # milliseconds that a writer waits
    event.listen(Ballots.here().database.engine, "checkout", lambda connection, *_: connection.execute(impatient))
    at = visit("vote", panel=panel, rater="Ann")
    other = sqlite3.connect(storage.folder("votes") / "votes.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for label in ("Left is better", "Undo", "Skip"):
        press(at, label)
        assert "nothing was stored, try again" in words(drawn(at).error)
    other.execute("ROLLBACK")
    other.close()
    press(at, "Left is better")
    assert not drawn(at).error
    assert len(Ballots().votes(panel)) == 1


def test_a_panel_from_a_file(visit):
    at = visit("panels")
    at.segmented_control[0].set_value("a file").run()
    rows = [{"prompt": "Why?", "baseline": "So.", "candidate": "Because."}, {"prompt": "How?", "baseline": "x", "candidate": "y"}]
    content = "\n".join(json.dumps(row) for row in rows)
    at.file_uploader[0].set_value(("answers.jsonl", content.encode(), "application/jsonl")).run()
    button(at, "Make a panel of 2 pairs").click().run()
    assert [one.name for one in Ballots().panels()] == ["Round 1"]
    assert "**candidate** against **baseline**: 2 pairs" in words(drawn(at).markdown)


def test_the_plan_says_by_which_rule_results_will_go(visit):
    at = visit("panels")
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
    at = visit("panels")
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


@pytest.mark.parametrize("page", ["results", "panels"])
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


@pytest.mark.parametrize("raters", [("Ann", "Ben", "Cleo"), ()])
def test_all_links_are_made_at_once_and_copied_as_one_text(visit, rpo_home, browser, raters):
    ballots = Ballots.here()
    ballots.owner.claim("correct horse battery")
    door = Access(ballots)
    browser.cookies[door.cookie] = ballots.owner.sign_in()
    panel = ballots.make_panel("Round 1", comparisons(4), options=Options(raters=raters))
    at = visit("panels", panel=panel)
    if not raters:
        at = next(one for one in at.text_input if one.label == "Raters' names").set_value("Ann,  Ben , Cleo, Ann").run()
    at = button(at, "Make 3 links").click().run()
    (links,) = [one.value for one in drawn(at).code]
    tokens = dict(line.split(": ", 1) for line in links.splitlines())
    for name, link in tokens.items():
        assert ballots.invitations.admit(link.rpartition("/invite/")[2]) == Seat(panel, name)
    assert list(tokens) == ["Ann", "Ben", "Cleo"]
    if raters:  # whoever has a link is not proposed again
        assert visit("panels", panel=panel).multiselect[0].value == []


@pytest.mark.parametrize(("decided", "kind"), [(1, 0), (3, 0), (3, 1), (20, 0)])
def test_the_votes_become_a_draft_that_starts(visit, rpo_home, decided, kind):
    ballots = Ballots()
    panel = ballots.make_panel("few", comparisons(20), options=Options(repeats=0))
    for _ in range(decided):
        ballots.cast(ballots.next_ballot(panel, "Ann"), Choice.LEFT)
    at = visit("panels", panel=panel)
    at.radio[0].set_value(at.radio[0].options[kind]).run()
    at = drawn(button(at, "Use as data").click().run())
    assert [title.value for title in at.title] == ["Train"]
    assert "contrast_size must be" not in words(at.error)
    spec = RunSpec(**at.session_state["draft"])
    assert data_to_start(spec).kind is list(Kind)[kind]
    assert (f"M (contrast size) is {spec.contrast_size} and not 8" in words(at.caption)) == (spec.contrast_size < 8)


def test_a_panel_says_how_many_pairs_come_twice_in_truth(visit, rpo_home):
    panel = Ballots().make_panel("few", comparisons(12, same=2), options=Options(repeats=2))
    assert "1 shown twice to each rater" in words(visit("panels", panel=panel).markdown)
    assert Ballots().progress(panel, "Ann").total == 12 + 1
