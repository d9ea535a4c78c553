"""How long a run takes: a span, from this machine's finished runs where there are any, else from a trial that keeps its best."""

import re
from dataclasses import replace

import pytest

from rpo import jobs, runs, storage
from rpo.errors import RpoError
from rpo.resources import TimeSpan
from rpo.resources.hardware import AGAIN, Machine, Speeds
from rpo.resources.memory import OPENING, answering_seconds, run_needs, speed, stepping
from rpo.resources.shapes import Lengths, ModelShape
from rpo.runs.launch import new_folder
from rpo.runs.needs import need
from rpo.runs.run import Run
from rpo.runs.sweep import grid, time_of
from rpo.runs.timing import ENOUGH, TRIAL_SPAN, operations, step_times
from rpo.spec import Objective, RunSpec
from rpo.training.trainer import train

CPU = Machine("cpu", 20_000_000_000, 1, 2e11, 4e10)
SMALL = ModelShape(134_515_008, 106_168_320, 305_280, 30, 576, 49_152, 11_520)
ROWS, DEVICE = Lengths(130.0, 200, 90.0, 200), "CPU, 2 threads, fp32"
FEW = {"steps": 3, "contrast_size": 2, "held_out": 2, "samples": 2, "new_tokens": 4, "prompt_tokens": 16, "answer_tokens": 16}


def done(number, slower=1.0, spec=None, device=DEVICE, processes=1, status="done", **launch):
    """A finished run that took so many times what the arithmetic says."""
    spec = spec or RunSpec()
    run = Run(storage.folder("runs", f"2026010{number}-030405-x"))
    storage.write_json(run.folder / "spec.json", spec.as_dict())
    storage.write_json(run.folder / "launch.json", {"processes": processes, **launch})
    storage.write_json(run.folder / "state.json", {"status": status})
    operations = 20 * stepping(spec, SMALL, ROWS, processes)
    did = {"operations": operations, "stepping": slower * operations / speed(spec, CPU, processes), "answers": 40}
    did["answering"] = slower * answering_seconds(spec, SMALL, CPU, 40)
    summary = {"device": device, "seed": 0, "seconds": {}, "before": {"answers": 1}, "after": {"answers": 1}, "work": did}
    storage.write_json(run.folder / "summary.json", summary)
    return run


def learned(spec=None):
    return step_times(spec or RunSpec(), SMALL, CPU, DEVICE)


def test_without_runs_the_trial_has_to_do(rpo_home):
    assert (learned().training, learned().runs) == (TRIAL_SPAN, 0)
    assert "trial" in learned().words


def test_a_busy_machine_widens_what_the_trial_says(rpo_home):
    crowded = step_times(RunSpec(), SMALL, replace(CPU, load=3.0), DEVICE)
    assert (crowded.training.least, crowded.training.most) == (TRIAL_SPAN.least, 3 * TRIAL_SPAN.most)
    assert "busy" in crowded.words
    assert step_times(RunSpec(), SMALL, replace(CPU, load=1.0), DEVICE) == learned()  # a run of our own keeps all cores at work


def test_finished_runs_say_what_the_next_one_takes():
    for number in range(1, 1 + ENOUGH):
        done(number, slower=3.0)
    found, needed = learned(), run_needs(RunSpec(), SMALL, CPU, ROWS)
    assert found.training.least < 3.0 < found.training.most
    assert found.writing.least < 3.0 < found.writing.most
    steps = 24 * stepping(RunSpec(), SMALL, ROWS, 1) / speed(RunSpec(), CPU, 1)
    assert found.of(needed).least > 2 * steps
    assert found.of(needed).most > OPENING.most + 3 * needed.training.least
    assert re.search(r"\b3 runs", found.words)


def test_one_run_on_a_busy_machine_does_not_settle_it():
    done(1, slower=10.0)
    assert learned().training.least == TRIAL_SPAN.least
    assert learned().training.most > 10
    for number in range(2, 6):
        done(number)
    assert learned().training.most < 2


def test_only_the_latest_runs_count():
    done(1, slower=10.0)
    for number in range(2, 7):
        done(number)
    assert learned().training.least > 0.8
    assert learned().runs == 5


