"""Two homes with one votes database: what a panel of one asks, no run of the other trains on, until its votes are released."""

import json
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rpo import preferences, runs, storage
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.preferences.blind import VOTES_SCHEMA, blind
from rpo.preferences.holdout import asked_by_panels, reserve, reserved
from rpo.runs.data import data_to_start
from rpo.runs.launch import new_folder
from rpo.spec import Objective, RunSpec
from rpo.voting import Answer, Ballots, Comparison, Options, Seat, to_shelf
from rpo.voting.database.migrations import CURRENT
from tests.voting.conftest import postgres, url, vote_all  # noqa: F401 - fixtures
from tests.voting.test_migrations import made_by

ASKED = ("Question 3?", "Question 4?")
QUICK = {"steps": 2, "held_out": 4, "samples": 0, "evaluations": 1, "prompt_tokens": 16, "answer_tokens": 8, "contrast_size": 4}
REFUSED = r"blind panel.*mine\.jsonl.*\b2\b.*\b2\b.*\b20\b"


@pytest.fixture
def spec(tiny_model):
    return RunSpec(model=str(tiny_model), objective=Objective.DPO, data="mine.jsonl", **QUICK)


@pytest.fixture
def homes(tmp_path, monkeypatch):
    """`homes("there")` goes to that home; each has the same data on its shelf."""

    def go(name):
        monkeypatch.setenv("RPO_HOME", str(tmp_path / "home" / name))
        if "mine.jsonl" not in preferences.data_folder():
            rows = [{"prompt": f"Question {n}?", "chosen": "yes", "rejected": "no", "split": "train"} for n in range(20)]
            rows += [{"prompt": f"Held {n}?", "chosen": "yes", "rejected": "no", "split": "test"} for n in range(5)]
            preferences.add("mine.jsonl", "\n".join(map(json.dumps, rows)).encode())

    return go


@pytest.fixture
def shared(url, monkeypatch):  # noqa: F811
    """One database for all homes, of each kind."""
    monkeypatch.setenv("RPO_VOTES_URL", url)
    return url


def panel_of(prompts=ASKED):
    pairs = [Comparison(prompt, Answer("before", "base"), Answer("after", "tuned")) for prompt in prompts]
    return Ballots().make_panel("a panel", pairs, options=Options(repeats=0))


def released(panel):
    vote_all(Ballots().rater_session(Seat(panel, "Ann")))
    to_shelf(Ballots(), panel, "votes.jsonl")


def sweep(spec):
    runs.start_sweep(spec, {"seed": [0, 1]})


def on_a_cluster(spec):
    runs.start(spec, place=runs.RayCluster("http://127.0.0.1:9"))


def resumed(spec):
    runs.resume(new_folder(spec))


WAYS = {
    "start": runs.start,
    "several processes": lambda spec: runs.start(spec, processes=2),
    "a cluster": on_a_cluster,
    "what Train weighs": runs.need,
    "a sweep": sweep,
    "resume": resumed,
    "an SFT stage": lambda spec: runs.start(replace(spec, sft_steps=2)),
    "single answers": lambda spec: runs.start(replace(spec, objective=Objective.KTO)),
}


@pytest.mark.weights
@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_start_asks_the_database(homes, spec, monkeypatch, tmp_path, way):
    monkeypatch.setenv("RPO_VOTES_URL", f"sqlite:///{tmp_path / 'votes.db'}")
    homes("first")
    panel_of()
    homes("second")
    assert reserved(ASKED) == ()  # the list of this home knows nothing of it
    with pytest.raises(RpoError, match=r"blind panel.*mine\.jsonl.*\b2\b"):
        WAYS[way](spec)
    assert [run for run in runs.all_runs() if run.state.status is not Status.NEW] == []


def test_the_second_home_is_refused_until_the_first_has_released_the_votes(homes, spec, shared):
    homes("first")
    panel = panel_of()
    homes("second")
    with pytest.raises(RpoError, match=REFUSED):
        runs.start(spec)
    assert runs.all_runs() == ()
    homes("first")
    released(panel)
    assert Ballots().panel(panel).released == pytest.approx(time.time(), abs=60)
    assert data_to_start(spec)
    homes("second")
    assert data_to_start(spec)
    panel_of(ASKED[:1])  # another panel asks one of them again
    homes("first")
    with pytest.raises(RpoError, match=r"\b1\b.*\b1\b.*\b20\b"):
        data_to_start(spec)


def test_the_time_of_the_first_release_stays(homes, shared):
    homes("first")
    panel = panel_of()
    Ballots().release(panel)
    first = Ballots().panel(panel).released
    Ballots().release(panel)
    assert Ballots().panel(panel).released == first
    with pytest.raises(RpoError):
        Ballots().release("never made")


def test_what_either_knows_counts(homes, spec, shared):
    homes("first")
    panel_of(ASKED[:1])
    reserve(ASKED[1:], "a panel of another database")
    with pytest.raises(RpoError, match=REFUSED):
        data_to_start(spec)


