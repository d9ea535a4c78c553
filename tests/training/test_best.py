"""The adapter of the best held-out loss is kept beside the last one, and becomes a run of its own; a run may end early."""

import json
import shutil
import time
from dataclasses import replace

import pytest
from safetensors.torch import load_file

from rpo import jobs, runs, storage
from rpo.errors import RpoError
from rpo.runs.run import Run, best_folder
from rpo.spec import Objective, RunSpec
from rpo.training.trainer import train

SPEC = {"objective": Objective.DPO, "steps": 8, "evaluations": 4, "contrast_size": 4, "held_out": 8, "samples": 4, "warmup": 1}


@pytest.fixture
def pairs(tmp_path):
    """Pairs that teach, and held-out ones that say the opposite: whatever is learned makes the held-out loss worse."""
    data = tmp_path / "pairs.jsonl"
    sides = ("Yes. Yes. Yes.", "No.")
    rows = [{"prompt": f"Why {n}?", "chosen": sides[n % 3 == 1], "rejected": sides[n % 3 != 1]} for n in range(24)]
    rows = [{**row, "split": "test" if n % 3 == 1 else "train"} for n, row in enumerate(rows)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return data


def trained(spec, name="20260102-030405-dpo-abcd"):
    run = Run(storage.folder("runs", name))
    storage.write_json(run.folder / "spec.json", spec.as_dict())
    train(run, lambda progress, message: None)
    storage.write_json(run.folder / "state.json", {"status": "done", "progress": 1.0, "message": ""})
    return run


def weights_of(folder):
    return {name: values.tolist() for name, values in load_file(folder / "adapter_model.safetensors").items()}


def test_the_best_adapter_is_the_one_of_a_run_that_ends_there(tiny_model, pairs):
    spec = RunSpec(model=str(tiny_model), data=str(pairs), lr=3e-3, schedule="constant", **SPEC)
    run = trained(spec)
    losses = {record["step"]: record["loss"] for record in run.evaluations if record["step"]}
    assert run.best == min(losses, key=losses.get) == 2  # the others are worse, for the held-out pairs say the opposite
    assert [path.name for path in sorted(run.folder.glob("best-*"))] == ["best-2"]
    short = trained(replace(spec, steps=2, evaluations=1), "short")
    assert weights_of(best_folder(run.folder, 2)) == weights_of(short.adapter)
    assert weights_of(run.adapter) != weights_of(short.adapter)
    assert short.best is None  # its last one is its best


def test_it_becomes_a_run_with_its_records_up_to_there_and_writes_its_own_answers(tiny_model, pairs):
    run = trained(RunSpec(model=str(tiny_model), data=str(pairs), lr=3e-3, **SPEC))
    made = runs.run_of_best(run)
    assert runs.run_of_best(run).name == made.name
    assert {one.name for one in runs.all_runs()} == {run.name, made.name}
    assert [record["step"] for record in made.metrics] == [1, 2]
    assert [record["step"] for record in made.evaluations] == [0, 2]
    assert made.state.status is jobs.Status.DONE
    assert made.reached == "step 2 of 8"
    assert "step 2" in made.title
    assert weights_of(made.adapter) == weights_of(best_folder(run.folder, 2))
    assert made.best is None
    assert not runs.answered(made)
    answering = runs.request_answers(made)
    while jobs.look(answering).active:
        time.sleep(0.1)
    assert {pair.prompt for pair in runs.answer_pairs(made)} >= {pair.prompt for pair in runs.answer_pairs(run)}


def test_the_best_of_a_run_that_was_stopped_cannot_go_on(tiny_model, pairs):
    """It has no checkpoint: to go on would be to begin anew, over its own records."""
    run = trained(RunSpec(model=str(tiny_model), data=str(pairs), lr=3e-3, **SPEC))
    storage.write_json(run.folder / "state.json", {"status": "stopped", "progress": 0.5, "message": ""})
    made = runs.run_of_best(run)
    with pytest.raises(RpoError, match=f"done.*{made.name}"):
        runs.resume(made)


def test_where_the_last_is_the_best_none_is_kept(tiny_model, pairs):
    rows = [json.loads(line) for line in pairs.read_text().splitlines()]
    rows = [{**row, "chosen": "Yes. Yes. Yes.", "rejected": "No."} for row in rows]
    pairs.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = trained(RunSpec(model=str(tiny_model), data=str(pairs), lr=3e-3, **SPEC))
    assert run.best is None
    assert not list(run.folder.glob("best-*"))
    with pytest.raises(RpoError, match=f"{run.name}.*none"):
        runs.run_of_best(run)


@pytest.mark.parametrize(("patience", "last"), [(0, 8), (1, 4), (2, 6), (4, 8)])
def test_a_run_ends_when_its_patience_is_over(tiny_model, pairs, patience, last):
    run = trained(RunSpec(model=str(tiny_model), data=str(pairs), lr=3e-3, patience=patience, **SPEC))
    assert run.metrics[-1]["step"] == run.evaluations[-1]["step"] == last
    assert run.best == 2
    assert run.summary["after"]["loss"] == run.evaluations[-1]["loss"]


def test_a_run_that_goes_on_remembers_what_was_best(tiny_model, pairs):
    """Killed after six steps, it goes on from the checkpoint after four; the best, after two, is the best still."""
    spec = RunSpec(model=str(tiny_model), data=str(pairs), lr=3e-3, save_every=4, patience=2, **SPEC)
    whole = trained(spec, "whole")

    def kill(progress, message):
        if message.startswith("step 6"):
            raise RuntimeError("killed")

    run = Run(storage.folder("runs", "killed"))
    storage.write_json(run.folder / "spec.json", spec.as_dict())
    with pytest.raises(RuntimeError, match="killed"):
        train(run, kill)
    train(run, lambda progress, message: None)
    assert run.best == whole.best == 2
    assert run.evaluations == whole.evaluations
    assert run.evaluations[-1]["step"] == 6
    assert [path.name for path in run.folder.glob("best-*")] == ["best-2"]
    assert weights_of(best_folder(run.folder, 2)) == weights_of(best_folder(whole.folder, 2))
    shutil.rmtree(best_folder(run.folder, 2))
    assert run.best is None
