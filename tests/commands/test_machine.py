"""What this machine has, said by `rpo doctor`; and what a shell completes."""

import json
import os
import subprocess
import sys

import pytest

from rpo.voting import Ballots

RUN = "20260102-030405-dpo-abcd"


def verdicts(said):
    return {one["what"]: one["verdict"] for one in json.loads(said)}


@pytest.mark.weights
def test_where_all_is_there_a_run_can_be_made(rpo, checked_model, real_weights):
    code, said, _ = rpo("doctor", "--json")
    found = verdicts(said)
    assert (code, "to do" in found.values()) == (0, False), said
    assert {"packages", "disk", "home", "demo weights", "votes", "device", "memory", "test step", "first run"} <= set(found)


@pytest.mark.weights
def test_what_is_missing_is_said_with_what_to_do_and_the_rest_is_looked_at(rpo, rpo_home):
    Ballots.here().owner.claim("correct horse battery")
    Ballots.here().database.engine.dispose()
    file = rpo_home / "votes" / "votes.db"
    file.write_bytes(file.read_bytes()[:-1000])
    code, said, _ = rpo("doctor")
    lines = {line.split("  ")[1].strip() or line: line for line in said.splitlines() if line.startswith("to do")}
    assert code == 1
    assert any("demo weights" in line and "rpo fetch" in line for line in lines.values()), said
    assert any("votes" in line and "rpo restore" in line for line in lines.values()), said
    assert "test step" in said
    assert "correct: demo weights, votes" in said


@pytest.mark.weights
def test_a_check_that_is_refused_is_a_finding(rpo, monkeypatch):
    monkeypatch.setenv("RPO_VOTES_URL", "mysql://nowhere/votes")
    code, said, _ = rpo("doctor", "--json")
    assert (code, verdicts(said)["votes"]) == (1, "to do")
    assert "mysql" in said


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("rpo wat", {"watch"}),
        ("rpo train --pre", {"--preset"}),
        ("rpo watch 2026", {RUN}),
        ("rpo train my", {"my.yaml"}),
        ("rpo completion z", {"zsh"}),
        ("rpo results x", set()),
    ],
)
def test_a_shell_completes_verbs_options_runs_and_files(made, tmp_path, typed, found):
    made(RUN)
    (tmp_path / "my.yaml").touch()
    (tmp_path / "my.txt").touch()
    asks = {"_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n", "COMP_LINE": typed, "COMP_POINT": str(len(typed.encode()))}
    asks |= {"_ARGCOMPLETE_STDOUT_FILENAME": str(tmp_path / "out"), "PYTHONPATH": os.getcwd()}  # noqa: PTH109
    code = "import sys; sys.argv[0] = 'rpo'; from rpo.cli import main; main()"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, **asks}, cwd=tmp_path, check=True, timeout=60)
    assert {word.strip() for word in (tmp_path / "out").read_text().split("\n") if word.strip()} == found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(rpo, shell):
    code, said, _ = rpo("completion", shell)
    assert (code, "_ARGCOMPLETE" in said, "rpo" in said) == (0, True, True)
