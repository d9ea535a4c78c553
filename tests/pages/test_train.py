"""Train shows what a run's folder says, whatever state it is in, and never a traceback."""

import orjson
import pytest

from rpo import home, jobs, training
from rpo.training import RunSpec
from rpo.training.records import append_line
from tests.pages.conftest import button, drawn, words


@pytest.fixture
def run(rpo_home, tiny_model):
    """A run's folder as the process leaves it after three steps, adapter and answers aside."""
    folder = home.folder("runs", "20260102-030405-rpo-paired-abcd")
    home.write_json(folder / "spec.json", RunSpec(model=str(tiny_model), steps=3).as_dict())
    for step in (1, 2, 3):
        append_line(folder / "metrics.jsonl", {"step": step, "loss": 0.7, "chosen_reward": 0.0, "margin": 0.1 * step})
    return training.Run(folder)


def end(run, **state):
    home.write_json(run.folder / "state.json", {"progress": 1.0, "message": "", **state})


def test_a_finished_run_shows_before_and_after(visit, run):
    end(run, status="done")
    figures = {"accuracy": 0.5, "margin": 0.0, "kl": 0.0, "rule": 0.2, "answers": 4, "n": 6}
    after = {**figures, "accuracy": 0.75, "rule": None}
    summary = {"device": "CPU", "seed": 0, "seconds": {"train": 60.0, "answers": 60.0}, "before": figures, "after": after}
    home.write_json(run.folder / "summary.json", summary)
    at = visit("train", run=run.name)
    assert {metric.label: metric.value for metric in at.metric} == {
        "Held-out reward accuracy": "0.750",
        "Held-out margin": "0.000",
        "KL, nats a token": "0.000",
    }
    assert "6 held-out pairs, 4 answers, seed 0, 2.0 min on CPU" in words(at.caption)
    assert at.selectbox(key="watched").options == ["rpo-paired, τ 0.5, M 8, 3 steps · 02.01. 03:04"]


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"status": "failed", "message": "the disk is full"}, "the disk is full"),
        ({"status": "running", "message": "step 3"}, "its process died"),
    ],
)
def test_a_run_that_ended_badly_says_so(visit, run, state, says):
    end(run, **state)
    assert says in words(visit("train", run=run.name).error)


def test_a_run_at_work_is_watched(visit, run):
    with jobs.work(run.folder) as report:
        report(0.5, "step 3 of 6")
        report.write()
        at = visit("train", run=run.name)
        assert "running · step 3 of 6" in words(at.markdown)
        button(at, "Stop").click().run()
        assert (run.folder / "stop").exists()
        drawn(at)


@pytest.mark.parametrize(
    ("file", "content", "rule"),
    [
        ("spec.json", b'{"steps": -1}', "steps must be a whole number of at least 0, got -1"),
        ("spec.json", b'{"colour": 1}', "has no field colour"),
        ("spec.json", b"{", "must be JSON"),
        ("state.json", b"\x00", "must be JSON"),
        ("metrics.jsonl", b'{"step": 1}\nnonsense\n{"step": 2}\n', "line 2 is not"),
        ("summary.json", b"[", "must be JSON"),
    ],
)
def test_a_broken_file_in_a_run_is_named(visit, run, file, content, rule):
    end(run, status="done")
    (run.folder / file).write_bytes(content)
    assert rule in words(visit("train", run=run.name).error)


def test_the_form_drafts_what_tune_sent(visit, run, monkeypatch):
    end(run, status="done")
    started = []
    monkeypatch.setattr("rpo.training.start", lambda spec: started.append(spec) or run)
    at = visit("train")
    at.session_state["draft"] = {"tau": 0.3, "contrast_size": 16, "encoder": "some/encoder"}
    at.run()
    button(at, "Start the run").click().run()
    (spec,) = started
    assert (spec.tau, spec.contrast_size, spec.encoder) == (0.3, 16, "some/encoder")
    assert orjson.loads(orjson.dumps(spec.as_dict())) == spec.as_dict()
    drawn(at)
