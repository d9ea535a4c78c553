"""A run goes on with what it began with: data, model, vectors. Changed between stop and resume, each is refused in words."""

import json
import re
import shutil

import numpy as np
import pytest

from rpo import embeddings, jobs, runs, storage
from rpo.errors import RpoError
from rpo.runs import inputs, launch
from rpo.runs.run import Run
from rpo.spec import Objective, RunSpec
from rpo.training.trainer import train

FEW = {"steps": 4, "contrast_size": 2, "held_out": 0, "samples": 0, "evaluations": 0}
ROWS = [
    {"prompt": f"Question {n}?", "chosen": f"Yes, {n}.", "rejected": "Hard to say.", "split": "test" if n > 7 else "train"}
    for n in range(10)
]


def quiet(progress, message):
    """A report nobody reads."""


def stop_at_two(progress, message):
    if message.startswith("step 2"):
        raise jobs.Stopped


def written(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def exchanged(rows, *places):
    sides = [{**row, "chosen": row["rejected"], "rejected": row["chosen"]} for row in rows]
    return [sides[n] if n in places else row for n, row in enumerate(rows)]


@pytest.fixture(scope="module")
def place(tiny_model, tmp_path_factory):
    """A folder with a model and data, and a copy of it as it was."""
    place = tmp_path_factory.mktemp("place")
    shutil.copytree(tiny_model, place / "read" / "model")
    written(place / "read" / "pairs.jsonl", ROWS)
    shutil.copytree(place / "read", place / "whole")
    return place


@pytest.fixture
def data(place):
    """The data, which a test may change."""
    shutil.rmtree(place / "read")
    shutil.copytree(place / "whole", place / "read")
    return place / "read" / "pairs.jsonl"


@pytest.fixture
def stopped(data, place, rpo_home, stub_vectors):
    """A run stopped after two of its four steps, once for all tests, on a model and data that a test may change."""
    if not (place / "home").exists():
        run = launch.new_folder(RunSpec(model=str(place / "read" / "model"), data=str(data), **FEW))
        with pytest.raises(jobs.Stopped):
            train(run, stop_at_two)
        shutil.copytree(rpo_home, place / "home")
    shutil.rmtree(rpo_home, ignore_errors=True)
    shutil.copytree(place / "home", rpo_home)
    (folder,) = (rpo_home / "runs").iterdir()
    return Run(folder)


def refused(run, words, rule="a run goes on with the data it began with"):
    """Both at the click and in the run's process; nothing more is recorded."""
    for act in (lambda: runs.resume(run), lambda: train(run, quiet)):
        with pytest.raises(RpoError, match=rule) as caught:
            act()
        assert words in str(caught.value)
    assert len(run.metrics) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: exchanged(rows, 3), "1 row changed"),
        (lambda rows: exchanged(rows, *range(10)), "10 rows changed"),
        (lambda rows: exchanged(rows, 9), "1 row changed"),
        (lambda rows: [*rows, {**rows[0], "prompt": "Another?"}], "1 row added"),
        (lambda rows: rows[2:], "2 rows gone"),
        (lambda rows: [*exchanged(rows, 1)[1:], {**rows[0], "prompt": "Another?"}], "1 row changed, 1 row added, 1 row gone"),
        (lambda rows: [{**rows[0], "split": "test"}, *rows[1:]], "1 row moved"),
        (lambda rows: rows[::-1], "order"),
    ],
)
def test_a_run_whose_data_changed_is_not_resumed(stopped, data, change, words):
    written(data, change(ROWS))
    refused(stopped, words)


def test_what_is_no_row_may_change(stopped, data):
    written(data, [{**row, "source": "elsewhere"} for row in ROWS])
    train(stopped, quiet)
    assert len(stopped.metrics) == 4


SCORES = [{**row, "score_chosen": 1 + n % 3, "score_rejected": n % 3} for n, row in enumerate(ROWS)]


@pytest.mark.weights
@pytest.mark.parametrize("looked_at", [True, False])
def test_a_run_whose_scores_changed_is_not_resumed_where_they_decide_its_cells(data, tiny_model, stub_vectors, looked_at):
    written(data, SCORES)
    run = launch.new_folder(RunSpec(model=str(tiny_model), data=str(data), true_contrasts=looked_at, **FEW))
    with pytest.raises(jobs.Stopped):
        train(run, stop_at_two)
    written(data, [{**SCORES[0], "score_chosen": 0}, *SCORES[1:]])
    if looked_at:
        refused(run, "those of pairs.jsonl have changed", rule="a run goes on with the scores it began with")
    else:
        train(run, quiet)
        assert len(run.metrics) == 4


def test_an_objective_without_pairs_is_tied_to_the_same_rows(data, tiny_model):
    run = launch.new_folder(RunSpec(model=str(tiny_model), data=str(data), objective=Objective.KTO, **FEW))
    with pytest.raises(jobs.Stopped):
        train(run, stop_at_two)
    written(data, exchanged(ROWS, 3))
    refused(run, "1 row changed")


def test_a_run_that_waits_is_tied_to_the_data_it_was_started_on(data, tiny_model):
    run = launch.new_folder(RunSpec(model=str(tiny_model), data=str(data), objective=Objective.DPO, **FEW))
    written(data, exchanged(ROWS, 0))
    with pytest.raises(RpoError, match="1 row changed"):
        train(run, quiet)


def test_a_refusal_without_the_kept_rows_still_refuses(stopped, data):
    shutil.rmtree(storage.folder("inputs"))
    written(data, exchanged(ROWS, 3))
    refused(stopped, "not kept")


def test_a_run_whose_model_changed_is_not_resumed(stopped):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(stopped.spec.model)
    model.model.layers[0].mlp.up_proj.weight.data *= 1.01
    model.save_pretrained(stopped.spec.model)
    refused(stopped, stopped.spec.model, rule="model")


def test_a_run_whose_vectors_changed_is_stopped_before_it_trains(stopped, monkeypatch):
    real = embeddings.embed
    monkeypatch.setattr(embeddings, "embed", lambda *rest: real(*rest)[:, ::-1].copy())
    with pytest.raises(RpoError, match="vectors"):
        train(stopped, quiet)
    noise = np.random.default_rng(0).normal(size=64).astype(np.float32) * 1e-6
    monkeypatch.setattr(embeddings, "embed", lambda *rest: real(*rest) + noise)  # other threads, another device
    train(stopped, quiet)
    assert len(stopped.metrics) == 4


def test_an_older_versions_run_goes_on_and_says_that_nobody_could_check(stopped, data):
    (stopped.folder / "inputs.json").unlink()
    assert re.search(r"\b2 steps", inputs.unchecked(stopped))
    train(stopped, quiet)
    assert len(stopped.metrics) == 4
    assert re.search(r"\b2 steps", inputs.unchecked(stopped))


def test_a_new_run_has_nothing_unchecked(stopped, data, tiny_model):
    assert inputs.unchecked(stopped) == ""
    folder = storage.folder("runs", "by hand")
    storage.write_json(folder / "spec.json", {**stopped.spec.as_dict(), "objective": "dpo"})
    train(Run(folder), quiet)
    assert inputs.unchecked(Run(folder)) == ""


def test_a_model_that_another_machine_holds_is_not_judged_here(stopped):
    """A cluster may see weights where this machine has none: its process checks them, the click does not."""
    shutil.rmtree(stopped.spec.model)
    inputs.check_inputs(stopped)
