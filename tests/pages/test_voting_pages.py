"""Vote and Results against a real database: keys' buttons store votes, results stay hidden until asked for, trouble is named."""

import json
import re
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
from tests.pages.conftest import button, drawn, named, paper, press, said, words
from tests.voting.conftest import comparisons


@pytest.fixture
def panel(rpo_home):
    return Ballots().make_panel("Tuned against base", comparisons(4, same=1), "Which is kinder?")


def counted(at):
    """How many of how many, and the minutes that are left if they are said."""
    return [int(figure) for figure in re.findall(r"\d+", paper(drawn(at))["count"])]


def test_a_rater_votes_and_takes_back(visit, panel):
    at = visit("vote", panel=panel)
    assert at.info
    assert not at.get("bidi_component")
    at.text_input(key="name").set_value(" Ann ").run()
    assert paper(at)["rubric"] == "Which is kinder?"
    for label, done in (("Left is better", 1), ("Undo", 0), ("Tie", 1), ("Both bad", 2), ("Skip", 2), ("Right is better", 3)):
        press(at, label)
        assert counted(at)[:2] == [done, 4]
    press(at, "Left is better")
    assert named(at.success, 4, "Ann")
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
    assert counted(at)[:2] == [1, 3]


def test_a_tag_and_a_reason_may_come_after_the_vote(visit):
    panel = Ballots().make_panel("tagged", comparisons(3), options=Options(tags=("wrong",), repeats=0))
    at = press(visit("vote", panel=panel, rater="Ann"), "Left is better")
    last = paper(at)["last"]
    press(at, {"act": "note", **last, "choice": "right", "bothBad": True, "tags": ["wrong"], "reason": "It guesses."})
    (vote,) = Ballots().votes(panel)  # the choice stays what it was
    assert (vote.choice, vote.both_bad, vote.tags, vote.reason) == ("left", True, ("wrong",), "It guesses.")
    assert counted(at)[:2] == [1, 3]
    assert re.search(r"\b1\b", paper(at)["note"])
    press(at, {"act": "note", **last, "tags": []})  # of a revision that is no more
    assert Ballots().votes(panel) == (vote,)
    assert paper(at)["early"]


def test_an_earlier_vote_that_was_opened_can_be_left_as_it_was(visit, panel):
    at = press(visit("vote", panel=panel, rater="Ann"), "Left is better")
    at.session_state["changing"] = Ballots().rater_session(Seat(panel, "Ann")).earlier()[0].ballot.showing
    assert paper(drawn(at.run()))["given"]
    assert paper(press(at, {"act": "leave"}))["given"] is None
    assert [vote.choice for vote in Ballots().votes(panel)] == [Choice.LEFT]


@pytest.mark.weights
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
        assert paper(drawn(at))["early"]
    assert Ballots().votes(panel) == ()


def test_the_end_says_thanks_what_was_done_and_that_one_may_close(visit, panel):
    at = press(visit("vote", panel=panel, rater="Ann"), "Skip")
    while at.get("bidi_component"):
        at = press(at, "Tie")
    assert named(drawn(at).success, 4, "Ann")
    assert named(at.markdown, 4, "1 min", "skipped")
    at.session_state["changing"] = Ballots().rater_session(Seat(panel, "Ann")).earlier()[0].ballot.showing
    assert counted(at.run()) == [4, 4]  # and no time left
    at = press(at, {"act": "leave"})
    assert counted(button(at, "Take the last vote back").click().run())[:2] == [3, 4]


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
    assert counted(at)[:2] == [1, 4]
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
    assert named(drawn(at).error, "another tab")
    assert [vote.choice for vote in ballots.votes(panel)] == [Choice.LEFT]


def test_a_key_that_meets_the_pair_before_once_more_changes_nothing_and_is_answered(visit, panel):
    at = visit("vote", panel=panel, rater="Ann")
    press(at, "Left is better", "Right is better")  # both arrive in one run of the script
    assert not drawn(at).error
    assert counted(at)[:2] == [1, 4]
    assert len(Ballots().votes(panel)) == 1
    assert paper(at)["early"]
    press(at, "Right is better")
    assert not paper(drawn(at))["early"]
    assert len(Ballots().votes(panel)) == 2


