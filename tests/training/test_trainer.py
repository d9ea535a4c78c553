"""The loop: exact whatever the micro-batch, repeatable, and it learns."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from rpo import preferences, runs, storage
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.models.load import open_policy
from rpo.preferences import EMBEDDED_LOG, Kind
from rpo.runs.run import Run
from rpo.spec import Objective, RunSpec
from rpo.training.dataset import Examples, ReferenceStore
from rpo.training.gradients import backward
from rpo.training.seen import objective
from rpo.training.trainer import train

QUIET = {"held_out": 0, "samples": 0, "evaluations": 0}


def quiet(progress, message):
    """A report nobody reads."""


def run_of(spec, name="run"):
    folder = storage.folder("runs", name)
    storage.write_json(folder / "spec.json", spec.as_dict())
    return Run(folder)


def rows_of(policy, kind, count):
    prompts = [f"Question {n}?" for n in range(count)]
    if kind is Kind.PAIRED:
        return [policy.row(p, f"Yes, {n} times.", "Hard to say.") for n, p in enumerate(prompts)]
    return [policy.row(p, f"Answer {n}.") for n, p in enumerate(prompts)]


@pytest.mark.parametrize("micro", [1, 3, 5])
@pytest.mark.parametrize("name", [Objective.RPO_PAIRED, Objective.RPO_UNPAIRED])
def test_the_gradient_does_not_know_the_micro_batch(tiny_model, name, micro):
    spec = RunSpec(model=str(tiny_model), objective=name)
    policy, size = open_policy(spec), 8
    for key, parameter in policy.model.named_parameters():
        if "lora_B" in key:
            torch.nn.init.normal_(parameter, std=0.1)
    rows = rows_of(policy, name.kind, size)
    liked = None if name.kind is Kind.PAIRED else np.arange(size) % 2 == 0
    data = Examples(policy, rows, liked, ReferenceStore("store"))
    batch = next(data.batches(replace(spec, contrast_size=size if data.paired else size // 2)))
    rows = [rows[n] for n in data.picked(batch)]
    reference = data.reference(rows, 4)
    weights = torch.rand(len(batch.chosen), len(batch.rejected)).softmax(1)

    def gradient(micro):
        policy.model.zero_grad()
        backward(policy, rows, reference, lambda x: objective(spec)(*data.sides(x, batch), weights, 0.0), micro)
        return torch.cat([p.grad.flatten() for p in policy.model.parameters() if p.requires_grad])

    whole, split = gradient(len(rows)), gradient(micro)
    assert (whole - split).norm() / whole.norm() < 1e-5


@pytest.mark.weights
@pytest.mark.parametrize("name", list(Objective))
def test_every_objective_trains_and_its_adapter_opens_with_plain_peft(tiny_model, stub_vectors, few, name):
    from peft import PeftModel

    run = run_of(RunSpec(model=str(tiny_model), objective=name, data=few[name.kind], steps=2, contrast_size=3, **QUIET))
    train(run, quiet)
    assert [record["step"] for record in run.metrics] == [1, 2]
    assert all(np.isfinite(record["loss"]) for record in run.metrics)
    opened = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_model), str(run.adapter))
    assert any(p.abs().sum() > 0 for n, p in opened.named_parameters() if "lora_B" in n)


def test_the_same_spec_gives_the_same_curve(tiny_model, stub_vectors, few):
    spec = RunSpec(model=str(tiny_model), data=few[Kind.PAIRED], steps=3, contrast_size=3, **QUIET)
    curves = []
    for name in ("one", "two"):
        run = run_of(spec, name)
        train(run, quiet)
        curves.append([(record["loss"], record["grad_norm"]) for record in run.metrics])
    assert curves[0] == curves[1]


def test_the_first_loss_is_that_of_an_untrained_policy(tiny_model, stub_vectors, few):
    run = run_of(RunSpec(model=str(tiny_model), data=few[Kind.PAIRED], steps=1, contrast_size=4, **QUIET))
    train(run, quiet)
    assert run.metrics[0]["loss"] == pytest.approx(np.log(2), abs=1e-6)
    assert run.metrics[0]["accuracy"] == 0.5


@pytest.mark.weights
def test_it_learns_what_it_is_shown(tiny_model, stub_vectors, few):
    sizes = {"steps": 8, "warmup": 1, "contrast_size": 6, "held_out": 6, "samples": 2, "new_tokens": 4, "evaluations": 1}
    run = run_of(RunSpec(model=str(tiny_model), data=few[Kind.PAIRED], lr=3e-2, **sizes))
    train(run, quiet)
    losses = [record["loss"] for record in run.metrics]
    assert np.mean(losses[-3:]) < losses[0] - 1e-2
    before, after = run.evaluations
    assert before["accuracy"] == 0.5
    assert after["accuracy"] > 0.8
    assert after["kl"] > 0
    assert run.summary["after"]["answers"] == 2


@pytest.mark.parametrize("objective", [Objective.DPO, Objective.KTO])
def test_what_the_loss_saw_is_kept_with_the_run(tiny_model, few, objective):
    data = few[objective.kind]
    sizes = {"steps": 3, "contrasts": 2, "contrast_size": 2, "held_out": 6, "evaluations": 2, "samples": 0, "new_tokens": 4}
    run = run_of(RunSpec(model=str(tiny_model), objective=objective, data=data, lr=1e-2, **sizes))
    train(run, quiet)
    rows = {row["id"]: row for row in preferences.load(data).rows}
    held_out, trained = run.logratios(), run.logratios("train")
    assert {rows[name]["split"] for name in held_out} == {"held-out"}
    assert {rows[name]["split"] for name in trained} == {"train"}
    assert len(held_out) == 6
    if objective is Objective.DPO:
        margins = [chosen - rejected for chosen, rejected in held_out.values()]
    else:
        liked = [ratio for name, (ratio,) in held_out.items() if rows[name]["liked"]]
        margins = [one - ratio for one in liked for name, (ratio,) in held_out.items() if not rows[name]["liked"]]
    assert 0.1 * np.mean(margins) == pytest.approx(run.evaluations[-1]["margin"], rel=1e-4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": EMBEDDED_LOG}, "rpo-paired learns from paired data, embedded-log is unpaired"),
        ({"contrast_size": 200, "micro_batch": 200, "prompt_tokens": 10**7, "answer_tokens": 10**7}, "a run must fit the memory"),
        ({"contrast_size": 1000}, "contrast_size must be at most"),
        ({"data": "no/such/file.jsonl"}, "no/such/file.jsonl"),
    ],
)
def test_a_run_that_cannot_work_is_refused_before_it_starts(tiny_model, change, words):
    with pytest.raises(RpoError, match=words):
        runs.start(replace(RunSpec(model=str(tiny_model)), **change))
    assert runs.all_runs() == ()


def until(condition, seconds=120.0):
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            pytest.fail("waited in vain")
        time.sleep(0.1)


@pytest.mark.weights
def test_a_detached_run_is_watched_and_stopped(tiny_model):
    spec = RunSpec(model=str(tiny_model), objective=Objective.DPO, steps=100_000, contrast_size=2, **QUIET)
    run = runs.start(spec)
    until(lambda: len(run.metrics) >= 3)
    assert run.state.status is Status.RUNNING
    run.stop()
    until(lambda: run.state.status is Status.STOPPED)
    assert run.adapter is not None


def test_a_run_on_dialogues_answers_them_for_a_panel(tiny_model, stub_vectors, tmp_path):
    turns = "\n\nHuman: Hello\n\nAssistant: Hello.\n\nHuman: Why {}?\n\nAssistant:"
    rows = [{key: turns.format(n) + f" {word} {n}." for key, word in (("chosen", "Yes"), ("rejected", "No"))} for n in range(24)]
    file = tmp_path / "dialogues.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    short = {"prompt_tokens": 64, "answer_tokens": 8, "new_tokens": 4, "held_out": 2, "samples": 2, "evaluations": 1}
    run = run_of(RunSpec(model=str(tiny_model), data=str(file), steps=1, contrast_size=4, **short))
    train(run, quiet)
    assert [pair.prompt.count("Human:") for pair in runs.answer_pairs(run)] == [2, 2]
