"""One objective whatever the hardware: micro-batches, processes, kills and caches change nothing."""

import math
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from rpo import jobs, runs, storage
from rpo.contrast import shares
from rpo.contrast.losses import centre
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.models.load import open_policy
from rpo.preferences import EMBEDDED, Kind, load
from rpo.runs.run import Run
from rpo.spec import Batching, Control, Objective, Optimizer, RunSpec, Weighting
from rpo.tokens.types import Row
from rpo.training import checkpoint
from rpo.training.dataset import ReferenceStore
from rpo.training.evaluation import spread
from rpo.training.gradients import backward, batch_logprobs
from rpo.training.seen import objective, random_vectors, weights_of
from rpo.training.trainer import train

QUIET = {"held_out": 0, "samples": 0, "evaluations": 0}
SHORT = {**QUIET, "prompt_tokens": 24, "answer_tokens": 16, "lr": 1e-3, "warmup": 1}


def run_of(spec, name):
    folder = storage.folder("runs", name)
    storage.write_json(folder / "spec.json", spec.as_dict())
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
def test_the_real_models_gradient_does_not_know_the_micro_batch(real_weights):
    policy = open_policy(RunSpec(prompt_tokens=4, answer_tokens=5))
    for name, parameter in policy.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.02)
    pairs = load(EMBEDDED).train.select(range(3))
    for rows in rows_of(policy, pairs, paired=True), rows_of(policy, pairs, paired=False):
        held_to_the_whole(policy, rows)


