"""Several processes, one model each or one between all, started by accelerate: the same curves as one process alone."""

import os
import subprocess
import sys

import numpy as np
import pytest

from rpo import home
from rpo.jobs import Status
from rpo.training import Objective, RunSpec
from rpo.training.loop import train
from rpo.training.run import Run


def run_of(spec, name):
    folder = home.folder("runs", name)
    home.write_json(folder / "spec.json", spec.as_dict())
    return Run(folder)


def curve(run):
    return np.array([(record["loss"], record["grad_norm"], record["margin"]) for record in run.metrics])


@pytest.mark.weights
@pytest.mark.parametrize("flags", [("--multi_gpu",), ("--use_fsdp", "--fsdp_version", "2")])
def test_accelerate_starts_processes_that_train_as_one(tiny_model, flags):
    spec = RunSpec(model=str(tiny_model), objective=Objective.DPO, steps=4, sft_steps=2, contrast_size=5, micro_batch=2, lr=1e-2)
    lengths = {"prompt_tokens": 24, "answer_tokens": 16, "new_tokens": 4, "held_out": 5, "samples": 3, "evaluations": 2}
    spec = RunSpec.from_dict({**spec.as_dict(), **lengths, "save_every": 2, "probes": 1})
    alone, together = run_of(spec, "alone"), run_of(spec, "together")
    train(alone, lambda progress, message: None)
    for name in ("sft", "reference", "answers"):
        home.folder(name).rename(home.home() / f"first-{name}")  # nothing is shared: every stage runs together
    launch = [sys.executable, "-m", "accelerate.commands.launch", *flags, "--num_processes", "2", "--main_process_port", "0"]
    here = {**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*launch, "-m", "rpo.training", str(together.folder)], capture_output=True, text=True, env=here, check=False
    )
    assert together.state.status is Status.DONE, done.stderr[-4000:]
    assert np.allclose(curve(alone), curve(together), rtol=1e-3, atol=1e-5)
    assert [record["loss"] for record in together.sft] == pytest.approx([record["loss"] for record in alone.sft], rel=1e-4)
    assert together.evaluations[-1]["margin"] == pytest.approx(alone.evaluations[-1]["margin"], rel=1e-3, abs=1e-4)
    assert len(together.samples) == len(alone.samples) == 1
    assert together.summary["after"]["answers"] == 3
