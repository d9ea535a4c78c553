"""Runs in a terminal: described, started, listed, followed, stopped and resumed by the functions of Train and Watch."""

import json
import re
import subprocess
import sys

import pytest

from rpo import jobs, runs
from rpo.jobs import Status
from rpo.preferences import Kind
from rpo.spec import PRESETS, RunSpec
from rpo.spec_files import as_json, as_yaml, read_spec

FIRST, SECOND = "20260102-030405-rpo-paired-abcd", "20260103-030405-dpo-abce"


@pytest.fixture
def two(made):
    return made(FIRST, done=3, status="stopped", label="my run"), made(SECOND, done=8, objective="dpo")


def test_help_loads_nothing_heavy():
    code = "import sys; from rpo.cli import main\ntry: main(['train', '--help'])\nexcept SystemExit: pass\n"
    code += (
        "print(sorted({'torch', 'transformers', 'numpy', 'pandas', 'pyarrow', 'sqlalchemy', 'rich', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_runs_are_listed_with_state_and_figures(rpo, two):
    code, said, _ = rpo("runs")
    assert code == 0
    names = [line.split()[0] for line in said.splitlines()[1:]]
    assert names == [SECOND, FIRST]
    assert "my run" in said
    assert "stopped after step 3 of 8" in said
    code, said, _ = rpo("runs", "my", "STOPPED", "--json")
    (row,) = json.loads(said)
    assert (row["name"], row["steps"], row["accuracy"], row["spec"]["steps"]) == (FIRST, "3 of 8", None, 8)
    assert rpo("runs", "nothing has this")[:1] == (0,)


def test_a_run_that_cannot_be_read_is_listed_too(rpo, two):
    (two[0].folder / "spec.json").write_text("{")
    code, said, _ = rpo("runs", "--json")
    assert code == 0
    assert {row["name"]: row["spec"] is None for row in json.loads(said)} == {SECOND: False, FIRST: True}


def test_a_name_cannot_steer_the_terminal(rpo, two):
    runs.give_label(two[0], "red \x1b[31m", "")
    assert "\x1b" not in rpo("runs")[1]


@pytest.mark.parametrize("word", [FIRST, "rpo-paired", "my run", "abcd"])
def test_a_run_is_named_by_its_folder_a_part_of_it_or_its_name(rpo, two, word):
    assert read_spec(rpo("spec", word)[1], "out").spec == two[0].spec


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("watch", "abc"), f"one run.*{SECOND}.*{FIRST}"),
        (("watch", "my rum"), "'my rum'.*my run.*rpo runs"),
        (("stop", FIRST), "at work.*stopped"),
        (("stop", SECOND), "at work.*done"),
        (("resume", SECOND), "done.*start another"),
        (("spec", "nowhere.yaml"), r"'nowhere\.yaml': no file"),
        (("spec", FIRST, "--preset", "DPO"), "one thing"),
        (("spec", "--preset", "LLaMA2"), "one preset"),
        (("spec", "--preset", "PPO"), "no preset 'PPO'"),
        (("train", "--set", "taw=1"), r"'taw'.*\btau\b"),
        (("train", "--set", "steps=1", "spec.yaml"), r"NAME=VALUE.*'spec\.yaml'"),
        (("train", FIRST, "--set", "data=nowhere.jsonl"), r"nowhere\.jsonl"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_line(rpo, two, words, says):
    code, out, err = rpo(*words)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("rpo: ")
    assert re.search(says, err), err
    assert len(runs.all_runs()) == 2


def test_latest_is_the_newest_run(rpo, two):
    assert read_spec(rpo("spec", "latest")[1], "out").spec == two[1].spec


@pytest.mark.parametrize("write", [as_yaml, as_json])
def test_a_file_with_changes_makes_a_spec(rpo, tmp_path, write):
    (tmp_path / "mine").write_text("\ufeff" + write(RunSpec(tau=0.2)), encoding="utf-8")
    code, said, _ = rpo("spec", str(tmp_path / "mine"), "--set", "seed=4", "steps=3")
    assert code == 0
    assert read_spec(said, "out").spec == RunSpec(tau=0.2, seed=4, steps=3)
    (tmp_path / "mine").write_bytes(b"\xff\xfe\x00")
    assert rpo("spec", str(tmp_path / "mine"))[0] == 1


def test_presets_are_named_by_a_part(rpo):
    assert read_spec(rpo("spec", "--preset", "quick", "--json")[1], "out").spec == PRESETS["A quick look: 6 steps"]
    assert read_spec(rpo("spec", "--preset", "dpo")[1], "out").spec == PRESETS["DPO"]
    assert set(PRESETS) <= set(rpo("spec", "--presets")[1].splitlines())


@pytest.mark.parametrize(("status", "message", "code"), [("done", "", 0), ("stopped", "", 1), ("failed", "memory", 1)])
def test_watch_ends_with_the_run_and_says_how(rpo, made, status, message, code):
    made(FIRST, done=3, status=status, message=message)
    found, out, err = rpo("watch", FIRST)
    assert found == code
    assert len(out.splitlines()) == 1
    assert message in err


def test_a_run_at_work_is_stopped(rpo, made):
    run = made(FIRST, done=3)
    with jobs.work(run.folder):
        assert rpo("stop", "latest")[0] == 0
        assert run.stopping


@pytest.mark.weights
def test_a_run_is_trained_from_a_file_followed_and_cloned(rpo, tmp_path, tiny_model, few, known_layouts):
    lengths = {"prompt_tokens": 16, "answer_tokens": 8, "new_tokens": 4, "contrast_size": 2, "held_out": 4, "samples": 3}
    spec = RunSpec(model=str(tiny_model), data=few[Kind.PAIRED], objective="dpo", steps=1, **lengths)
    (tmp_path / "run.yaml").write_text(as_yaml(spec))
    code, said, _ = rpo("train", str(tmp_path / "run.yaml"), "--set", "steps=2", "--watch")
    name, *lines = said.splitlines()
    (run,) = runs.all_runs()
    assert (code, name, run.state.status) == (0, run.name, Status.DONE), run.log()
    assert lines[-1].startswith("finished")
    assert (run.spec.steps, run.spec.model, len(run.metrics)) == (2, str(tiny_model), 2)
    assert read_spec(rpo("spec", name)[1], "out").spec == run.spec
    assert json.loads(rpo("train", name, "--check", "--json")[1])["fits"] is True
    assert len(runs.all_runs()) == 1