@pytest.mark.parametrize(
    "other",
    [
        {"spec": RunSpec(model="another")},
        {"spec": RunSpec(checkpointing=True)},
        {"spec": RunSpec(quantised=True), "device": "CPU, 2 threads, 4 bit (nf4), fp32 compute"},
        {"device": "NVIDIA H100, bf16"},
        {"device": "CPU, 8 threads, fp32"},
        {"processes": 2},
        {"ray": "http://127.0.0.1:8265"},
        {"status": "stopped"},
    ],
)
def test_runs_of_another_kind_say_nothing(other):
    done(1, slower=5.0, **other)
    assert learned().runs == 0


@pytest.mark.parametrize("edit", [{"work": None}, {"work": {"operations": "many"}}, {"device": 7}])
def test_a_summary_without_work_is_passed_over(edit):
    run = done(1)
    storage.write_json(run.folder / "summary.json", storage.read_json(run.folder / "summary.json") | edit)
    assert learned().runs == 0


def test_other_steps_lengths_and_micro_batches_are_scaled_by_the_arithmetic():
    for number in range(1, 1 + ENOUGH):
        done(number, slower=2.0, spec=RunSpec(steps=5, contrast_size=4, micro_batch=1, objective=Objective.KTO))
    assert learned(RunSpec(steps=1000)).training.least == pytest.approx(2 / 1.2)


def test_the_first_step_and_reference_passes_are_left_out_of_a_runs_work():
    spec = RunSpec()
    metrics = [{"seconds": seconds, "reference_seconds": 1.0} for seconds in (60.0, 5.0, 4.0)]
    did = operations(spec, SMALL, ROWS, metrics, 1)
    assert did == {"operations": 2 * stepping(spec, SMALL, ROWS, 1), "stepping": 7.0}
    assert operations(spec, SMALL, ROWS, metrics[:1], 1)["stepping"] == 59.0
    assert operations(spec, SMALL, ROWS, [], 1) == {"operations": 0, "stepping": 0}
    assert operations(spec, SMALL, ROWS, [{"seconds": 1.0}], 1)["operations"] == 0  # an older version's record


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [
        (5, 50, "under a minute"),
        (50, 70, "up to 2 min"),
        (185, 400, "3 to 7 min"),
        (3600, 7100, "60 to 119 min"),
        (7000, 10900, "1.9 to 3.1 h"),
    ],
)
def test_a_span_is_said_in_whole_minutes_rounded_outwards(least, most, words):
    assert TimeSpan(least, most).words == words


def test_a_trial_is_repeated_and_its_best_is_kept():
    now, found = [0.0], iter([(1e10, 2e10), (9e10, 1e10), (3e10, 1e10)])
    speeds = Speeds(lambda kind: next(found), clock=lambda: now[0])
    assert speeds.of("cpu").flops == 1e10  # taken while the machine was busy
    now[0] += AGAIN - 1
    assert speeds.of("cpu").flops == 1e10
    now[0] += 2
    assert (speeds.of("cpu").flops, speeds.of("cpu").bandwidth) == (9e10, 2e10)
    now[0] += AGAIN + 1
    assert speeds.of("cpu").flops == 9e10


@pytest.mark.weights
def test_a_run_keeps_its_estimate_and_tells_the_next_one(tiny_model):
    spec = RunSpec(model=str(tiny_model), objective=Objective.DPO, **FEW)
    before = need(spec)
    assert "trial" in before.words
    assert before.time.least < before.time.most
    run = new_folder(spec, time_needed=before.time)
    with jobs.work(run.folder) as report:
        train(run, report)
    assert runs.estimated(run) == before.time
    assert run.summary["work"]["answers"] == 2
    assert run.summary["work"]["operations"] > 0
    assert "trial" not in need(spec).words
    storage.write_json(run.folder / "summary.json", {**run.summary, "estimated": {"least": "soon"}})
    with pytest.raises(RpoError, match=r"estimated\.least.*number"):
        runs.estimated(run)


@pytest.mark.weights
def test_a_sweeps_time_is_that_of_all_its_runs(tiny_model):
    base = RunSpec(model=str(tiny_model), **FEW)
    specs = grid(base, {"objective": [Objective.DPO, Objective.RPO_PAIRED], "tau": [0.1, 0.5], "seed": [0, 1]})
    assert len(specs) == 6
    one_by_one = [need(spec).time for spec in specs]
    whole, again = time_of(specs), [need(spec).time for spec in specs]  # others may come to the machine meanwhile
    for end in ("least", "most"):
        sums = [sum(getattr(span, end) for span in spans) for spans in (one_by_one, again)]
        assert 0.9 * min(sums) < getattr(whole, end) < 1.1 * max(sums)
