"""The example comes into a new home once, whole or not at all; nothing takes it for a visitor's own, and it goes for good."""

import csv
import io
import runpy
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import orjson
import pytest
from sqlalchemy import event

from rpo import example, jobs, judging, runs, storage
from rpo.errors import RpoError
from rpo.example.install import RUN_FOLDER, SHIPPED
from rpo.preferences import EMBEDDED, load
from rpo.preferences.holdout import asked_by_panels, reserved
from rpo.runs import answers, launch
from rpo.spec import PRESETS, RunSpec
from rpo.statistics import rater_stats
from rpo.voting import Ballots, Choice, Seat, export, panels, to_shelf, votes_csv
from tests.voting.conftest import comparisons


@pytest.fixture
def home(rpo_home):
    """The ballots of a new home that the example has come into."""
    ballots = Ballots.here()
    assert example.install(ballots)
    return ballots


def there(ballots):
    """Which halves of the example are there, and how many others."""
    found = (*runs.all_runs(broken=True, examples=True), *ballots.panels())
    return [one.example for one in found]


def test_a_new_home_gets_a_real_run_and_a_panel_that_say_what_they_are(home):
    (run,) = runs.all_runs(examples=True)
    (panel,) = home.panels()
    first = next(iter(PRESETS.values()))
    assert (run.example, panel.example, replace(run.spec, probes=first.probes), run.adapter) == (True, True, first, None)
    assert run.title.startswith("Example")
    assert runs.titles()[panel.candidate] == run.title
    pairs = {one.prompt: one for one in runs.answer_pairs(run)}
    assert len(pairs) == 40
    assert all(one.slice for one in pairs.values())
    shown = home.comparisons(panel.id).values()
    assert len(shown) == 24
    assert all((one.first.text, one.second.text) == (pairs[one.prompt].baseline, pairs[one.prompt].candidate) for one in shown)
    assert {one.prompt for one in shown} <= {*load(EMBEDDED).held_out_prompts}
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*")) < 300_000


def test_every_vote_is_what_its_rule_says_and_repeats_agree(ballots):
    assert example.install(ballots)  # also where a server's database is PostgreSQL
    (panel,) = ballots.panels()
    pairs = ballots.comparisons(panel.id)
    for vote in ballots.votes(panel.id):
        pair = pairs[vote.comparison]
        said = example.RULES[vote.rater](pair.prompt, pair.first.text, pair.second.text)  # above 0: the baseline's
        assert vote.outcome(panel.baseline) == (0.5 if said == 0 else said > 0)
    own = {one.rater: one for one in rater_stats(ballots.columns(panel.id)) if one.rater}
    assert {name: (one.votes, one.consistent.k, one.consistent.n) for name, one in own.items()} == dict.fromkeys(
        example.RULES, (26, 2, 2)
    )


@pytest.mark.parametrize(
    ("rule", "first", "second", "better"),
    [
        ("Rule: fewer words", "one two", "one two three", 1),
        ("Rule: fewer words", "a b c", "longword", -1),
        ("Rule: fewer words", "a b", "c  d", 0),
        ("Rule: closer to the prompt", "Wash wool!", "wash it", 1),
        ("Rule: closer to the prompt", "wash and dry", "WASH", -1),
        ("Rule: closer to the prompt", "wash it", "wool wool now", 0),
        ("Rule: closer to the prompt", "", "no", 0),
    ],
)
def test_a_rule_is_what_its_sentence_says(rule, first, second, better):
    said = example.RULES[rule]("How do I wash wool?", first, second)
    assert (said > 0) - (said < 0) == better


@pytest.mark.parametrize(
    "happened",
    [
        lambda ballots, patch: storage.write_json(storage.folder("runs", "own") / "spec.json", RunSpec().as_dict()),
        lambda ballots, patch: storage.write_json(storage.folder("runs", "cannot-be-read") / "spec.json", {"tau": -1}),
        lambda ballots, patch: ballots.make_panel("own", comparisons(3)),
        lambda ballots, patch: patch.setenv("RPO_EXAMPLE", "0"),
        lambda ballots, patch: (example.install(ballots), example.remove(ballots)),
    ],
    ids=["a run", "a run that cannot be read", "a panel", "not wanted", "removed"],
)
def test_where_it_does_not_come(rpo_home, monkeypatch, happened):
    ballots = Ballots.here()
    happened(ballots, monkeypatch)
    before = there(ballots)
    assert not example.install(ballots)
    assert there(ballots) == before


def test_a_home_that_had_runs_stays_without_it_when_they_are_deleted(rpo_home):
    storage.write_json(storage.folder("runs", "own") / "spec.json", RunSpec().as_dict())
    assert not example.install(Ballots.here())
    shutil.rmtree(storage.home() / "runs")
    assert not example.install(Ballots.here())


def test_a_setting_that_means_nothing_is_named(rpo_home, monkeypatch):
    monkeypatch.setenv("RPO_EXAMPLE", "no")
    with pytest.raises(RpoError, match="RPO_EXAMPLE must be 0 or 1, got 'no'"):
        example.install(Ballots.here())


@contextmanager
def refusing_to_commit(ballots):
    """A database whose disk is full when all has been written to it."""

    def full(_connection):
        raise RpoError("the disk is full")

    event.listen(ballots.database.engine, "commit", full)
    yield
    event.remove(ballots.database.engine, "commit", full)


