"""A run folder that the version before the rooms wrote opens as it did then: in code, on its page, and as an adapter."""

import shutil
from pathlib import Path

import pytest

from rpo import storage
from rpo.jobs import Status
from rpo.models.load import open_policy
from rpo.runs import Run, all_runs, answer_pairs
from rpo.runs.answers import baseline_file
from rpo.spec import Objective

KEPT = Path(__file__).parent / "last_version"
NAME = "20261126-165914-dpo-e4ce"


@pytest.fixture
def run(tiny_model):
    folder = storage.folder("runs") / NAME
    shutil.copytree(KEPT / NAME, folder)
    spec = storage.read_json(folder / "spec.json")
    storage.write_json(folder / "spec.json", spec | {"model": str(tiny_model)})
    shutil.copy(KEPT / "baseline.jsonl", baseline_file(Run(folder)))
    return Run(folder)


def test_it_is_read_as_it_was_written(run):
    assert all_runs() == (run,)
    assert (run.state.status, run.spec.objective, run.spec.contrast_size, run.spec.answer_batch) == (
        Status.DONE,
        Objective.DPO,
        4,
        20,
    )
    assert [record["step"] for record in run.metrics] == [1, 2, 3, 4]
    assert [record["step"] for record in run.evaluations] == [0, 2, 4]
    assert len(run.sft) == 2
    assert len(run.logratios()) == 8
    assert run.summary["after"] == {**run.evaluations[-1], "rule": 0.25, "answers": 4}
    assert run.opened["layout"] == "packed, row by row"
    assert len(run.samples) == 2


def test_its_answers_are_paired_with_the_baselines(run):
    found = answer_pairs(run)
    assert len(found) == 4
    assert all(one.slice for one in found)


def test_its_adapter_and_reference_open(run):
    policy = open_policy(run.spec, run.adapter)
    policy.set_reference(run.reference)
    row = policy.row("What is 2 + 2?", "Four.", "It depends.")
    with policy.reference():
        reference = policy.logprobs([row])
    assert (policy.logprobs([row]) - reference).abs().max() > 0
