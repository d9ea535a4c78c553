"""A run's records have one writer and one list of names, and a tracker shows what the folder holds or fails without harm."""

import ast
import json
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from rpo import jobs, storage
from rpo.errors import RpoError
from rpo.jsonl import read_lines
from rpo.preferences import Kind
from rpo.runs import trackers
from rpo.runs.launch import new_folder
from rpo.runs.recorder import TRACKED, Recorder, recording
from rpo.runs.run import File, Records, Run
from rpo.spec import Objective, RunSpec
from rpo.training.trainer import train

ROOT = Path(__file__).parent.parent.parent
FEW = {
    "objective": Objective.DPO,
    "contrast_size": 4,
    "held_out": 4,
    "samples": 0,
    "probes": 0,
    "evaluations": 2,
    "save_every": 2,
}


def test_every_name_of_a_file_is_spelled_once():
    names = {*Records, *File}
    spelled = Counter()
    for path in (one for room in ("runs", "training", "commands") for one in (ROOT / "rpo" / room).rglob("*.py")):
        nodes = ast.walk(ast.parse(path.read_text()))
        spelled.update(node.value for node in nodes if isinstance(node, ast.Constant) and node.value in names)
    assert spelled == dict.fromkeys(map(str, names), 1)


def run_of(spec, name):
    run = Run(storage.folder("runs", name))
    Recorder(run).write(File.SPEC, spec.as_dict())
    return run


def test_only_the_first_process_writes():
    run, kept = run_of(RunSpec(), "second"), storage.folder("kept")
    other = Recorder(run, first=False)
    before = sorted(run.folder.iterdir())
    other.record(Records.METRICS, {"step": 1})
    other.add(run.folder / "shared.jsonl", {"step": 1})
    other.write(File.SUMMARY, {})
    other.leave(Records.SFT, kept)
    other.adopt(Records.SFT, kept)
    assert sorted(run.folder.iterdir()) == before
    assert not any(kept.iterdir())
    Recorder(run).record(Records.METRICS, {"step": 1})
    other.go_on(0, Records.METRICS)
    assert run.metrics == [{"step": 1}]


@pytest.mark.parametrize(("done", "left"), [(0, []), (2, [1, 2]), (9, [1, 2, 3])])
def test_what_was_recorded_after_the_checkpoint_is_dropped(done, left):
    run = run_of(RunSpec(), "resumed")
    recorder = Recorder(run)
    for step in (1, 2, 3):
        recorder.record(Records.METRICS, {"step": step})
    recorder.go_on(done, Records.METRICS, Records.SAMPLES)
    assert [record["step"] for record in run.metrics] == left


def test_a_tracker_is_noted_when_a_run_is_begun_and_kept_when_it_goes_on(monkeypatch):
    monkeypatch.setenv(trackers.ASKED, "trackio")
    run = new_folder(RunSpec())
    monkeypatch.delenv(trackers.ASKED)
    assert run.launch["tracker"] == "trackio"
    assert isinstance(trackers.tracker_of(run), trackers.Trackio)
    assert trackers.tracker_of(new_folder(RunSpec())) is None


def test_a_tracker_that_nobody_knows_is_refused_before_a_run_begins(monkeypatch):
    monkeypatch.setenv(trackers.ASKED, "paper")
    with pytest.raises(RpoError, match="RPO_TRACKER.*trackio.*'paper'"):
        new_folder(RunSpec())


class Failing:
    """A tracker that fails in one act."""

    act = ""

    def open(self, name, config):
        self._fail("open")
        return set()

    def log(self, kind, step, figures):
        self._fail("log")

    def close(self):
        self._fail("close")

    def _fail(self, act):
        if self.act == act:
            raise OSError(28, "No space left on device")


@pytest.mark.weights
@pytest.mark.parametrize("act", ["open", "log", "close"])
def test_a_tracker_that_fails_does_not_end_the_run(tiny_model, few, monkeypatch, capfd, act):
    monkeypatch.setitem(trackers.TRACKERS, trackers.Name.TRACKIO, type("Full", (Failing,), {"act": act}))
    monkeypatch.setenv(trackers.ASKED, "trackio")
    run = run_of(RunSpec(model=str(tiny_model), data=few[Kind.PAIRED], steps=2, **FEW), "harmed")
    train(run, lambda part, words: None)
    assert [record["step"] for record in run.metrics] == [1, 2]
    assert run.summary is not None
    assert "No space left on device" in run.untracked
    said = [line for line in capfd.readouterr().err.splitlines() if "No space left on device" in line]
    assert len(said) == 1
    monkeypatch.delenv(trackers.ASKED)
    with recording(run):
        assert run.untracked == ""  # nobody asks for it any more