def held_to_the_whole(policy, rows):
    """Gradients of two and of all three pairs, in parts, equal or not, and at once."""
    with policy.reference():
        reference = batch_logprobs(policy, rows, len(rows))
    for size in (2, 3):
        some = rows[: size * len(rows) // 3]
        weights = torch.rand(size, size, generator=torch.Generator().manual_seed(0)).softmax(1)

        def gradient(micro, some=some, weights=weights):
            policy.model.zero_grad()
            loss = objective(RunSpec())
            backward(policy, some, reference[: 2 * len(weights)], lambda x: loss(x[0::2], x[1::2], weights, 0.0), micro)
            return torch.cat([p.grad.flatten() for p in policy.model.parameters() if p.requires_grad])

        whole = gradient(len(some))
        micro = 1 if size == 2 else 2 * len(some) // 3
        assert (gradient(micro) - whole).norm() / whole.norm() < 1e-5, (size, micro)


def rows_of(policy, examples, paired):
    """Pairs as rows of two answers, or each answer as a row of its own, chosen and rejected in turn."""
    if paired:
        return [policy.row(one["prompt"], one["chosen"], one["rejected"]) for one in examples]
    return [policy.row(one["prompt"], one[side]) for one in examples for side in ("chosen", "rejected")]


PEAK = """
import resource, torch
from rpo.preferences import EMBEDDED, load
from rpo.training.gradients import backward
from rpo.models.load import open_policy
from rpo.spec import RunSpec
policy = open_policy(RunSpec(prompt_tokens=12, answer_tokens=8))
rows = [policy.row(e["prompt"], e["chosen"], e["rejected"]) for e in load(EMBEDDED).train.select(range(12))]
rows = sorted(rows, key=lambda row: -row.length)
for size in (4, 12):
    backward(policy, rows[:size], torch.zeros(2 * size), lambda x: x.sigmoid().mean(), 4)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.weights
def test_memory_does_not_grow_with_the_contrast(real_weights):
    alone = {**os.environ, **jobs.QUIET_LIBRARIES}
    done = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True, env=alone)
    few, many = map(int, done.stdout.split()[-2:])
    assert many < 1.15 * few


@pytest.fixture
def small(tiny_model, few):
    """A run of the small model on three pairs a step."""
    return RunSpec(model=str(tiny_model), data=few[Kind.PAIRED], objective=Objective.DPO, contrast_size=3, **QUIET)


def test_matrices_of_a_step_are_averaged(small):
    spec = replace(small, steps=2, contrast_size=3, contrasts=2)
    two, one = run_of(spec, "two"), run_of(replace(spec, contrast_size=6, contrasts=1), "one")
    train(two, quiet)
    train(one, quiet)
    assert np.allclose(curve(two), curve(one), rtol=1e-4, atol=1e-5)


@pytest.mark.weights
@pytest.mark.parametrize("change", [{"checkpointing": True}, {"micro_batch": 1}])
def test_what_saves_memory_changes_no_figure(small, change):
    spec = replace(small, steps=3, lr=1e-2)
    plain, saved = run_of(spec, "plain"), run_of(replace(spec, **change), "saved")
    train(plain, quiet)
    train(saved, quiet)
    assert np.allclose(curve(plain), curve(saved), rtol=1e-4, atol=1e-5)


@pytest.mark.weights
def test_four_bit_weights_learn_and_answer(tiny_model):
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed (pip install -e '.[qlora]')")
    policy = open_policy(RunSpec(model=str(tiny_model), quantised=True, checkpointing=True, prompt_tokens=24, answer_tokens=16))
    assert any(parameter.dtype is torch.uint8 for parameter in policy.model.parameters())
    rows = [policy.row("How do I boil an egg?", "Seven minutes.", "It depends.")]

    def slope():
        policy.model.zero_grad()
        policy.logprobs(rows)[0].backward()
        return torch.cat([p.grad.flatten() for p in policy.trainable().values()])

    before = slope()
    direction = {name: p.grad / before.norm() for name, p in policy.trainable().items()}
    values = []
    for step in (1e-3, -2e-3):
        with torch.no_grad():
            for name, parameter in policy.trainable().items():
                parameter.add_(direction[name], alpha=step)
            values.append(policy.logprobs(rows)[0].item())
    assert (values[0] - values[1]) / 2e-3 == pytest.approx(before.norm().item(), rel=0.05)
    with torch.no_grad():
        for name, parameter in policy.trainable().items():
            parameter.add_(direction[name], alpha=1e-3)
    assert policy.write(["How do I boil an egg?"], 4)[0]
    assert torch.allclose(slope(), before, rtol=1e-2, atol=1e-3)  # writing must not repack the weights


@pytest.mark.weights
@pytest.mark.parametrize("optimizer", list(Optimizer))
def test_a_checkpoint_holds_all_an_optimizer_knows(small, optimizer):
    spec = replace(small, optimizer=optimizer, steps=5, save_every=2, lr=1e-3)
    whole, parted = run_of(spec, "whole"), run_of(spec, "parted")
    train(whole, quiet)

    def stop(progress, message):
        if message.startswith("step 3"):
            raise jobs.Stopped

    with pytest.raises(jobs.Stopped):
        train(parted, stop)
    assert len(parted.metrics) == 3
    train(parted, quiet)
    assert np.abs(curve(whole) - curve(parted)).max() < 1e-6


@pytest.mark.weights
def test_two_processes_train_as_one(real_weights, tiny_model, few):
    spec = RunSpec(model=str(tiny_model), data=few[Kind.UNPAIRED], objective=Objective.RPO_UNPAIRED, contrast_size=4, **SHORT)
    spec = replace(spec, steps=2, held_out=4, evaluations=1, micro_batch=3)
    alone, together = run_of(spec, "alone"), runs.start(spec, processes=2)
    train(alone, quiet)
    ended(together)
    assert together.state.status is Status.DONE, together.log()
    assert np.allclose(curve(alone), curve(together), rtol=1e-4, atol=1e-5)
    assert together.evaluations[-1]["margin"] == pytest.approx(alone.evaluations[-1]["margin"], rel=1e-3, abs=1e-4)
    for key, values in adapter(alone).items():
        assert torch.allclose(values, adapter(together)[key], atol=2e-4), key


@pytest.mark.weights
def test_a_run_killed_at_any_moment_goes_on_as_if_nothing_had_happened(small, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", str(torch.get_num_threads()))  # with other threads the last digits are others
    spec = replace(small, steps=60, save_every=7, lr=1e-3)
    undisturbed = run_of(spec, "undisturbed")
    train(undisturbed, quiet)
    killed = runs.start(spec)
    while len(killed.metrics) < 9:  # past a checkpoint, and not at one
        assert killed.state.active, killed.log()
        time.sleep(0.01)
    os.kill(killed.state.pid, signal.SIGKILL)
    while killed.state.active:
        time.sleep(0.05)
    assert killed.state.status is Status.LOST
    assert len(killed.metrics) < 60
    assert any((killed.folder / "checkpoints").iterdir())
    runs.resume(killed)
    ended(killed)
    assert killed.state.status is Status.DONE, killed.log()
    assert [record["step"] for record in killed.metrics] == list(range(1, 61))
    assert np.abs(curve(killed) - curve(undisturbed)).max() < 1e-6
    for key, values in adapter(undisturbed).items():
        assert torch.allclose(values, adapter(killed)[key], atol=1e-6), key
    assert not (killed.folder / "checkpoints").exists()
    with pytest.raises(RpoError, match="a run that is done has nothing to resume"):
        runs.resume(killed)


def test_a_full_disk_keeps_the_last_good_checkpoint(tmp_path):
    saves = tmp_path / "saves"
    parameter = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.AdamW([parameter])
    for step in (1, 2, 3):
        parameter.grad = torch.ones(3) * step
        optimizer.step()
        checkpoint.save_checkpoint(saves, step, {"p": parameter}, optimizer)
    assert [path.name for path in sorted(saves.iterdir())] == ["step-00000002", "step-00000003"]

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))  # the system itself refuses to write more
    try:
        with pytest.raises(RpoError, match="must fit on the disk.*File too large.*make room"):
            checkpoint.save_checkpoint(saves, 4, {"p": parameter}, optimizer)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in sorted(saves.iterdir())] == ["step-00000002", "step-00000003"]
    other = torch.nn.Parameter(torch.zeros(3))
    fresh = torch.optim.AdamW([other])
    assert checkpoint.load_checkpoint(saves, {"p": other}, fresh) == 3
    assert torch.equal(other, parameter)
    assert torch.equal(fresh.state[other]["exp_avg_sq"], optimizer.state[parameter]["exp_avg_sq"])


def test_the_reference_is_computed_once_for_all_runs(small):
    spec = replace(small, steps=2)
    first, second = run_of(spec, "first"), run_of(spec, "second")
    for run in (first, second):
        train(run, quiet)
    assert all(record["reference_seconds"] > 0 for record in first.metrics)
    assert all(record["reference_seconds"] == 0 for record in second.metrics)
    assert np.array_equal(curve(first), curve(second))


def test_a_reference_is_found_by_its_tokens(tiny_model):
    row, other = Row((1, 2), ((3,), (4, 5))), Row((1,), ((2, 3), (4, 5)))
    ReferenceStore("fp32").keep({row: torch.tensor([-0.1, -2.5])})
    store = ReferenceStore("fp32")
    assert torch.equal(store.find(row), torch.tensor([-0.1, -2.5]))
    assert store.find(other) is None
    assert ReferenceStore("bf16").find(row) is None


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
    assert spread(uniform, True)["others"] == pytest.approx(5)
    assert spread(uniform, False)["others"] == pytest.approx(6)
    assert math.isnan(spread(torch.eye(6), True)["others"])
    drawn = random_vectors(["a", "b", "a"], 8, 0)
    assert np.array_equal(drawn[0], drawn[2])
    assert np.allclose(np.linalg.norm(drawn, axis=1), 1)
    assert abs(float(drawn[0] @ drawn[1])) < 0.999


@pytest.mark.parametrize("weighting", [Weighting.CONTRAST, Weighting.DIALS])
def test_shuffled_others_leave_the_own_pair_its_weight(weighting):
    vectors = torch.nn.functional.normalize(torch.randn(6, 4, generator=torch.Generator().manual_seed(0)))
    spec = RunSpec(weighting=weighting)
    plain = weights_of(spec, vectors, vectors, torch.Generator())
    shuffled = weights_of(replace(spec, control=Control.OTHERS), vectors, vectors, torch.Generator().manual_seed(0))
    assert torch.equal(plain.diagonal(), shuffled.diagonal())
    assert torch.allclose(plain.sort(1).values, shuffled.sort(1).values)
    assert not torch.allclose(plain, shuffled)


def test_dials_set_own_share_and_likeness():
    vectors = torch.nn.functional.normalize(torch.randn(6, 4, generator=torch.Generator().manual_seed(0)))
    spec = RunSpec(weighting=Weighting.DIALS, own_share=0.3, likeness=2)
    found = shares(weights_of(spec, vectors, vectors, torch.Generator()), vectors @ vectors.T, paired=True)
    assert (found.own, found.others) == pytest.approx((0.3, 2), rel=1e-4)
    unpaired = weights_of(spec.with_objective("rpo-unpaired"), vectors[:2], vectors[2:], torch.Generator())
    assert (-(unpaired * unpaired.log()).sum(1)).exp().tolist() == pytest.approx([2, 2], rel=1e-4)
    few = weights_of(spec, vectors[:2], vectors[:2], torch.Generator())  # of held-out rows there may be fewer than k + 1
    assert few == pytest.approx(torch.tensor([[0.3, 0.7], [0.7, 0.3]]))


@pytest.mark.parametrize(
    ("change", "own", "others"),
    [
        ({"weighting": Weighting.UNIFORM}, 1 / 4, 3),
        ({"weighting": Weighting.UNIFORM, "batching": Batching.NEIGHBOURHOOD}, 1 / 4, 3),
        ({"weighting": Weighting.DIAGONAL}, 0.8, 3),
        ({"weighting": Weighting.DIALS, "own_share": 0.3, "likeness": 2}, 0.3, 2),
        ({"objective": Objective.DPO}, 1, None),
    ],
    ids=str,
)
def test_a_run_trains_with_the_weights_that_its_spec_names(tiny_model, stub_vectors, few, change, own, others):
    """As it logs them: what is logged is what the loss is given."""
    run = run_of(RunSpec(model=str(tiny_model), data=few[Kind.PAIRED], steps=1, contrast_size=4, **{**SHORT, **change}), "run")
    train(run, quiet)
    (logged,) = run.metrics
    assert logged["diagonal"] == pytest.approx(own, rel=1e-5)
    assert logged["others"] == (None if others is None else pytest.approx(others, rel=1e-5))


@pytest.mark.weights
@pytest.mark.parametrize(
    "change",
    [
        {"weighting": Weighting.UNIFORM},
        {"weighting": Weighting.DIAGONAL},
        {"centred": True},
        {"control": Control.SHUFFLED},
        {"control": Control.RANDOM},
        {"true_contrasts": True},
        {"weighting": Weighting.DIALS, "likeness": 1.5},
        {"weighting": Weighting.DIALS, "likeness": 0, "control": Control.OTHERS},
        {"batching": Batching.NEIGHBOURHOOD},
        {"form": "outside"},
    ],
)
def test_every_variant_trains(tiny_model, stub_vectors, few, change):
    run = run_of(RunSpec(model=str(tiny_model), data=few[Kind.PAIRED], steps=1, contrast_size=4, **{**QUIET, **change}), "run")
    train(run, quiet)
    assert np.isfinite(curve(run)).all()
    assert jobs.look(run.folder).status is Status.NEW


@pytest.mark.parametrize("change", [{"centred": True}, {"weighting": "diagonal"}])
def test_what_needs_pairs_is_refused_without_them(change):
    with pytest.raises(RpoError, match="need pairs, rpo-unpaired has none"):
        RunSpec(objective=Objective.RPO_UNPAIRED, **change)
