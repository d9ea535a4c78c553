"""The learning rate of every step: what runs had before there was a choice, else transformers' own, whole after a stop."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rpo import jobs, storage, weights
from rpo.preferences import Kind
from rpo.runs.run import Run
from rpo.spec import Objective, RunSpec, Schedule
from rpo.training.optim import FLOOR, lr_multiplier
from rpo.training.trainer import train

FEW = {"steps": 5, "warmup": 2, "contrast_size": 2, "held_out": 0, "samples": 0, "evaluations": 0, "save_every": 100}


def as_ever(step, steps, warmup):
    """The formula of runs that could not choose a schedule."""
    if step < warmup:
        return (step + 1) / warmup
    return max(0.1, 1 - 0.9 * (step - warmup) / max(1, steps - warmup))


@given(st.integers(1, 3000), st.integers(0, 400), st.integers(0, 3000))
def test_the_default_is_to_the_last_bit_what_it_was(steps, warmup, step):
    assert (
        lr_multiplier(step, steps, warmup) == lr_multiplier(step, steps, warmup, Schedule.LINEAR) == as_ever(step, steps, warmup)
    )


@given(st.sampled_from(Schedule), st.integers(1, 300), st.integers(0, 40))
def test_a_schedule_stays_between_its_floor_and_its_peak(schedule, steps, warmup):
    shares = [lr_multiplier(step, steps, warmup, schedule) for step in range(steps)]
    assert all(0 < share <= 1 for share in shares)
    assert shares[:warmup] == sorted(shares[:warmup])
    after = shares[warmup:]
    assert after == sorted(after, reverse=True)
    assert all(share > FLOOR - 1e-12 for share in after)


@pytest.mark.parametrize(("schedule", "name", "options"), [
    (Schedule.LINEAR, "polynomial", {"lr_end": 0.1, "power": 1.0}),
    (Schedule.COSINE, "cosine_with_min_lr", {"min_lr_rate": 0.1}),
    (Schedule.CONSTANT, "constant_with_warmup", {}),
])  # fmt: skip
def test_after_the_warm_up_it_is_what_transformers_steps_through(schedule, name, options):
    with weights.without_bitsandbytes():  # which takes longer to import than all else here
        from transformers import get_scheduler

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    theirs = get_scheduler(name, optimizer, 5, 40, scheduler_specific_kwargs=options)
    for step in range(40):
        if step >= 5:
            assert lr_multiplier(step, 40, 5, schedule) == pytest.approx(theirs.get_last_lr()[0], abs=1e-12)
        optimizer.step()
        theirs.step()


@pytest.mark.weights
@pytest.mark.parametrize("schedule", list(Schedule))
def test_a_run_that_was_stopped_goes_on_at_the_learning_rate_it_would_have_had(tiny_model, few, schedule):
    spec = RunSpec(model=str(tiny_model), data=few[Kind.PAIRED], objective=Objective.DPO, schedule=schedule, **FEW)
    run = Run(storage.folder("runs", "run"))
    storage.write_json(run.folder / "spec.json", spec.as_dict())
    with pytest.raises(jobs.Stopped):
        train(run, stopping_at(3))
    train(run, lambda part, words: None)
    assert [record["lr"] for record in run.metrics] == [spec.lr * lr_multiplier(step, 5, 2, schedule) for step in range(5)]


def stopping_at(step):
    def report(part, words):
        if words.startswith(f"step {step} "):
            raise jobs.Stopped

    return report


def test_a_spec_of_before_keeps_its_schedule():
    old = {name: value for name, value in RunSpec().as_dict().items() if name != "schedule"}
    assert RunSpec.from_dict(old) == RunSpec()
    assert replace(RunSpec(), schedule="cosine").schedule is Schedule.COSINE
