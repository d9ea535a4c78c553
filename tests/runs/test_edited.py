"""Run folders edited by hand, half-deleted, not ours, or from a newer version: whoever reads them gets it in words."""

import os
import random
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
import torch

from rpo import jobs, runs, storage
from rpo.errors import RpoError
from rpo.jsonl import append_line
from rpo.runs import answers, launch, sweep
from rpo.runs.backends.ray_worker import read_report
from rpo.runs.recorder import Recorder
from rpo.runs.run import Run, all_runs
from rpo.spec import RunSpec
from rpo.training import checkpoint
from rpo.training.clock import Clock

NAME = "20260102-030405-rpo-paired-abcd"
FIGURES = {"accuracy": 0.75, "margin": 0.1, "kl": 0.1, "rule": None, "answers": 4, "n": 6}
FILES = {
    "spec.json": RunSpec(model="owner/model").as_dict(),  # whose weights need not be here
    "state.json": {"status": "done", "progress": 1.0, "message": "", "pid": 7, "submitted": 1.0, "started": 2.0, "updated": 3.0},
    "launch.json": {"processes": 2, "ray": "http://127.0.0.1:8265"},
    "ray.json": {"submission": "x", "copied": 0, "left": False, "needs": {}},
    "inputs.json": {"data": "ab", "model": "cd", "vectors": [0.1], "unchecked": None},
    "seconds.json": {"train": 1.0, "answers": 2.0},
    "estimate.json": {"least": 1.0, "most": 2.0},
    "progress.json": {"status": "done", "progress": 1.0},
    "summary.json": {
        "device": "CPU",
        "seed": 0,
        "seconds": {"train": 1.0},
        "before": FIGURES,
        "after": FIGURES,
        "estimated": {"least": 1.0, "most": 2.0},
    },
}
LINES = {
    "metrics.jsonl": {"step": 1, "loss": 0.7, "grad_norm": 1.0, "chosen_reward": 0.0, "margin": 0.1, "rivals": 1.0},
    "evaluations.jsonl": {"step": 1, "loss": 0.7, **{name: FIGURES[name] for name in ("accuracy", "margin", "kl", "n")}},
    "logratios.jsonl": {"step": 1, "split": "held-out", "ids": ["a", "b"], "ratios": [[0.1, 0.2], [0.3]]},
    "sft.jsonl": {"step": 1, "loss": 0.7, "grad_norm": 1.0, "lr": 0.1},
    "samples.jsonl": {"step": 1, "prompt": "Why?", "answer": "So."},
    "answers.jsonl": {"prompt": "Why?", "answer": "So."},
}
READERS = {
    **{name: lambda run, name=name: getattr(run, name) for name in ("title", "spec", "state", "launch", "where", "metrics")},
    **{
        name: lambda run, name=name: getattr(run, name)
        for name in ("evaluations", "summary", "adapter", "reference", "sft", "samples")
    },
    "logratios": Run.logratios,
    "log": Run.log,
    "alarms": lambda run: runs.diagnose(run.spec, run.metrics, run.evaluations),
    "compare": lambda run: runs.compare([run]),
    "pairs": runs.answer_pairs,
    "unchecked": runs.unchecked,
    "estimated": runs.estimated,
    "clock": lambda run: Clock(Recorder(run)),
    "generations": runs.generations_table,
    "followed": lambda run: read_report(run.folder),
    "answering": lambda run: jobs.look(runs.answering(run)),
}
THINGS = [None, 0, -1, 1.5, 1e300, True, "", "x", "done", [], [1], {}, {"a": 1}, [[]], "\0", "../../etc", 10**30]


def made(name=NAME):
    run = Run(storage.folder("runs", name))
    for file, content in FILES.items():
        storage.write_json(run.folder / file, content)
    for file, record in LINES.items():
        for _ in range(9):
            append_line(run.folder / file, record)
    append_line(answers.baseline_file(run), LINES["answers.jsonl"])
    (run.folder / "log.txt").write_text("all is well")
    return run


def read(run):
    """Read all that can be read; the words of those who refused."""
    words = {}
    for name, reader in READERS.items():
        try:
            reader(run)
        except RpoError as error:
            words[name] = str(error)
    return words


def edit(draw, file):
    """Change one value, field or line, or the bytes, as a person or a crash would."""
    data = file.read_bytes()
    way = draw.randrange(5)
    if way == 0:
        file.unlink()
    elif way == 1:
        file.write_bytes(data[: draw.randrange(len(data))] + draw.choice([b"", b"\0", b"\xff", b"}", b"\n"]))
    elif way == 2:
        file.unlink()
        file.mkdir()
    else:
        lines = data.splitlines() if file.suffix == ".jsonl" else [data]
        place = draw.randrange(len(lines))
        value = orjson.loads(lines[place])
        if way == 3:
            value[draw.choice([*value, "a field of a newer version", "version"])] = draw.choice(THINGS[:-1])
        else:
            value = draw.choice(THINGS[:-1])
        lines[place] = orjson.dumps(value)
        file.write_bytes(b"\n".join(lines) + b"\n")


def test_a_whole_run_reads_without_a_word():
    assert read(made()) == {}


