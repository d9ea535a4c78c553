"""One objective whatever the hardware: micro-batches, processes, kills and caches change nothing."""

import errno
import os
import signal
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from rpo import home, jobs, training
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, load
from rpo.training import Objective, RunSpec, checkpoint
from rpo.training.batches import Batching
from rpo.training.gradients import backward, scores
from rpo.training.loop import random_vectors, train
from rpo.training.measures import spread
from rpo.training.objectives import centre, objective, weights_of
from rpo.training.packing import Row
from rpo.training.policy import open_policy
from rpo.training.reference import ReferenceStore
from rpo.training.run import Run
from rpo.training.spec import Control, Weighting

QUIET = {"held_out": 0, "samples": 0, "evaluations": 0}
SHORT = {**QUIET, "prompt_tokens": 24, "answer_tokens": 16, "lr": 1e-3, "warmup": 1}


def run_of(spec, name):
    folder = home.folder("runs", name)
    home.write_json(folder / "spec.json", spec.as_dict())
    return Run(folder)


def quiet(progress, message):
    """A report nobody reads."""


def ended(run, seconds=200.0):
    end = time.time() + seconds
    while run.state.active:
        assert time.time() < end, run.log()
        time.sleep(0.1)
    return run


def curve(run):
    return np.array([(record["loss"], record["grad_norm"], record["margin"]) for record in run.metrics])


def adapter(run):
    return load_file(run.adapter / "adapter_model.safetensors")


@pytest.mark.weights
@pytest.mark.parametrize("size", [4, 32])
def test_the_real_models_gradient_does_not_know_the_micro_batch(real_weights, size):
    policy, rows = open_policy(RunSpec(prompt_tokens=16, answer_tokens=10)), []
    for example in load(EMBEDDED).train.select(range(size)):
        rows.append(policy.row(example["prompt"], example["chosen"], example["rejected"]))
    weights = torch.rand(size, size, generator=torch.Generator().manual_seed(0)).softmax(1)
    with policy.reference():
        reference = scores(policy, rows, 8)
    for name, parameter in policy.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.02)

    def gradient(micro):
        policy.model.zero_grad()
        backward(policy, rows, reference, lambda x: objective(RunSpec())(x[0::2], x[1::2], weights, 0.0), micro)
        return torch.cat([p.grad.flatten() for p in policy.model.parameters() if p.requires_grad])

    whole = gradient(size)
    assert (gradient(3) - whole).norm() / whole.norm() < 1e-5


@pytest.mark.weights
def test_two_processes_train_as_one(real_weights):
    spec = RunSpec(objective=Objective.RPO_UNPAIRED, data=EMBEDDED_LOG, steps=3, contrast_size=4, **SHORT)
    spec = replace(spec, held_out=4, evaluations=1, micro_batch=3)
    alone, together = run_of(spec, "alone"), training.start(spec, processes=2)
    train(alone, quiet)
    ended(together)
    assert together.state.status is Status.DONE, together.log()
    assert np.allclose(curve(alone), curve(together), rtol=1e-4, atol=1e-5)
    assert together.evaluations[-1]["margin"] == pytest.approx(alone.evaluations[-1]["margin"], rel=1e-3, abs=1e-4)
    for key, values in adapter(alone).items():
        assert torch.allclose(values, adapter(together)[key], atol=2e-4), key


@pytest.mark.weights
def test_a_run_killed_at_any_moment_goes_on_as_if_nothing_had_happened(real_weights):
    spec = RunSpec(objective=Objective.DPO, steps=9, contrast_size=2, save_every=2, **SHORT)
    undisturbed, killed = run_of(spec, "undisturbed"), training.start(spec)
    while len(killed.metrics) < 5:
        assert killed.state.active, killed.log()
        time.sleep(0.01)
    os.kill(killed.state.pid, signal.SIGKILL)
    while killed.state.active:
        time.sleep(0.05)
    assert killed.state.status is Status.LOST
    assert len(killed.metrics) < 9
    training.resume(killed)
    ended(killed)
    train(undisturbed, quiet)
    assert killed.state.status is Status.DONE, killed.log()
    assert [record["step"] for record in killed.metrics] == list(range(1, 10))
    assert np.abs(curve(killed) - curve(undisturbed)).max() < 1e-6
    for key, values in adapter(undisturbed).items():
        assert torch.allclose(values, adapter(killed)[key], atol=1e-6), key
    assert not (killed.folder / "checkpoints").exists()
    with pytest.raises(RpoError, match="a run that is done has nothing to resume"):
        training.resume(killed)


