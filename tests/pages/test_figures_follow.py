"""Results and Panels say what is so: counts from which the score follows, titles instead of ids, whose number a score is."""

import json
import re

import pytest

from rpo import runs, storage
from rpo.judging import JudgementCache, take_in
from rpo.spec import RunSpec
from rpo.voting import Answer, Ballots, Comparison, Options, Seat
from tests.judging.test_alpaca import row
from tests.pages.conftest import named, words
from tests.voting.conftest import comparisons, vote_all

RUNS = ("20260102-030405-rpo-paired-abcd", "20260103-030405-dpo-beef")


def run_folder(name, **about):
    folder = storage.folder("runs", name)
    storage.write_json(folder / "spec.json", RunSpec(steps=3, **about).as_dict())
    storage.write_json(folder / "state.json", {"status": "done", "progress": 1.0, "message": ""})


def shown(at):
    return {metric.label: metric.value for metric in at.metric}


def test_the_counts_beside_a_score_are_those_it_follows_from(visit):
    ballots = Ballots.here()
    panel = ballots.make_panel("p", comparisons(12, same=2), options=Options(prompts=14, repeats=2))
    vote_all(ballots.rater_session(Seat(panel, "Ann")), "left")
    vote_all(ballots.rater_session(Seat(panel, "Ben")), "right")
    at = visit("results", panel=panel, show="1")
    found = shown(at)
    won, tied, lost = map(float, found["Of 14 prompts: won · tied · lost"].split(" · "))
    assert won + tied + lost == pytest.approx(14)
    assert found["Score of the candidate"] == f"{(won + tied / 2) / 14:.1%}"
    assert named(at.code, 2, "raters")
    assert named(at.markdown, 24, "votes")
    assert any(re.search(r"\b24\b.*\b2\b", one.label) for one in at.expander)


def test_a_panel_says_how_many_pairs_come_twice(visit):
    panel = Ballots.here().make_panel("p", comparisons(12, same=2), options=Options(prompts=14, repeats=2))
    assert named(visit("panels", panel=panel).markdown, 14, 1, "twice")


@pytest.mark.weights
def test_runs_are_called_by_their_titles(visit):
    run_folder(RUNS[0])
    run_folder(RUNS[1], objective="dpo")
    pairs = [Comparison(f"Do {n}", Answer(f"old {n}", RUNS[0]), Answer(f"new {n}", RUNS[1])) for n in range(3)]
    third = [Comparison(one.prompt, one.first, Answer(f"{one.prompt}!", "by hand")) for one in pairs]
    ballots = Ballots.here()
    panels = [ballots.make_panel("one", made, options=Options(repeats=0)) for made in (pairs, third)]
    for panel in panels:
        vote_all(ballots.rater_session(Seat(panel, "Ann")), "left")
    at = visit("results", panel=panels[0], show="1")
    titles = runs.titles()
    assert named(at.code, *titles.values())
    at.session_state["section-board"] = True
    board = next(table.value for table in at.run().dataframe if "author" in table.value)
    assert set(board["author"]) == {titles[RUNS[0]], titles[RUNS[1]], "by hand"}
    (apart,) = (table.value for table in at.dataframe if "minus" in table.value)
    assert {*apart["candidate"], *apart["minus"]} == {titles[RUNS[1]], "by hand"}
    assert apart["prompts of both"].tolist() == [3]
    assert not [name for name in RUNS if name in words(at.markdown) + words(visit("panels", panel=panels[0]).markdown)]


@pytest.mark.weights
def test_an_imported_score_says_whether_it_is_the_weighted_or_the_discrete_one(visit):
    rows = [row(number, preference) for number, preference in enumerate([1.9, 1.6, 1.2, 1.55])]
    database = Ballots.here().database
    pairs = take_in(JudgementCache(database), "annotations.json", json.dumps(rows).encode()).pairs
    panel = Ballots.here().make_panel("theirs", pairs, options=Options(repeats=0))
    vote_all(Ballots.here().rater_session(Seat(panel, "Ann")), "left")
    assert named(visit("judge", panel=panel).caption, "imported", "one order")
    said = visit("results", panel=panel, show="1").caption
    assert named(said, "win rate", "56.25%", "standard error", "14.34", 4, "discrete win rate", "75.00%")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE opinions SET preference = NULL")
    said = visit("results", panel=panel, show="1").caption
    assert named(said, "discrete win rate", "75.00%")
    assert not named(said, "standard error")


def test_the_printed_command_asks_for_the_plain_win_rate(visit):
    panel = Ballots.here().make_panel("p", comparisons(3))
    (code,) = visit("judge", panel=panel).code
    assert code.value.endswith(" --fn_metric get_winrate --sort_by win_rate")