@pytest.mark.parametrize(("installed", "why"), [(False, "installed"), (True, "local database")])
def test_a_tracker_that_cannot_be_opened_is_noted_in_words(monkeypatch, tmp_path, installed, why):
    monkeypatch.setenv(trackers.ASKED, "trackio")
    monkeypatch.setenv("TRACKIO_SPACE_ID", "me/space")
    (tmp_path / "trackio.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "trackio", raising=False)
    if not installed:
        monkeypatch.setitem(sys.modules, "trackio", None)  # Python finds no module of this name
    run = run_of(RunSpec(), "unopened")
    with recording(run) as recorder:
        recorder.record(Records.METRICS, {"step": 1, "loss": 0.5})
    assert run.metrics == [{"step": 1, "loss": 0.5}]
    assert why in run.untracked


def test_a_folder_in_which_nothing_can_be_noted_does_not_end_the_run_either(monkeypatch, capfd):
    def full(path, value):
        raise RpoError("the disk must have room")

    monkeypatch.setenv(trackers.ASKED, "paper")
    run = run_of(RunSpec(), "closed")
    monkeypatch.setattr(storage, "write_json", full)
    with recording(run) as recorder:
        recorder.record(Records.METRICS, {"step": 1})
    assert "the disk must have room" in capfd.readouterr().err
    assert run.metrics == [{"step": 1}]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """Trackio's own, in a folder that it reads once, when it is imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACKIO_DIR", str(tmp_path_factory.mktemp("trackio")))
        pytest.importorskip("trackio", reason="trackio is not installed: pip install trackio")
        from trackio.sqlite_storage import SQLiteStorage

        yield SQLiteStorage


@pytest.fixture
def tracked(database, monkeypatch):
    monkeypatch.setenv(trackers.ASKED, "trackio")
    return database


def shown(database, run):
    """What trackio holds of a run: its figures by kind, step and name."""
    rows = database.get_logs(trackers.PROJECT, run.name)
    each = [(name.split("/"), row["step"], value) for row in rows for name, value in row.items() if "/" in name]
    return {(kind, step, name): value for (kind, name), step, value in each}


def kept(run):
    """The same, as the folder has it."""
    return {
        (Path(kind).stem, record["step"], name): value
        for kind in TRACKED
        for record in read_lines(run.folder / kind)
        for name, value in record.items()
        if name != "step" and isinstance(value, int | float)
    }


@pytest.mark.weights
def test_trackio_holds_the_folders_figures_through_a_stop_and_a_resume(tiny_model, few, tracked):
    run = run_of(RunSpec(model=str(tiny_model), data=few[Kind.PAIRED], steps=5, sft_steps=2, **FEW), "whole")

    def stopping(part, words):
        if words.startswith("step 3 "):
            raise jobs.Stopped

    with pytest.raises(jobs.Stopped):
        train(run, stopping)
    assert shown(tracked, run) == kept(run)
    train(run, lambda part, words: None)
    assert {step for kind, step, _ in shown(tracked, run) if kind == "metrics"} == {1, 2, 3, 4, 5}
    assert shown(tracked, run) == kept(run)
    assert len(tracked.get_logs(trackers.PROJECT, run.name)) == sum(len(read_lines(run.folder / kind)) for kind in TRACKED)
    assert [record["name"] for record in tracked.get_run_records(trackers.PROJECT)].count(run.name) == 1
    config = tracked.get_run_config(trackers.PROJECT, run.name)
    assert {name: config[name] for name in run.spec.as_dict()} == json.loads(json.dumps(run.spec.as_dict()))
    assert run.untracked == ""


def test_a_step_taken_again_is_not_shown_twice_and_one_that_was_missed_is_shown_later(tracked, monkeypatch):
    run = run_of(RunSpec(), "killed")
    with recording(run) as recorder:
        for step in (1, 2, 3):
            recorder.record(Records.METRICS, {"step": step, "loss": float("nan") if step == 2 else 0.5, "tokens": 7})
    monkeypatch.delenv(trackers.ASKED)
    with recording(run) as recorder:  # a time without the tracker
        recorder.record(Records.METRICS, {"step": 4, "loss": 0.25})
    monkeypatch.setenv(trackers.ASKED, "trackio")
    with recording(run) as recorder:
        recorder.go_on(4, Records.METRICS)
    assert sorted(row["step"] for row in tracked.get_logs(trackers.PROJECT, run.name)) == [1, 2, 3, 4]
    with recording(run) as recorder:  # killed, and resumed from a checkpoint at step 2
        recorder.go_on(2, Records.METRICS)
        for step in (3, 4):
            recorder.record(
                Records.METRICS, {"step": step, "loss": 0.5 if step == 3 else 0.25, **({"tokens": 7} if step == 3 else {})}
            )
    assert sorted(row["step"] for row in tracked.get_logs(trackers.PROJECT, run.name)) == [1, 2, 3, 4]
    assert shown(tracked, run) == kept(run)


def test_what_trackio_could_not_write_is_noted_at_the_end(tracked, monkeypatch):
    def full(*args, **options):
        raise OSError(28, "No space left on device")

    run = run_of(RunSpec(), "full")
    with recording(run) as recorder:
        monkeypatch.setattr(tracked, "bulk_log", full)
        recorder.record(Records.METRICS, {"step": 1, "loss": 0.5})
    assert re.search(r"\b1 of 1\b", run.untracked)
    assert run.metrics == [{"step": 1, "loss": 0.5}]
