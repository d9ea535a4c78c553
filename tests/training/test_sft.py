"""The stage before preferences: it learns the chosen answers, and what it has become is the reference."""

import pytest
import torch
from transformers import AutoModelForCausalLM

from rpo import jobs, storage
from rpo.models.load import open_policy
from rpo.preferences import EMBEDDED_LOG, Kind, load
from rpo.runs.answers import baseline_file
from rpo.runs.run import Run
from rpo.spec import Objective, RunSpec
from rpo.training.dataset import ReferenceStore, examples
from rpo.training.sft import sft_rows
from rpo.training.trainer import train

QUIET = {"held_out": 0, "samples": 0, "evaluations": 0}


def quiet(progress, message):
    """A report nobody reads."""


def run_of(spec, name):
    folder = storage.folder("runs", name)
    storage.write_json(folder / "spec.json", spec.as_dict())
    return Run(folder)


def spec_of(model, **change):
    few = {"sft_steps": 12, "sft_lr": 3e-2, "steps": 3, "contrast_size": 4, "prompt_tokens": 32, "answer_tokens": 32}
    return RunSpec(model=str(model), **{"objective": Objective.DPO, **few, **QUIET, **change})


@pytest.mark.weights
def test_it_learns_the_chosen_answers_and_becomes_the_reference(tiny_model):
    run = run_of(spec_of(tiny_model), "run")
    train(run, quiet)
    losses = [record["loss"] for record in run.sft]
    assert len(losses) == 12
    assert sum(losses[-3:]) < sum(losses[:3]) - 0.12  # a random model frozen all but its adapter can say little
    assert run.metrics[0]["loss"] == torch.tensor(2.0).log()  # policy and reference begin as one
    assert run.metrics[0]["margin"] == 0
    assert run.reference is not None


@pytest.mark.weights
def test_the_saved_adapter_holds_both_stages(tiny_model):
    run = run_of(spec_of(tiny_model, steps=0), "run")
    train(run, quiet)
    policy = open_policy(run.spec, run.adapter)
    row = policy.row("How do I boil an egg?", "Seven minutes.")
    bare = open_policy(run.spec, trainable=False)
    from peft import PeftModel

    plain = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_model), str(run.adapter))
    logits = plain(input_ids=torch.tensor([row.prompt + row.answers[0]])).logits[0].log_softmax(-1)
    alone = sum(logits[len(row.prompt) - 1 + place, token] for place, token in enumerate(row.answers[0]))
    assert torch.allclose(policy.logprobs([row])[0], alone, atol=1e-4)
    assert (policy.logprobs([row]) - bare.logprobs([row])).abs() > 0.5
    policy.set_reference(run.reference)
    with policy.reference():
        assert torch.allclose(policy.logprobs([row])[0], alone, atol=1e-4)


@pytest.mark.weights
def test_runs_that_ask_for_the_same_share_it(tiny_model, few):
    short = {"data": few[Kind.PAIRED], "sft_steps": 2, "steps": 1}
    first, second = run_of(spec_of(tiny_model, **short), "first"), run_of(spec_of(tiny_model, beta=0.3, **short), "second")
    said = {first: [], second: []}
    for run, messages in said.items():
        train(run, lambda progress, message, messages=messages: messages.append(message))
    assert [any(message.startswith("SFT step") for message in messages) for messages in said.values()] == [True, False]
    assert first.sft == second.sft
    assert baseline_file(first) == baseline_file(second)
    assert first.reference_name("fp32") == second.reference_name("fp32")
    assert baseline_file(run_of(spec_of(tiny_model, **{**short, "sft_steps": 0}), "third")) != baseline_file(first)


def test_of_judged_answers_only_those_liked_are_learned(tiny_model):
    spec = spec_of(tiny_model, objective=Objective.RPO_UNPAIRED, data=EMBEDDED_LOG)
    policy, data = open_policy(spec), load(EMBEDDED_LOG)
    rows = sft_rows(policy, data)
    assert len(rows) == sum(data.train["liked"])
    whole = examples(policy, data.train, data.kind, ReferenceStore("x"))
    assert set(rows) == {row for row, liked in zip(whole.rows, whole.liked, strict=True) if liked}


@pytest.mark.weights
def test_stopped_in_the_middle_it_goes_on(tiny_model, few):
    spec = spec_of(tiny_model, data=few[Kind.PAIRED], sft_steps=6, save_every=2, steps=1)
    whole, parted = run_of(spec, "whole"), run_of(spec, "parted")

    def stop(progress, message):
        if message.startswith("SFT step 3"):
            raise jobs.Stopped

    with pytest.raises(jobs.Stopped):
        train(parted, stop)
    assert [record["step"] for record in parted.sft] == [1, 2, 3]
    train(parted, quiet)
    kept = parted.sft
    for name in storage.folder("sft").iterdir():
        for file in name.iterdir():
            file.unlink()
    train(whole, quiet)
    assert [record["loss"] for record in kept] == [record["loss"] for record in whole.sft]