@pytest.mark.parametrize(
    ("of_the_panel", "of_the_data"),
    [
        ("Question\0 3?", "Question\0 3?"),
        ("Question \ud800 3?", "Question \ud800 3?"),
        ("  Question\n 3? ", "Question 3?"),
        ("\n\nHuman: Question 3?\n\nAssistant:", "Question 3?"),
    ],
)
def test_a_prompt_is_known_however_the_database_holds_it(homes, shared, of_the_panel, of_the_data):
    homes("first")
    panel_of([of_the_panel])
    homes("second")
    assert asked_by_panels([of_the_data, "Question 4?"]) == (of_the_data,)


@pytest.mark.weights
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # what the database of each kind says of its prompts stands above
def test_a_run_of_released_votes_ends_well_where_the_panel_was_made_and_is_resumed(homes, spec, shared):
    homes("second")
    panel = panel_of()
    homes("first")
    released(panel)
    homes("second")
    assert reserved(ASKED) == ASKED  # nobody has released them here, and the run's process reads this list alone
    run = runs.start(replace(spec, steps=60))
    until(lambda: len(run.metrics) > 3 or not run.state.active)
    run.stop()
    until(lambda: not run.state.active)
    assert run.state.status is Status.STOPPED, run.state.message
    assert reserved(ASKED) == ()
    runs.resume(run)
    until(lambda: not run.state.active)
    assert run.state.status is Status.DONE, run.state.message


def until(holds, seconds=120):
    end = time.time() + seconds
    while not holds():
        assert time.time() < end, "waited in vain"
        time.sleep(0.1)


def test_a_home_of_its_own_asks_its_own_database(homes, spec):
    homes("first")
    panel = panel_of()
    for path in storage.folder("fence").iterdir():
        path.unlink()
    with pytest.raises(RpoError, match=REFUSED):
        data_to_start(spec)
    homes("second")
    assert data_to_start(spec)
    homes("first")
    Ballots().release(panel)
    assert data_to_start(spec)


def test_without_a_database_the_list_counts_alone_and_none_is_made(homes, spec):
    homes("first")
    assert blind() is None
    assert data_to_start(spec)
    reserve(ASKED, "a panel")
    with pytest.raises(RpoError, match=REFUSED):
        data_to_start(spec)
    assert not (storage.home() / "votes").exists()


def old(place):
    made_by(1, f"sqlite:///{place}")


def newer(place):
    Ballots(f"sqlite:///{place}")
    with sqlite3.connect(place) as database:
        database.execute(f"INSERT INTO schema_version VALUES ({VOTES_SCHEMA + 1})")


def without_pairs(place):
    Ballots(f"sqlite:///{place}")
    with sqlite3.connect(place) as database:
        database.execute("DROP TABLE comparisons")


BAD = {
    "missing": (lambda place: None, r"votes\.db.*no file"),
    "a folder": (Path.mkdir, r"votes\.db.*no file"),
    "empty": (Path.touch, rf"empty.*\b{VOTES_SCHEMA}\b"),
    "garbage": (lambda place: place.write_text("no database" * 1000), "not a database"),
    "without a table": (without_pairs, "no such table: comparisons"),
    "older": (old, rf"\b1\b.*\b{VOTES_SCHEMA}\b"),
    "newer": (newer, rf"\b{VOTES_SCHEMA + 1}\b.*\b{VOTES_SCHEMA}\b"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_database_that_cannot_say_is_refused(homes, spec, monkeypatch, tmp_path, kind):
    make, words = BAD[kind]
    make(tmp_path / "votes.db")
    monkeypatch.setenv("RPO_VOTES_URL", f"sqlite:///{tmp_path / 'votes.db'}")
    homes("first")
    with pytest.raises(RpoError, match=f"votes database.*{words}.*RPO_VOTES_URL"):
        runs.start(spec)
    assert runs.all_runs() == ()
    assert (tmp_path / "votes.db").exists() == (kind != "missing")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://rpo:geheim@127.0.0.1:9/votes",
        "postgresql+nodriver://rpo:geheim@127.0.0.1:9/votes",
        "rpo:geheim@127.0.0.1",
        "mongodb://rpo:geheim@127.0.0.1/votes",
    ],
)
def test_a_server_that_does_not_answer_is_refused_and_no_password_is_shown(homes, spec, monkeypatch, url):  # noqa: F811
    monkeypatch.setenv("RPO_VOTES_URL", url)
    homes("first")
    with pytest.raises(RpoError, match="votes database.*RPO_VOTES_URL") as refusal:
        runs.start(spec)
    assert "geheim" not in str(refusal.value)


def test_an_older_database_will_do_once_it_was_opened(homes, spec, monkeypatch, tmp_path):
    old(tmp_path / "votes.db")
    monkeypatch.setenv("RPO_VOTES_URL", f"sqlite:///{tmp_path / 'votes.db'}")
    homes("first")
    with pytest.raises(RpoError, match=r"\bversion 1\b"):
        data_to_start(spec)
    Ballots()
    assert data_to_start(spec)
    assert asked_by_panels(["zero?"]) == ("zero?",)


def test_training_reads_the_version_that_voting_writes():
    assert VOTES_SCHEMA == CURRENT


def test_a_database_that_nobody_has_opened_is_refused(homes, spec, shared):
    homes("first")
    with pytest.raises(RpoError, match="no file|empty"):
        data_to_start(spec)
