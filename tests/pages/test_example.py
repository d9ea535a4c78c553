"""The example on the pages: each that shows it says what it is, nothing of it needs what it lacks, and one button removes it."""

import pytest

from app import bring_example
from rpo import jobs, judging, runs
from rpo.voting import Ballots, Choice
from tests.pages.conftest import button, drawn, named, paper
from tests.voting.conftest import comparisons

PAGES_OF_THE_PANEL = [("vote", {}), ("vote", {"rater": "Ann"}), ("judge", {}), ("results", {}), ("panels", {})]


@pytest.fixture
def home(rpo_home, monkeypatch):
    """A new home as a server that starts finds and leaves it."""
    monkeypatch.delenv("RPO_EXAMPLE")
    bring_example()
    return Ballots.here()


@pytest.mark.weights
@pytest.mark.parametrize(("page", "asked"), PAGES_OF_THE_PANEL)
def test_every_page_with_its_votes_says_that_rules_cast_them(visit, home, page, asked):
    at = visit(page, **asked)
    said = next(one for one in at.caption if named([one], "Example", "two rules", "not by people"))
    assert all(rule in f"{said.value} {said.proto.help}" for rule in ("Fewer words", "closer to the prompt"))
    assert not at.error
    own = home.make_panel("own", comparisons(3))
    at = visit(page, **asked)  # the visitor's own comes first, however new the example is
    assert at.query_params["panel"] == own
    assert not named(at.caption, "Example")


def test_who_is_invited_reads_it_too(visit, home, browser):
    from pages.shared.here import access

    found = home.invitations.enter(home.invitations.invite("example", "Ann"))
    browser.cookies[access().seat_cookie(found.name)] = found.key
    browser.headers.clear()
    at = visit("vote", seat=found.name)
    assert named(at.caption, "Example", "two rules", "not by people")
    assert paper(at)["showing"]


def test_watch_shows_the_run_and_offers_nothing_that_it_lacks(visit, home):
    at = visit("watch")
    assert named(at.caption, "Example", "another machine", "without its adapter", "First run")
    assert {one.label for one in at.button} == {"Remove the example", "Save"}  # a name and a note of it
    assert named([one for one in at.metric if "accuracy" in one.label], "1.000")
    assert at.get("plotly_chart")
    assert named(at.caption, 24, "panel")
    assert [one.label for one in at.expander if one.label.startswith("Answers to 40")]
    assert not at.error


def test_results_stand_there_at_once(visit, home):
    at = visit("results")
    assert {one.label: one.value for one in at.metric}["Score of the candidate"] == "74.0%"
    assert named(at.code, "Example: rpo-paired", 24, 2)
    assert named(at.markdown, 48, "votes")


def test_its_votes_are_no_data_for_a_run_and_its_answers_are_offered_for_no_panel(visit, home):
    at = visit("panels")
    assert not [one.label for one in at.button if one.label.startswith(("Use as", "Make a panel"))]
    assert named(at.info, "No run of yours")


def test_it_stands_on_no_board_with_the_visitors_own(visit, home):
    own = home.make_panel("own", comparisons(3))
    home.cast(home.next_ballot(own, "Ann"), Choice.LEFT)
    at = visit("results", panel=own, show="1")
    assert at.metric
    assert not [one for one in at.expander if "board" in one.label]


@pytest.mark.parametrize(("page", "says"), [("watch", "run"), ("panels", "run")])
def test_one_button_removes_it(visit, home, page, says):
    at = drawn(button(visit(page), "Remove the example").click().run())
    assert named(at.info, says)
    assert (home.panels(), runs.all_runs(examples=True)) == ((), ())
    bring_example()
    assert named(visit("results").info, "panel")


def test_while_a_judge_is_at_work_the_button_says_why_not(visit, home):
    with jobs.work(judging.begin(judging.Plan("example", judging.RuleJudge(), 0.0)).folder):
        at = drawn(button(visit("panels"), "Remove the example").click().run())
    assert named(at.error, "judge", "stop")
    assert home.panels()


@pytest.mark.parametrize(("setting", "says"), [("0", ""), ("no", "RPO_EXAMPLE must be 0 or 1")])
def test_a_server_starts_without_it_where_it_is_not_wanted(rpo_home, monkeypatch, capsys, setting, says):
    monkeypatch.setenv("RPO_EXAMPLE", setting)
    bring_example()
    assert says in capsys.readouterr().out
    assert Ballots.here().panels() == ()