def test_a_locked_database_is_named_and_nothing_is_lost(visit, panel):
    impatient = "PRAGMA busy_timeout=50"  # milliseconds that a writer waits
    event.listen(Ballots.here().database.engine, "checkout", lambda connection, *_: connection.execute(impatient))
    at = visit("vote", panel=panel, rater="Ann")
    other = sqlite3.connect(storage.folder("votes") / "votes.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for label in ("Left is better", "Undo", "Skip"):
        press(at, label)
        assert named(drawn(at).error, "locked")
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
    assert named(drawn(at).markdown, "candidate", "baseline", 2)


def test_the_plan_says_by_which_rule_results_will_go(visit):
    at = visit("panels")
    at.segmented_control[0].set_value("a file").run()
    rows = [{"prompt": f"{n}?", "baseline": f"old {n}", "candidate": f"new {n}"} for n in range(200)]
    content = "\n".join(map(json.dumps, rows)).encode()
    at.file_uploader[0].set_value(("answers.jsonl", content, "application/jsonl")).run()
    assert named(drawn(at).info, "every look")
    assert named(at.info, 101, 160)
    for names, about in (("Ann", (93, 160)), ("Ann, Ben", ("sign-flip test",))):
        next(field for field in at.text_input if field.label == "Raters, by name").set_value(names).run()
        assert named(drawn(at).info, "once", *about)


@pytest.mark.weights
@pytest.mark.parametrize(
    ("content", "about"),
    [
        (b"\xff\xfe not text", ["UTF-8", 1]),
        (b'{"prompt": "a"', ["JSONL", 1]),
        (b'\n{"prompt": "a\\ud800", "baseline": "b", "candidate": "c"}', ["UTF-8", 2]),
        (b"[" * 100_000, ["JSONL", 1]),
        (b'{"prompt": "a", "baseline": "b"}', [1, "candidate", "text"]),
        (b'["a"]', [1, "object"]),
        (b"", ["answers.jsonl", "rows"]),
    ],
)
def test_a_broken_file_of_answers_is_refused_in_words(visit, content, about):
    at = visit("panels")
    at.segmented_control[0].set_value("a file").run()
    at.file_uploader[0].set_value(("answers.jsonl", content, "application/jsonl")).run()
    assert named(drawn(at).error, *about)
    assert Ballots().panels() == ()


def test_a_panel_of_equal_answers_has_nothing_to_judge(visit, rpo_home):
    panel = Ballots().make_panel("equal", comparisons(0, same=2))
    at = visit("vote", panel=panel, rater="Ann")
    assert named(at.warning, "same answer")
    assert not at.get("bidi_component")


def test_results_are_hidden_until_asked_for(visit, panel):
    assert named(visit("results").info, "voted")
    ballots = Ballots()
    for choice in (Choice.LEFT, Choice.TIE):
        ballots.cast(ballots.next_ballot(panel, "Ann"), choice)
    at = visit("results", panel=panel)
    assert len(at.metric) == 0
    assert named(at.info, "Ann")
    at.toggle[0].set_value(True).run()
    values = {metric.label: metric.value for metric in drawn(at).metric}
    (vote,) = (one for one in ballots.votes(panel) if one.choice is Choice.LEFT)
    score = (vote.outcome("tuned") + 0.5 + 0.5) / 3
    assert values["Score of the candidate"] == f"{score:.1%}"
    assert named(at.code, 3, 1, "rater", f"{score * 100:.1f} %")
    assert named(at.caption, 1, "identical")
    assert named(at.caption, 3, "raters")


@pytest.mark.weights
@pytest.mark.parametrize(
    ("wins", "raters", "label", "value", "ahead"),
    [
        (60, ("Ann",), "p, at the end", "p = 0.057", None),
        (61, ("Ann",), "p, at the end", "p = 0.035", "candidate"),
        (39, ("Ann",), "p, at the end", "p = 0.035", "baseline"),
        (61, (), "p, at every look", "p = 0.718", None),
        (70, (), "p, at every look", "p = 0.002", "candidate"),
    ],
)
def test_verdict_p_and_plan_are_one_rule(visit, rpo_home, wins, raters, label, value, ahead):
    ballots, options = Ballots(), Options(prompts=100, repeats=0, raters=raters)
    panel = ballots.make_panel("one rule", comparisons(100), options=options)
    for number in range(100):
        ballot = ballots.next_ballot(panel, "Ann")
        ballots.cast(ballot, Choice.LEFT if (ballot.left.startswith("after")) == (number < wins) else Choice.RIGHT)
    at = visit("results", panel=panel, show="1")
    shown, said = {metric.label: metric.value for metric in at.metric}, words(at.markdown)
    assert shown[label].startswith(value)
    assert named(at.markdown, wins, 100, "decided")
    assert re.findall(r":(?:green|red)\[\W*The (\w+)", said) == [ahead] * bool(ahead)
    assert named(at.code, {"candidate": "more", "baseline": "less", None: "apart"}[ahead])
    assert re.search(r"\b61\b.*\b100\b", power(100).rule)


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
    assert (len(at.dataframe), len(at.get("download_button")), len(at.metric)) == (1, 1, 4)  # the pairs to read
    for key in SECTIONS:
        at.session_state[f"section-{key}"] = True
    drawn(at.run())
    assert len(at.dataframe) == 1 + 4
    assert {metric.label for metric in at.metric} >= {"Percent", "Krippendorff's α", "Gwet's AC1"}
    assert "12 votes" in next(one.label for one in at.expander if "All figures" in one.label)
    assert len(at.get("download_button")) == 1 + 1


@pytest.mark.weights
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
    rows = {"results": 120, "panels": 0}[page]  # bytes of a pair in the table of those to read, which sends no answer
    assert sizes[1] < sizes[0] + 1000 + 50 * rows


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


@pytest.mark.weights
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
    assert not named(at.error, "contrast_size")
    spec = RunSpec(**at.session_state["draft"])
    assert data_to_start(spec).kind is list(Kind)[kind]
    assert bool(named(at.caption, "contrast size", spec.contrast_size, 8)) == (spec.contrast_size < 8)


def test_a_panel_says_how_many_pairs_come_twice_in_truth(visit, rpo_home):
    panel = Ballots().make_panel("few", comparisons(12, same=2), options=Options(repeats=2))
    assert named(visit("panels", panel=panel).markdown, 1, "twice")
    assert Ballots().progress(panel, "Ann").total == 12 + 1
