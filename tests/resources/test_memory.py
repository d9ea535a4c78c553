"""What a run needs: laws of the arithmetic, exact counts, and one honest look at what a real step takes."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpo import jobs
from rpo.errors import RpoError
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, Kind, load
from rpo.resources.fit import nearest_fit, refusal
from rpo.resources.hardware import Machine, this_machine
from rpo.resources.memory import PROGRAM, run_needs
from rpo.resources.shapes import Lengths, ModelShape, shape, shape_of, token_lengths
from rpo.spec import Objective, Optimizer, RunSpec
from rpo.tokens.types import Row

CPU = Machine("cpu", 20_000_000_000, 1, 2e11, 4e10)
GPU = Machine("cuda", 80_000_000_000, 1, 6e14, 2e12)
SMALL = ModelShape(134_515_008, 106_168_320, 305_280, 30, 576, 49_152, 11_520)
MACHINES = st.sampled_from([CPU, GPU, replace(CPU, kind="mps")])
SPECS = st.builds(
    RunSpec,
    objective=st.sampled_from(Objective),
    contrast_size=st.integers(1, 64),
    contrasts=st.integers(1, 4),
    micro_batch=st.integers(1, 64),
    checkpointing=st.booleans(),
    quantised=st.booleans(),
    sft_steps=st.integers(0, 20),
    optimizer=st.sampled_from(Optimizer),
    prompt_tokens=st.integers(1, 1024),
    answer_tokens=st.integers(1, 512),
)


@pytest.fixture(scope="module")
def seven():
    """LLaMA2-7B's shape."""
    from transformers import LlamaConfig

    return shape_of(LlamaConfig())


@pytest.fixture(scope="module")
def thirteen():
    """LLaMA2-13B's shape."""
    from transformers import LlamaConfig

    sizes = {"hidden_size": 5120, "intermediate_size": 13824, "num_hidden_layers": 40}
    return shape_of(LlamaConfig(**sizes, num_attention_heads=40, num_key_value_heads=40))


def gpu(gigabytes, **changes):
    return replace(GPU, memory=int(gigabytes * 1e9), **changes)


def test_a_shape_counts_what_the_model_has(tiny_model):
    from rpo.models.load import open_policy

    policy, known = open_policy(RunSpec(model=str(tiny_model), lora_rank=3)), shape(str(tiny_model))
    trained = sum(parameter.numel() for parameter in policy.trainable().values())
    assert known.width * 3 == trained
    assert known.parameters == sum(parameter.numel() for parameter in policy.model.parameters()) - trained
    assert (known.layers, known.hidden, known.vocabulary) == (1, 32, 258)
    assert known.cached == 2 * 1 * 2 * 8  # keys and values of two layers with two heads of eight


@pytest.mark.weights
def test_shapes_of_the_papers_models(seven, thirteen):
    from transformers import GPT2Config, MistralConfig

    assert (seven.parameters, thirteen.parameters) == (6_738_415_616, 13_015_864_320)
    mistral = shape_of(MistralConfig())
    assert mistral.parameters == 7_241_732_096
    assert mistral.cached * 4 == seven.cached  # a quarter of the heads have keys and values of their own
    assert shape_of(GPT2Config()).parameters == 124_439_808


@pytest.mark.weights
def test_the_shape_of_the_demo_model_is_the_one_the_laws_use(real_weights):
    assert shape(RunSpec().model) == SMALL


def test_a_model_without_a_configuration_is_refused(tmp_path):
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(RpoError, match="configuration.*transformers"):
        shape(str(tmp_path))


def test_lengths_are_those_of_the_rows(tiny_model):
    known = Lengths.of([Row((1, 2), ((3,), (4, 5))), Row((1,), ((2,), (3,)))], 50)
    assert known == Lengths(mean=4.0, longest=5, answers=2.5, rows=50)
    spec = RunSpec(model=str(tiny_model), prompt_tokens=40, answer_tokens=30)
    paired, unpaired = token_lengths(spec, load(EMBEDDED)), token_lengths(spec, load(EMBEDDED_LOG))
    assert (paired.longest, paired.answers, paired.rows) == (100, 60, 200)  # a token a byte: all are cut
    assert (unpaired.longest, unpaired.answers, unpaired.rows) == (70, 30, 60)
    assert paired.within(replace(spec, answer_tokens=10)).longest == 60
    with pytest.raises(RpoError, match="one row"):
        Lengths.of([])