def test_it_is_all_there_or_nothing(rpo_home, tmp_path):
    ballots, broken = Ballots.here(), tmp_path / "broken"
    shutil.copytree(SHIPPED, broken)
    (broken / RUN_FOLDER / "zz").mkdir()  # what cannot be copied as a file, after all votes have been written
    with pytest.raises(RpoError, match="must"):
        example.install(ballots, broken)
    assert there(ballots) == []
    assert list((rpo_home / "runs").iterdir()) == []
    with refusing_to_commit(ballots), pytest.raises(RpoError, match="full"):
        example.install(ballots)
    assert there(ballots) == []
    shutil.copytree(SHIPPED / RUN_FOLDER, rpo_home / "runs" / "example")  # as a process leaves it that dies before it commits
    assert example.install(ballots)
    assert there(ballots) == [True, True]


def test_a_home_that_cannot_be_written_goes_on_without(rpo_home):
    ballots = Ballots.here()
    (rpo_home / "runs").write_text("no folder")
    with pytest.raises(RpoError):
        example.install(ballots)
    assert ballots.panels() == ()


def test_of_servers_that_start_at_once_one_brings_it(rpo_home, url):
    servers = [Ballots(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(example.install, servers)) == [False, False, False, True]
    assert there(servers[0]) == [True, True]
    assert len(servers[0].votes("example")) == 52


def test_homes_that_share_a_database_have_it_once(rpo_home, url, monkeypatch):
    assert example.install(Ballots(url))
    monkeypatch.setenv("RPO_HOME", str(rpo_home / "another"))
    assert not example.install(Ballots(url))
    assert there(Ballots(url)) == [True]
    monkeypatch.setenv("RPO_HOME", str(rpo_home / "third"))
    example.remove(Ballots(url))  # from a home that was never offered it
    assert not example.install(Ballots(url))
    assert there(Ballots(url)) == []


def test_nothing_takes_it_for_the_visitors_own(home):
    assert runs.all_runs() == runs.all_runs(broken=True) == ()
    assert reserved(load(EMBEDDED).held_out_prompts) == asked_by_panels(load(EMBEDDED).held_out_prompts) == ()
    storage.write_json(storage.folder("runs", "20200101-000000-dpo") / "spec.json", RunSpec().as_dict())  # "e" sorts after "2"
    own = home.make_panel("own", comparisons(3))
    assert [run.example for run in runs.all_runs(examples=True)] == [False, True]
    assert [panel.id for panel in home.panels()] == [own, "example"]


def process(module, folder):
    """Be the process of this folder, in this one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [module, str(folder)])
        runpy.run_module(module, run_name="__main__")


@pytest.mark.filterwarnings("ignore:.*sys.modules:RuntimeWarning")  # a module is run that is imported already
@pytest.mark.parametrize(
    "act",
    [
        lambda run, ballots: launch.resume(run),
        lambda run, ballots: answers.request_answers(run),
        lambda run, ballots: process("rpo.training", run.folder),
        lambda run, ballots: process("rpo.runs.answers", storage.folder("runs", "example", "answering")),
        lambda run, ballots: to_shelf(ballots, "example", "votes.jsonl"),
    ],
    ids=["go on", "ask for answers", "train", "write answers", "data for a run"],
)
def test_what_takes_its_adapter_or_peoples_votes_is_refused_with_a_next_step(home, act):
    (run,) = runs.all_runs(examples=True)
    before = {path.name: path.read_bytes() for path in run.folder.iterdir() if path.is_file()}
    with pytest.raises(RpoError, match=r"First run on Train|a run of your own"):
        act(run, home)
    assert {path.name: path.read_bytes() for path in run.folder.iterdir() if path.is_file()} == before


def test_what_leaves_says_that_it_is_an_example(home):
    own = home.make_panel("own", comparisons(3))
    ballot = home.next_ballot(own, "Ann")
    home.cast(ballot, Choice.LEFT)
    for panel, is_example in (("example", True), (own, False)):
        rows = list(csv.DictReader(io.StringIO(votes_csv(home, panel).decode(), newline="")))
        assert {row["example"] for row in rows} == {str(is_example)}
        assert {orjson.loads(line)["from_example"] for line in export(home, panel).splitlines()} == {is_example}


def test_removed_it_is_gone_with_all_votes_and_what_judges_did(home):
    home.cast(home.next_ballot("example", "Ann"), Choice.LEFT)
    token = home.invitations.invite("example", "Ben")
    judging.begin(judging.Plan("example", judging.RuleJudge(), 0.0))
    example.remove(home)
    assert there(home) == []
    assert judging.judgings("example") == ()
    with home.database.reading() as connection:
        assert {connection.exec_driver_sql(f"select count(*) from {name}").scalar() for name in ("events", "shown")} == {0}
    assert home.invitations.any  # that somebody was invited still shuts the door
    with pytest.raises(RpoError, match="taken back"):
        home.invitations.admit(token)
    example.remove(home)  # a second click, or another tab


def test_while_a_judge_is_at_work_it_stays(home):
    with (
        jobs.work(judging.begin(judging.Plan("example", judging.RuleJudge(), 0.0)).folder),
        pytest.raises(RpoError, match="stop"),
    ):
        example.remove(home)
    assert there(home) == [True, True]


def test_a_panel_of_people_is_never_removed(home):
    own = home.make_panel("own", comparisons(3))
    with pytest.raises(RpoError, match="only the example"), home.database.writing() as connection:
        panels.remove_example(connection, own)
    assert home.rater_session(Seat(own, "Ann")).next()
