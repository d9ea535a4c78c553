"""Several processes, one model each or one between all, started by accelerate: the same curves as one process alone."""

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from rpo import storage
from rpo.jobs import Status
from rpo.runs.run import Run
from rpo.spec import Objective, RunSpec
from rpo.training.trainer import train
from tests.security.conftest import free_port


def run_of(spec, name):
    folder = storage.folder("runs", name)
    storage.write_json(folder / "spec.json", spec.as_dict())
    return Run(folder)


def curve(run):
    return np.array([(record["loss"], record["grad_norm"], record["margin"]) for record in run.metrics])


def together(*flags, work):
    """Two processes on the CPU, started by accelerate, that do this work."""
    launch = [sys.executable, "-m", "accelerate.commands.launch", *flags, "--num_processes", "2", "--main_process_port", "0"]
    here = {**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    return subprocess.run([*launch, *work], capture_output=True, text=True, env=here, timeout=300, check=False)


def spec_of(tiny_model, **change):
    few = {"objective": Objective.DPO, "steps": 4, "sft_steps": 2, "contrast_size": 5, "micro_batch": 2, "lr": 1e-2}
    lengths = {"prompt_tokens": 24, "answer_tokens": 16, "new_tokens": 4, "held_out": 5, "samples": 3, "evaluations": 2}
    return RunSpec(model=str(tiny_model), **{**few, **lengths, "save_every": 2, "probes": 1, **change})


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
PARTS = """
import os
import runpy
import sys
import traceback
import rpo.training.trainer  # heavy libraries once, for the processes that are forked below
from rpo import weights
from transformers.models.llama import modeling_llama
weights.library("peft")

def done(port, run, *words):
    child = os.fork()
    if not child:
        os.environ |= {"MASTER_PORT": port, "TORCHELASTIC_USE_AGENT_STORE": "False"}  # a group of its own
        sys.argv[1:] = words
        try:
            run()
        except BaseException:
            traceback.print_exc()
        os._exit(1)  # each ends by itself when it is done
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

uneven, model, *words = sys.argv[1:]
ports, folders = words[:3], words[3:]
failed = [done(ports[0], lambda: runpy.run_path(uneven, run_name="__main__"), model)]
for port, folder in zip(ports[1:], folders, strict=True):
    failed.append(done(port, lambda: runpy.run_module("rpo.training", run_name="__main__", alter_sys=True), folder))
print("ended with", *failed)
sys.exit(any(failed))
"""


@pytest.fixture(scope="module")
def launched(tiny_model, tmp_path_factory):
    """One start by accelerate for three pairs of processes: uneven references, a run that was asked to stop, a whole run."""
    home = tmp_path_factory.mktemp("launched")
    for name, code in (("uneven.py", UNEVEN), ("parts.py", PARTS)):
        (home / name).write_text(code)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPO_HOME", str(home))
        alone, whole = pair_of(tiny_model)
        stopped = run_of(spec_of(tiny_model, sft_steps=20), "stopped")
        stopped.stop()
        ports = [str(free_port()) for _ in range(3)]
        work = [home / "parts.py", home / "uneven.py", tiny_model, *ports, stopped.folder, whole.folder]
        done = together("--multi_gpu", work=list(map(str, work)))
    return SimpleNamespace(home=home, alone=alone, whole=whole, stopped=stopped, done=done)


@pytest.fixture
def there(launched, monkeypatch):
    """What was launched, in its own home."""
    monkeypatch.setenv("RPO_HOME", str(launched.home))
    return launched


def pair_of(tiny_model):
    """A run that was trained by one process, and the same run to be trained by two."""
    alone, both = run_of(spec_of(tiny_model), "alone"), run_of(spec_of(tiny_model), "together")
    train(alone, lambda progress, message: None)
    for name in ("sft", "reference", "answers"):
        storage.folder(name).rename(storage.home() / f"first-{name}")  # nothing is shared: every stage runs together
    return alone, both


def same(alone, both, done):
    assert both.state.status is Status.DONE, done.stderr[-4000:]
    assert np.allclose(curve(alone), curve(both), rtol=1e-3, atol=1e-5)
    assert [record["loss"] for record in both.sft] == pytest.approx([record["loss"] for record in alone.sft], rel=1e-4)
    assert both.evaluations[-1]["margin"] == pytest.approx(alone.evaluations[-1]["margin"], rel=1e-3, abs=1e-4)
    assert len(both.samples) == len(alone.samples) == 2
    assert both.summary["after"]["answers"] == 3


@pytest.mark.weights
def test_accelerate_starts_processes_that_train_as_one(there):
    same(there.alone, there.whole, there.done)


@pytest.mark.weights
def test_processes_that_share_one_model_train_as_one(tiny_model):
    alone, both = pair_of(tiny_model)
    done = together("--use_fsdp", "--fsdp_version", "2", work=["-m", "rpo.training", str(both.folder)])
    same(alone, both, done)
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.mark.weights
def test_asked_to_stop_they_end_together(there):
    assert there.stopped.state.status is Status.STOPPED, there.done.stderr[-4000:]
    assert [record["step"] for record in there.stopped.sft] == [1]


@pytest.mark.weights
def test_processes_that_know_different_references_compute_them_together_and_all_end_well(there):
    assert there.done.stdout.count("ended with 0 0 0") == 2, (there.done.stdout, there.done.stderr[-4000:])
    assert there.done.returncode == 0
