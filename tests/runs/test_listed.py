"""Runs as a list: the words for every state, names and notes, what tells runs apart, and what may be deleted."""

import pytest

from rpo import jobs, runs, storage
from rpo.errors import RpoError
from rpo.jsonl import append_line
from rpo.runs import Run
from rpo.spec import RunSpec


def made(name="20260102-030405-rpo-paired-abcd", done=0, status="new", message="", **spec):
    run = Run(storage.folder("runs", name))
    storage.write_json(run.folder / "spec.json", RunSpec(steps=8, **spec).as_dict())
    storage.write_json(run.folder / "state.json", {"status": status, "message": message, "progress": 0.5})
    for step in range(1, done + 1):
        append_line(run.folder / "metrics.jsonl", {"step": step, "loss": 0.7})
    return run


AT_REST = [  # how it ended, its last message, steps taken of 8, and what is said
    ("new", "", 0, "not started yet", ""),
    ("done", "", 8, "finished", ""),
    ("stopped", "embedding 6 of 20 prompts, about 3 min left", 0, "stopped before its first step", ""),
    ("stopped", "step 3 of 8, about 2 min of steps left · CPU", 3, "stopped after step 3 of 8", ""),
    ("stopped", "step 8 of 8 · CPU", 8, "stopped after its last step, 8 of 8: only the answers are missing", ""),
    ("failed", "the disk must have room, it is full", 3, "failed after step 3 of 8", "the disk must have room, it is full"),
    ("failed", "memory", 0, "failed before its first step", "memory"),
    ("running", "step 5 of 8, about 2 min left", 5, "interrupted after step 5 of 8: its process ended without a word", ""),
]
AT_WORK = [  # status, message, steps, whether Stop was pressed, and what is said
    ("queued", "waiting", 0, False, "starting", ""),
    ("queued", "queued behind 2", 0, False, "queued behind 2", ""),
    ("queued", "queued behind 2", 0, True, "stopping…", ""),
    ("running", "starting", 0, False, "starting", ""),
    ("running", "opening the model", 0, False, "running", "opening the model"),
    ("running", "opening the model", 0, True, "stopping…", ""),
    ("running", "step 3 of 8, about 2 min of steps left · CPU", 3, False, "running", "step 3 of 8, about 2 min of steps left"),
    ("running", "step 3 of 8, about 2 min of steps left", 3, True, "stopping after this step…", ""),
    ("running", "run: writing answers, 0 of 4", 8, False, "all steps done, finishing", "run: writing answers, 0 of 4"),
    ("running", "run: writing answers, 0 of 4", 8, True, "stopping after the answers that are being written…", ""),
]


@pytest.mark.parametrize(("status", "message", "done", "words", "more"), AT_REST)
def test_a_run_at_rest_says_what_is_true_and_no_time(rpo_home, status, message, done, words, more):
    found = runs.standing_of(made(done=done, status=status, message=message))
    assert (found.words, found.more, found.stopping) == (words, more, False)


@pytest.mark.parametrize(("status", "message", "done", "stop", "words", "more"), AT_WORK)
def test_a_run_at_work_says_how_far_it_is_and_a_stop_at_once(rpo_home, status, message, done, stop, words, more):
    run = made(done=done)
    with jobs.work(run.folder):
        storage.write_json(run.folder / "state.json", {"status": status, "message": message})
        if stop:
            run.stop()
        found = runs.standing_of(run)
    assert (found.words, found.more, found.stopping) == (words, more, stop)
    assert not run.stopping  # it is over


def test_a_name_stands_for_the_run_and_an_empty_one_gives_the_old_back(rpo_home):
    run = made(status="done")
    usual = run.title
    assert usual == run.described
    runs.give_label(run, " warm \n τ ", "as the paper\nsays ")
    assert (run.title, run.label["note"], run.described) == ("warm τ", "as the paper\nsays", usual)
    runs.give_label(run, "", "")
    assert run.title == usual
    with pytest.raises(RpoError, match="80 characters, got 81"):
        runs.give_label(run, "n" * 81, "")


def test_a_label_that_was_edited_to_nonsense_is_named(rpo_home):
    run = made(status="done")
    (run.folder / "label.json").write_text('{"name": 7}')
    assert "label.json" in run.trouble


def test_only_settings_that_differ_are_columns_and_words_find_runs(rpo_home):
    one = made("20260102-030405-dpo-aaaa", 3, "stopped", objective="dpo")
    two = made("20260103-030405-rpo-paired-bbbb", 8, "done", tau=0.1)
    broken = made("20260104-030405-rpo-paired-cccc", 0, "done")
    (broken.folder / "spec.json").write_text("{")
    append_line(two.folder / "evaluations.jsonl", {"step": 8, "accuracy": 0.9, "n": 4})
    runs.give_label(one, "the plain way", "for Ann")
    assert runs.settings_that_differ([one, two, broken]) == {"Objective": ("dpo", "rpo-paired", ""), "τ": (0.5, 0.1, "")}
    rows = runs.run_rows([one, two, broken])
    assert [(row.steps, row.accuracy, row.state) for row in rows] == [
        ("3 of 8", None, "stopped after step 3 of 8"),
        ("8 of 8", 0.9, "finished"),
        ("", None, "cannot be read"),
    ]
    for words, places in {
        "": [0, 1, 2],
        "for ann": [0],
        "PLAIN dpo": [0],
        "plain finished": [],
        "finished": [1],
        "cccc": [2],
    }.items():
        assert [rows.index(row) for row in runs.found_by(rows, words)] == places


def test_a_run_at_rest_is_deleted_whole_and_nothing_else(rpo_home):
    run, other = made(status="done"), made("20260102-040000-dpo-ffff", status="done")
    runs.delete(run)
    assert [one.name for one in runs.all_runs(broken=True)] == [other.name]
    assert not list(storage.folder("deleted").iterdir())


@pytest.mark.parametrize("busy", ["", "answering", "sweep"])
def test_a_run_at_work_is_not_deleted(rpo_home, busy):
    run = made(status="done")
    folder = storage.folder("sweeps", "1-a") if busy == "sweep" else run.folder / busy
    folder.mkdir(exist_ok=True)
    if busy == "sweep":
        storage.write_json(folder / "sweep.json", {"axes": {}, "runs": [run.name]})
    with jobs.work(folder), pytest.raises(RpoError, match=run.name):
        runs.delete(run)
    assert run.spec.steps == 8


@pytest.mark.parametrize(
    ("change", "steps"),
    [
        ({}, (0, 8, 16)),
        ({"steps": 6}, (0,)),
        ({"steps": 8, "evaluations": 2}, (0, 4)),
        ({"steps": 8, "evaluations": 2, "held_out": 0}, (0,)),
        ({"steps": 1000, "evaluations": 4}, (0, 250, 333, 500, 667, 750)),
        ({"probes": 0}, ()),
        ({"samples": 0}, ()),
        ({"steps": 0}, ()),
    ],
)
def test_prompts_are_answered_before_the_first_step_and_along_the_way(change, steps):
    assert RunSpec(**{"warmup": 0, **change}).probed_after == steps