def test_a_full_disk_keeps_the_last_good_checkpoint(tmp_path, monkeypatch):
    parameter = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.AdamW([parameter])
    for step in (1, 2, 3):
        parameter.grad = torch.ones(3) * step
        optimizer.step()
        checkpoint.save(tmp_path, step, {"p": parameter}, optimizer)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["step-00000002", "step-00000003"]

    def full(tensors, path):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(RpoError, match="No space left on device.*make room and resume"):
        checkpoint.save(tmp_path, 4, {"p": parameter}, optimizer)
    other = torch.nn.Parameter(torch.zeros(3))
    fresh = torch.optim.AdamW([other])
    assert checkpoint.load(tmp_path, {"p": other}, fresh) == 3
    assert torch.equal(other, parameter)
    assert torch.equal(fresh.state[other]["exp_avg_sq"], optimizer.state[parameter]["exp_avg_sq"])


def test_the_reference_is_computed_once_for_all_runs(tiny_model, monkeypatch):
    spec = RunSpec(model=str(tiny_model), objective=Objective.DPO, steps=3, contrast_size=4, **QUIET)
    first = run_of(spec, "first")
    train(first, quiet)
    asked = []
    monkeypatch.setattr("rpo.training.examples.scores", lambda *rest: asked.append(rest))
    second = run_of(spec, "second")
    train(second, quiet)
    assert asked == []
    assert np.array_equal(curve(first), curve(second))


def test_a_reference_is_found_by_its_tokens(tiny_model):
    row, other = Row((1, 2), ((3,), (4, 5))), Row((1,), ((2, 3), (4, 5)))
    ReferenceStore(str(tiny_model), "fp32").keep({row: torch.tensor([-0.1, -2.5])})
    store = ReferenceStore(str(tiny_model), "fp32")
    assert torch.equal(store.find(row), torch.tensor([-0.1, -2.5]))
    assert store.find(other) is None
    assert ReferenceStore(str(tiny_model), "bf16").find(row) is None


def test_centred_margins_lose_every_constant_of_a_prompt():
    chosen, rejected, constant = torch.randn(5), torch.randn(5), torch.randn(5) * 10
    one, other = centre(chosen, rejected), centre(chosen + constant, rejected + constant)
    assert torch.allclose(one[0], other[0], atol=1e-5)
    margins = one[0][:, None] - one[1][None, :]
    assert torch.allclose(margins.diagonal(), chosen - rejected, atol=1e-5)


def test_controls_keep_the_machinery_and_lose_the_meaning():
    vectors = torch.nn.functional.normalize(torch.randn(6, 4, generator=torch.Generator().manual_seed(0)))
    plain = weights_of(RunSpec(), vectors, vectors, torch.Generator().manual_seed(0))
    shuffled = weights_of(RunSpec(control=Control.SHUFFLED), vectors, vectors, torch.Generator().manual_seed(0))
    assert torch.allclose(plain.sort(1).values, shuffled.sort(1).values)
    assert not torch.allclose(plain, shuffled)
    uniform = weights_of(RunSpec(weighting=Weighting.UNIFORM), vectors, vectors, torch.Generator())
    assert spread(uniform, True)["rivals"] == pytest.approx(6)
    drawn = random_vectors(["a", "b", "a"], 8, 0)
    assert np.array_equal(drawn[0], drawn[2])
    assert np.allclose(np.linalg.norm(drawn, axis=1), 1)
    assert abs(float(drawn[0] @ drawn[1])) < 0.999


@pytest.mark.parametrize(
    "change",
    [
        {"weighting": Weighting.UNIFORM},
        {"weighting": Weighting.DIAGONAL},
        {"centred": True},
        {"control": Control.SHUFFLED},
        {"control": Control.RANDOM},
        {"batching": Batching.NEIGHBOURHOOD},
        {"form": "outside"},
    ],
)
def test_every_variant_trains(tiny_model, stub_vectors, change):
    run = run_of(RunSpec(model=str(tiny_model), steps=2, contrast_size=4, **{**QUIET, **change}), "run")
    train(run, quiet)
    assert np.isfinite(curve(run)).all()
    assert jobs.look(run.folder).status is Status.NEW


@pytest.mark.parametrize("change", [{"centred": True}, {"weighting": "diagonal"}])
def test_what_needs_pairs_is_refused_without_them(change):
    with pytest.raises(RpoError, match="need pairs, rpo-unpaired has none"):
        RunSpec(objective=Objective.RPO_UNPAIRED, **change)