@given(SPECS, MACHINES)
def test_a_smaller_micro_batch_never_needs_more_memory(spec, machine):
    smaller = replace(spec, micro_batch=max(1, spec.micro_batch // 2))
    one, other = run_needs(smaller, SMALL, machine), run_needs(spec, SMALL, machine)
    assert one.total <= other.total
    assert one.seconds >= other.seconds


@given(SPECS, MACHINES)
def test_checkpointing_and_four_bits_save_memory_and_cost_time(spec, machine):
    for name in ("checkpointing", "quantised"):
        without, saving = (run_needs(replace(spec, **{name: on}), SMALL, machine) for on in (False, True))
        assert saving.total <= without.total, name
        assert saving.seconds >= without.seconds, name


@given(SPECS, MACHINES, st.integers(1, 600), st.integers(1, 600))
def test_longer_rows_need_more(spec, machine, one, other):
    short, long = (run_needs(spec, SMALL, machine, Lengths(n, n, n / 2, 100)) for n in sorted((one, other)))
    assert short.total <= long.total
    assert short.seconds <= long.seconds * 1.01  # where both are cut the prompt's share falls, and with it the encoder's work


def test_four_bits_hold_seven_billion_parameters_in_four_gigabytes(seven):
    spec = RunSpec(quantised=True, checkpointing=True, micro_batch=1)
    assert run_needs(spec, seven, GPU).weights == pytest.approx(3.9e9, rel=0.05)
    assert run_needs(replace(spec, quantised=False), seven, GPU).weights == 2 * seven.parameters
    assert run_needs(replace(spec, quantised=False), seven, CPU).weights == 4 * seven.parameters


def test_the_optimizers_state_counts(seven):
    adam = run_needs(RunSpec(), seven, GPU).adapter
    assert adam == 8 * seven.width * 16
    assert run_needs(RunSpec(optimizer=Optimizer.RMSPROP), seven, GPU).adapter == adam * 12 / 16


def test_what_costs_no_memory_costs_time():
    spec = RunSpec(held_out=0, samples=0, probes=0)
    plain = run_needs(spec, SMALL, CPU)
    for change in ({"steps": 48}, {"sft_steps": 24}, {"samples": 1}, {"held_out": 60}, {"objective": Objective.KTO}):
        assert run_needs(replace(spec, **change), SMALL, CPU).seconds > plain.seconds, change
    assert run_needs(replace(spec, steps=48), SMALL, CPU).total == plain.total


@pytest.mark.parametrize("name", Objective)
def test_time_follows_what_an_objective_looks_at(name):
    plain = RunSpec(objective=Objective.DPO, held_out=0, samples=0, probes=0)
    known = Lengths(100, 120, 60, 10_000)
    most, least = (getattr(run_needs(plain.with_objective(name), SMALL, CPU, known).training, end) for end in ("most", "least"))
    row = run_needs(replace(plain, steps=0), SMALL, CPU, known)
    assert row.training.most == 0
    rows = plain.steps * plain.contrast_size * (1 if name.kind is Kind.PAIRED else 2)
    passes = (2 + (rows // plain.steps > plain.micro_batch) + name.entry.mismatched) * rows
    referred = rows * (name.entry.reference + name.entry.mismatched)
    if not RunSpec(objective=name).needs_vectors:
        assert most / least == pytest.approx((passes + referred) / passes)


def test_processes_divide_time_on_gpus_and_memory_on_one_device():
    four = replace(GPU, devices=4)
    alone, together = run_needs(RunSpec(steps=10_000), SMALL, GPU), run_needs(RunSpec(steps=10_000), SMALL, four, processes=4)
    assert together.total == alone.total
    assert together.room == alone.room
    assert together.seconds < alone.seconds / 2
    crowded = run_needs(RunSpec(), SMALL, CPU, processes=2)
    assert crowded.room == CPU.memory / 2
    assert crowded.seconds > run_needs(RunSpec(), SMALL, CPU).seconds


def test_sharded_processes_hold_one_model_between_them(thirteen):
    four, spec = gpu(24, devices=4), RunSpec(micro_batch=1)
    apart, sharded = (run_needs(spec, thirteen, four, processes=4, sharded=shared) for shared in (False, True))
    assert not apart.fits
    assert sharded.fits
    assert sharded.weights < apart.weights / 3.5


@given(SPECS, st.floats(0.5, 200), st.sampled_from(["cpu", "cuda"]))
def test_the_nearest_fit_fits_and_trains_the_same(spec, gigabytes, kind):
    machine = replace(GPU if kind == "cuda" else CPU, memory=int(gigabytes * 1e9))
    big = replace(SMALL, parameters=3_000_000_000, linear=2_800_000_000, width=1_500_000)
    found = nearest_fit(spec, big, machine)
    if found is None:
        least = replace(spec, micro_batch=1, checkpointing=True, quantised=spec.quantised or kind == "cuda")
        least = replace(least, prompt_tokens=1, answer_tokens=1, new_tokens=1)
        assert run_needs(least, big, machine).total > 0.7 * machine.memory
        return
    assert run_needs(found, big, machine).fits
    assert replace(found, **{name: getattr(spec, name) for name in MAY_CHANGE}) == spec
    assert kind == "cuda" or found.quantised == spec.quantised
    if run_needs(spec, big, machine).fits:
        assert found == spec


MAY_CHANGE = ("micro_batch", "checkpointing", "quantised", "prompt_tokens", "answer_tokens", "new_tokens")


@pytest.mark.parametrize(
    ("gigabytes", "changed"),
    [
        (80, {}),
        (50, {"micro_batch": 4}),
        (21, {"checkpointing": True}),
        (12, {"checkpointing": True, "quantised": True}),
        (5.0, None),
    ],
)
def test_as_little_as_possible_changes(seven, gigabytes, changed):
    spec = RunSpec(new_tokens=64, samples=8)
    found = nearest_fit(spec, seven, gpu(gigabytes))
    assert found == (None if changed is None else replace(spec, **changed))


def test_lengths_change_last_and_are_never_cut_in_vain(seven):
    spec = RunSpec(prompt_tokens=64, answer_tokens=1024, new_tokens=64, samples=2)
    found = nearest_fit(spec, seven, gpu(7))
    assert (found.checkpointing, found.quantised) == (True, True)
    assert (found.prompt_tokens, found.new_tokens) == (64, 64)
    assert found.answer_tokens < 1024


def test_a_refusal_says_what_would_fit(seven):
    spec, small = RunSpec(model="seven"), gpu(12)
    words = refusal(spec, run_needs(spec, seven, small), nearest_fit(spec, seven, small))
    needed = run_needs(spec, seven, small).total / 1e9
    assert re.search(rf"seven.*\b{needed:.0f} GB.*\b12 GB.*Gradient checkpointing.*4-bit base", words)
    three = replace(spec, micro_batch=1, checkpointing=True, new_tokens=48)
    words = refusal(spec, run_needs(spec, seven, small), three)
    assert re.search(r"Tokens to write 48\b.*Micro-batch 1\b.*Gradient checkpointing", words)


def test_where_nothing_fits_the_refusal_names_a_size(seven):
    assert nearest_fit(RunSpec(), seven, CPU, processes=2) is None
    words = refusal(RunSpec(), run_needs(RunSpec(), seven, CPU, processes=2), None)
    assert re.search(r"\b10 GB.*\b1\.6 billion parameters", words)
    tiny = run_needs(RunSpec(), seven, gpu(0.9))
    assert re.search("too little.*memory", refusal(RunSpec(), tiny, None))


def test_this_machine_is_measured():
    machine = this_machine()
    assert machine.kind in ("cpu", "cuda", "mps")
    assert machine.memory > 1e8
    assert machine.flops > 1e9
    assert machine.bandwidth > 1e8
    assert this_machine().flops == machine.flops  # measured once


STEP = """
import json, psutil, torch
from rpo.preferences import load
from rpo.training.gradients import backward
from rpo.models.load import open_policy
from rpo.training.optim import optimizer_of
from rpo.spec import RunSpec
before = psutil.Process().memory_info().rss
spec = RunSpec(micro_batch=3, prompt_tokens=48, answer_tokens=56)  # none of the rows is cut
policy = open_policy(spec)
rows = [policy.row(*texts) for texts in zip(*(load(spec.data).train[:3][name] for name in ("prompt", "chosen", "rejected")))]
optimizer, nothing = optimizer_of(spec, policy.trainable().values()), torch.zeros(6, device=policy.device)
backward(policy, rows, nothing, lambda ratios: -(ratios[0::2] - ratios[1::2]).mean(), spec.micro_batch)
optimizer.step()
peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) * 1024
print(json.dumps({"before": before, "peak": peak, "lengths": [row.length for row in rows]}))
"""


@pytest.mark.weights
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads a process's peak from /proc")
def test_a_real_step_takes_about_what_was_estimated(real_weights):
    alone = {**os.environ, **jobs.QUIET_LIBRARIES, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([sys.executable, "-c", STEP], capture_output=True, text=True, env=alone, check=False)
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout.splitlines()[-1])
    longest = max(measured["lengths"])
    needed = run_needs(RunSpec(micro_batch=3), SMALL, CPU, Lengths(longest, longest, longest * 0.7))
    assert needed.total / 2 < measured["peak"] < needed.total * 2
    grown = measured["peak"] - measured["before"]
    assert (needed.total - PROGRAM) / 2 < grown < (needed.total - PROGRAM) * 2
