"""Several processes, one model each or one between all, started by accelerate: the same curves as one process alone."""

import os
import subprocess
import sys

import numpy as np
import pytest

from rpo import storage
from rpo.jobs import Status
from rpo.runs.run import Run
from rpo.spec import Objective, RunSpec
from rpo.training.trainer import train


def run_of(spec, name):
    folder = storage.folder("runs", name)
    storage.write_json(folder / "spec.json", spec.as_dict())
    return Run(folder)


def curve(run):
    return np.array([(record["loss"], record["grad_norm"], record["margin"]) for record in run.metrics])


def together(run, *flags):
    """Two processes on the CPU, started by accelerate, that train the run."""
    launch = [sys.executable, "-m", "accelerate.commands.launch", *flags, "--num_processes", "2", "--main_process_port", "0"]
    here = {**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    command = [*launch, "-m", "rpo.training", str(run.folder)]
    return subprocess.run(command, capture_output=True, text=True, env=here, check=False)


def spec_of(tiny_model, **change):
    few = {"objective": Objective.DPO, "steps": 4, "sft_steps": 2, "contrast_size": 5, "micro_batch": 2, "lr": 1e-2}
    lengths = {"prompt_tokens": 24, "answer_tokens": 16, "new_tokens": 4, "held_out": 5, "samples": 3, "evaluations": 2}
    return RunSpec(model=str(tiny_model), **{**few, **lengths, "save_every": 2, "probes": 1, **change})


@pytest.mark.weights
@pytest.mark.parametrize("flags", [("--multi_gpu",), ("--use_fsdp", "--fsdp_version", "2")])
def test_accelerate_starts_processes_that_train_as_one(tiny_model, flags):
    alone, both = run_of(spec_of(tiny_model), "alone"), run_of(spec_of(tiny_model), "together")
    train(alone, lambda progress, message: None)
    for name in ("sft", "reference", "answers"):
        storage.folder(name).rename(storage.home() / f"first-{name}")  # nothing is shared: every stage runs together
    done = together(both, *flags)
    assert both.state.status is Status.DONE, done.stderr[-4000:]
    assert np.allclose(curve(alone), curve(both), rtol=1e-3, atol=1e-5)
    assert [record["loss"] for record in both.sft] == pytest.approx([record["loss"] for record in alone.sft], rel=1e-4)
    assert both.evaluations[-1]["margin"] == pytest.approx(alone.evaluations[-1]["margin"], rel=1e-3, abs=1e-4)
    assert len(both.samples) == len(alone.samples) == 2  # before the first step and after the first measurement
    assert both.summary["after"]["answers"] == 3


@pytest.mark.weights
def test_told_to_stop_they_end_together(tiny_model):
    run = run_of(spec_of(tiny_model, sft_steps=20), "run")
    run.stop()
    done = together(run, "--multi_gpu")
    assert (run.state.status, done.returncode) == (Status.STOPPED, 0), done.stderr[-4000:]
    assert [record["step"] for record in run.sft] == [1]


UNEVEN = """
import os
import sys
import torch
from rpo.spec import RunSpec
from rpo.training.dataset import Examples
from rpo.models.load import open_policy
from rpo.tokens.types import Row
from rpo.models.distributed import join, leave
from rpo.training.dataset import ReferenceStore

world, policy = join(), open_policy(RunSpec(model=sys.argv[1]))
rows = [Row((5, 6, number), ((7, 8, 1), (9, 1))) for number in range(10, 16)]
both = Examples(policy, rows, None, ReferenceStore("both"))
if world.first:
    both.reference(rows[:4], 2)  # as if it had looked after another run wrote, and its partner before
alone = Examples(policy, rows, None, ReferenceStore(f"alone-{world.rank}")).reference(rows, 2)
assert torch.allclose(both.reference(rows, 2, world), alone, atol=1e-4)
assert world.any_rank([world.first, not world.first, False]) == [True, True, False]
leave()
os._exit(0)  # torch's own threads may abort an interpreter that ends; all is asserted by now
"""


@pytest.mark.weights
def test_processes_that_know_different_references_compute_them_together(tiny_model, tmp_path):
    (tmp_path / "uneven.py").write_text(UNEVEN)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    done = subprocess.run([*launch, tmp_path / "uneven.py", tiny_model], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