@pytest.mark.weights
@pytest.mark.parametrize(
    ("seed", "edits"), [(0, 40), (1, 40), (2, 40), *(pytest.param(seed, 200, marks=pytest.mark.weights) for seed in (3, 4, 5))]
)
def test_an_edited_run_is_read_or_refused_in_words(seed, edits, tmp_path):
    draw, other, refused = random.Random(seed), made("20270101-000000-dpo-ffff"), 0
    run = made()
    whole = shutil.copytree(run.folder, tmp_path / "whole")
    for _ in range(edits):
        shutil.rmtree(run.folder)
        shutil.copytree(whole, run.folder)
        for name in draw.sample([*FILES, *LINES], draw.randint(1, 3)):
            edit(draw, run.folder / name)
        words = read(run)
        refused += bool(words)
        assert all(
            f"{NAME}" in said or "spec.json" in said or "dashboard" in said or "rpo fetch" in said for said in words.values()
        ), words
        assert other in all_runs()
        assert run in all_runs(broken=True)
        assert bool(run.trouble) == (run not in all_runs()) == ({"spec", "state"} & set(words) != set())
    assert refused > edits / 3


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("spec.json", {**FILES["spec.json"], "flux": 1}, r"spec\.json.*flux"),
        ("spec.json", [], r"spec\.json.*object.*list"),
        ("state.json", {"status": "paused"}, "queued.*'paused'"),
        ("state.json", {"status": "done", "progress": 7}, r"progress.*\b0 to 1\b.*\b7\b"),
        ("state.json", {"status": "done", "started": "noon"}, "started.*number.*'noon'"),
    ],
)
def test_what_a_newer_version_or_a_hand_wrote_is_named(file, content, words):
    run = made()
    storage.write_json(run.folder / file, content)
    with pytest.raises(RpoError, match=words):
        _ = run.spec, run.state
    assert run.title.startswith(f"{NAME} (")


def test_a_state_with_more_fields_is_read_by_those_that_are_known():
    run = made()
    storage.write_json(run.folder / "state.json", {**FILES["state.json"], "version": 9, "host": "b"})
    assert run.state.status is jobs.Status.DONE


def test_a_sweep_that_names_a_folder_elsewhere_is_refused(tmp_path):
    run, folder = made(), storage.folder("sweeps", "20260102-050000-2-runs")
    for names in (["../../elsewhere"], ["/etc"], [7], "x"):
        storage.write_json(folder / "sweep.json", {"base": {}, "axes": {}, "runs": names})
        with pytest.raises(RpoError, match=r"sweep\.json.*\bruns\b"):
            _ = runs.Sweep(folder).runs
    storage.write_json(folder / "sweep.json", {"base": {}, "axes": {}, "runs": [run.name, "gone"]})
    assert runs.Sweep(folder).runs == (run,)
    (run.folder / "spec.json").write_text("{")
    assert sweep.compare(runs.Sweep(folder).runs) == ()


@pytest.mark.timeout(30)  # who waits behind it waits for ever
def test_a_job_whose_state_was_edited_does_not_hold_up_the_queue():
    folder = made().folder
    ticket = storage.folder("queues", "compute") / f"{1:020d}-a"
    ticket.write_text(str(folder))
    (folder / "state.json").write_text("{")
    following = storage.folder("jobs", "next")
    with jobs.work(following, queue="compute"):
        assert jobs.look(following).status is jobs.Status.RUNNING


@contextmanager
def not_ours(place):
    """A folder that we may read and not change; root, who may do all, becomes somebody else for that time."""
    everything = [place, *place.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)
        yield
    finally:
        if user == 0:
            os.seteuid(0)
        for path in everything:
            path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.fixture
def open_home(monkeypatch):
    """A home that anybody may enter, which pytest's own folders do not let."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setenv("RPO_HOME", folder)
        yield Path(folder)


def test_a_run_that_may_not_be_changed_is_read_and_every_act_on_it_refused_in_words(open_home):
    run = made()
    (run.folder / "lock").touch()
    storage.write_json(run.folder / "state.json", {"status": "stopped"})
    with not_ours(open_home):
        assert read(run) == {}
        for act in (run.stop, lambda: launch.THIS_MACHINE.start(run.folder, 1), lambda: jobs.start("x", run.folder)):
            with pytest.raises(RpoError, match="write.*permissions"):
                act()
    storage.write_json(run.folder / "state.json", {"status": "running"})
    with not_ours(open_home):
        assert re.search(r"\block\b.*open", read(run)["state"])


def test_a_run_that_may_not_be_read_is_named_and_the_others_are_listed(open_home):
    run, other = made(), made("20270101-000000-dpo-ffff")
    with not_ours(open_home):
        pass
    run.folder.chmod(0o000)
    user = os.geteuid()
    try:
        os.seteuid(65534 if user == 0 else user)
        assert all_runs() == (other,)
        assert set(all_runs(broken=True)) == {run, other}
        assert re.search(rf"{run.name}.*open", run.trouble)
    finally:
        os.seteuid(user)
        run.folder.chmod(0o755)


def test_a_checkpoint_that_was_halved_or_is_anothers_is_named(tmp_path):
    parameter = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.AdamW([parameter])
    for step in (1, 2):
        checkpoint.save_checkpoint(tmp_path, step, {"p": parameter}, optimizer)
    (tmp_path / "step-of a hand").mkdir()
    assert checkpoint.load_checkpoint(tmp_path, {"p": parameter}, optimizer) == 2
    with pytest.raises(RpoError, match="run's own.*'p'"):
        checkpoint.load_checkpoint(tmp_path, {"q": parameter}, optimizer)
    file = tmp_path / "step-00000002" / "state.safetensors"
    for spoil in (lambda: file.write_bytes(file.read_bytes()[:9]), file.unlink):
        spoil()
        with pytest.raises(RpoError, match="whole.*step-00000002"):
            checkpoint.load_checkpoint(tmp_path, {"p": parameter}, optimizer)
    file.parent.rmdir()
    assert checkpoint.load_checkpoint(tmp_path, {"p": parameter}, optimizer) == 1
