"""Figures that a run reports: they know nothing of the micro-batch, and time, tokens and pace go on after a stop."""

import json
import time
from dataclasses import replace
from math import isnan

import pytest
import torch

from rpo import jobs, storage
from rpo.jsonl import append_lines
from rpo.models.load import open_policy
from rpo.preferences import Kind
from rpo.runs.recorder import Recorder
from rpo.runs.run import Run
from rpo.spec import Objective, RunSpec
from rpo.tokens.types import Row
from rpo.training.clock import Clock, Phase
from rpo.training.dataset import Examples, ReferenceStore
from rpo.training.evaluation import divergence
from rpo.training.trainer import train

TIMED = {"seconds", "tokens_per_second", "measuring_seconds", "reference_seconds"}


def quiet(progress, message):
    """A report nobody reads."""


def run_of(spec, name):
    folder = storage.folder("runs", name)
    storage.write_json(folder / "spec.json", spec.as_dict())
    return Run(folder)


def moved(spec):
    """A policy that has left its reference."""
    policy = open_policy(spec)
    for name, parameter in policy.trainable().items():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.5, generator=torch.Generator().manual_seed(0))
    return policy


@pytest.mark.weights
@pytest.mark.parametrize("micro", [1, 2, 3, 8])
def test_the_kl_is_the_mean_over_all_tokens_whatever_the_micro_batch(tiny_model, micro):
    spec = RunSpec(model=str(tiny_model), micro_batch=micro)
    policy = moved(spec)
    rows = [policy.row(f"Why {n}?", "So. " * (n * n + 1), "No." * n) for n in range(8)]
    each = [(policy.kl([Row(row.prompt, (answer,))]), len(answer)) for row in rows for answer in row.answers]
    exact = sum(kl * tokens for kl, tokens in each) / sum(tokens for _, tokens in each)
    assert divergence(Examples(policy, rows, None, ReferenceStore("x")), spec) == pytest.approx(exact, rel=1e-6)


@pytest.mark.weights
@pytest.mark.parametrize(
    ("objective", "micro"),
    [
        (Objective.RPO_PAIRED, 1),
        (Objective.RPO_UNPAIRED, 3),
        (Objective.KTO, 3),  # with a KL of other rows
        (Objective.SIMPO, 3),  # without a reference
        *(pytest.param(objective, micro, marks=pytest.mark.weights) for objective in Objective for micro in (1, 3)),
    ],
)
def test_no_figure_knows_the_micro_batch(tiny_model, stub_vectors, tmp_path, objective, micro):
    data = tmp_path / "unequal.jsonl"
    rows = [{"prompt": f"Why {n}?", "chosen": f"So{'. So' * n * (n % 4)}", "rejected": f"{n}" * (n + 1)} for n in range(12)]
    splits = ("train", "test", "train")
    data.write_text("".join(json.dumps({**row, "split": splits[n % 3]}) + "\n" for n, row in enumerate(rows)))
    sizes = {"steps": 2, "contrast_size": 2, "contrasts": 2, "held_out": 4, "evaluations": 1, "samples": 0}
    spec = RunSpec(model=str(tiny_model), objective=objective, data=str(data), lr=1e-1, sft_steps=1, **sizes)
    whole, run = (run_of(replace(spec, micro_batch=size), str(size)) for size in (32, micro))
    train(whole, quiet)
    for path in (*storage.folder("reference").iterdir(), *storage.folder("sft").rglob("*.safetensors")):
        path.unlink()
    train(run, quiet)
    for kind in ("sft", "metrics", "evaluations"):
        for one, other in zip(getattr(whole, kind), getattr(run, kind), strict=True):
            assert set(one) == set(other)
            for figure in set(one) - TIMED:
                assert same(one[figure], other[figure]), (kind, one["step"], figure, one[figure], other[figure])
    assert whole.summary["tokens"] == run.summary["tokens"] == sum(step["tokens"] for step in run.metrics)


def same(one, other):
    return (one is None and other is None) or one == pytest.approx(other, rel=1e-3, abs=2e-5) or (isnan(one) and isnan(other))


@pytest.mark.weights
def test_time_tokens_and_pace_go_on_after_a_stop_and_leave_the_pause_out(tiny_model, few):
    sizes = {"steps": 6, "contrast_size": 2, "held_out": 4, "samples": 2, "new_tokens": 4, "save_every": 2, "evaluations": 2}
    run = run_of(RunSpec(model=str(tiny_model), data=few[Kind.PAIRED], objective=Objective.DPO, **sizes), "run")

    def slowly(progress, message):
        if message.startswith("step"):
            time.sleep(0.2)
        if message.startswith("step 3"):
            raise jobs.Stopped

    with pytest.raises(jobs.Stopped):
        train(run, slowly)
    first = storage.read_json(run.folder / "seconds.json")["train"]
    assert first > 0.6
    time.sleep(0.8)
    began = time.monotonic()
    train(run, quiet)
    again = time.monotonic() - began
    taken = run.summary["seconds"]
    assert first + again == pytest.approx(taken["train"] + taken["answers"], abs=0.3)
    assert run.summary["tokens"] == sum(step["tokens"] for step in run.metrics)
    assert len(run.metrics) == 6


def test_the_eta_after_a_resume_is_that_of_all_steps(tiny_model, few):
    sizes = {"steps": 100, "contrast_size": 2, "held_out": 0, "samples": 0, "evaluations": 0, "save_every": 1}
    run = run_of(RunSpec(model=str(tiny_model), data=few[Kind.PAIRED], objective=Objective.DPO, **sizes), "run")

    def stop_at(step):
        def stop(progress, message):
            said.append(message)
            if message.startswith(f"step {step} "):
                raise jobs.Stopped

        return stop

    said = []
    with pytest.raises(jobs.Stopped):
        train(run, stop_at(3))
    slow = [{**record, "seconds": 40.0} for record in run.metrics]
    (run.folder / "metrics.jsonl").unlink()
    append_lines(run.folder / "metrics.jsonl", slow)
    with pytest.raises(jobs.Stopped):
        train(run, stop_at(4))
    assert "step 4 of 100, about 48 min of steps left" in said[-1]  # 96 steps of 30 seconds


def test_the_last_step_leaves_no_time(tiny_model, few):
    run = run_of(
        RunSpec(
            model=str(tiny_model),
            data=few[Kind.PAIRED],
            objective=Objective.DPO,
            steps=2,
            contrast_size=2,
            held_out=0,
            samples=0,
            evaluations=0,
        ),
        "run",
    )
    said = []
    train(run, lambda progress, message: said.append(message))
    assert [" left" in words for words in said if words.startswith("step ")] == [True, False]
    assert run.reached == "step 2 of 2"


def test_a_clock_keeps_what_a_killed_process_had_counted(tmp_path):
    killed = Clock(Recorder(Run(tmp_path)))
    report = killed.heard(quiet)
    killed.written -= 2.0  # the last time it was written down is some time ago
    time.sleep(0.3)
    report(0.1, "step 1")
    after = Clock(Recorder(Run(tmp_path)))
    assert 0.3 <= after.spent[Phase.TRAIN] < 1.0
    after.enter(Phase.ANSWERS)
    time.sleep(0.1)
    after.write()
    assert Clock(Recorder(Run(tmp_path))).spent[Phase.ANSWERS] >= 0.1
