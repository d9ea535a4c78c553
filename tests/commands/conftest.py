"""The command in this process, and runs that it can name."""

import pytest

from rpo import storage
from rpo.cli import main
from rpo.jsonl import append_line
from rpo.runs import Run
from rpo.spec import RunSpec


@pytest.fixture
def rpo(capsys):
    """`rpo("runs", …)`: its exit status, and what it printed and complained of."""

    def call(*words):
        capsys.readouterr()
        code = main(words)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def made(rpo_home):
    """`made("20260102-030405-dpo-abcd", done=3, status="stopped", …)`: a run's folder as a run leaves it."""

    def make(name, done=0, status="done", message="", label="", **spec):
        run = Run(storage.folder("runs", name))
        storage.write_json(run.folder / "spec.json", RunSpec(steps=8, **spec).as_dict())
        storage.write_json(run.folder / "state.json", {"status": status, "message": message, "progress": 0.5})
        if label:
            storage.write_json(run.folder / "label.json", {"name": label})
        for step in range(1, done + 1):
            append_line(run.folder / "metrics.jsonl", {"step": step, "loss": 0.7, "margin": 0.1, "accuracy": 0.5})
        return run

    return make
