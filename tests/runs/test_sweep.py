"""A grid of real runs, one after the other, compared with the spread over seeds."""

import math
import time
from dataclasses import replace

import pytest

from rpo import storage
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.jsonl import append_line
from rpo.runs import compare, grid, start_sweep, sweeps
from rpo.runs.needs import Need
from rpo.runs.run import Run
from rpo.runs.sweep import AXES, sweep_needs
from rpo.settings import varying
from rpo.spec import Batching, Control, Objective, RunSpec
from tests.test_fields import beside, changed

QUICK = {"steps": 2, "held_out": 6, "samples": 0, "evaluations": 1, "prompt_tokens": 16, "answer_tokens": 8, "contrast_size": 2}


def until(condition, seconds=120.0):
    end = time.time() + seconds
    while not condition():
        assert time.time() < end, "waited in vain"
        time.sleep(0.1)


def test_the_grid_is_a_product_and_varies_nothing_in_vain():
    specs = grid(RunSpec(), {"objective": [Objective.DPO, Objective.RPO_PAIRED], "tau": [0.1, 0.5, 2.0], "seed": [0, 1]})
    assert len(specs) == 2 + 6
    assert {spec.tau for spec in specs if spec.objective is Objective.DPO} == {0.5}
    assert grid(RunSpec(), {}) == (RunSpec(),)
    means = grid(RunSpec(objective=Objective.IPO, length_normalised=True), {"objective": [Objective.IPO, Objective.SIMPO]})
    assert [spec.length_normalised for spec in means] == [True, False]  # which simpo has not


@pytest.mark.parametrize(
    "base", [RunSpec(objective=Objective.IPO, length_normalised=True), RunSpec(objective=Objective.SIMPO, beta=2.0, gamma=0.5)]
)
def test_objectives_are_swept_from_any_of_them(base):
    found = grid(base, {"objective": list(Objective), "seed": [0, 1]})
    assert [spec.objective for spec in found] == [one for one in Objective for _ in range(2)]
    assert replace(base, seed=1) in found


def test_nonsense_is_refused_in_words():
    with pytest.raises(RpoError, match="objective, tau.*colour"):
        grid(RunSpec(), {"colour": [1]})
    with pytest.raises(RpoError, match=r"\b200\b.*\b201\b"):
        grid(RunSpec(), {"seed": list(range(201))})
    with pytest.raises(RpoError, match=r"tau.*0\.001.*-1"):
        grid(RunSpec(), {"tau": [-1.0]})
    with pytest.raises(RpoError, match="contrast_size.*4000"):
        start_sweep(RunSpec(), {"contrast_size": [8, 4000]})
    assert sweeps() == ()


@pytest.mark.weights
def test_real_runs_one_after_the_other_and_a_failed_one_costs_itself(tiny_model):
    base = RunSpec(model=str(tiny_model), objective=Objective.DPO, **QUICK)
    sweep = start_sweep(base, {"seed": [0, 1]})
    (sweep.runs[1].folder / "spec.json").write_text('{"steps": -3}')
    until(lambda: not sweep.state.active, 300)
    assert [run.state.status for run in sweep.runs] == [Status.DONE, Status.FAILED]
    assert sweep.state.status is Status.FAILED
    assert "1 of 2" in sweep.state.message
    storage.write_json(sweep.runs[1].folder / "spec.json", grid(base, {"objective": [Objective.DPO], "seed": [1]})[0].as_dict())
    sweep.again()
    until(lambda: not sweep.state.active)
    assert sweep.state.status is Status.DONE
    (dpo,) = compare(sweep.runs)
    assert (dpo.label, dpo.seeds, dpo.pairs) == ("dpo", 2, 6)
    assert dpo.sd["margin"] > 0
    first, second = (run.state for run in sweep.runs)
    assert second.started >= first.updated


@pytest.mark.weights
def test_a_stopped_sweep_starts_no_other_run(tiny_model):
    base = RunSpec(model=str(tiny_model), objective=Objective.DPO, **{**QUICK, "steps": 100_000})
    sweep = start_sweep(base, {"seed": [0, 1]})
    until(lambda: sweep.runs[0].metrics)
    sweep.stop()
    until(lambda: not sweep.state.active and not sweep.runs[0].state.active)
    assert sweep.state.status is Status.STOPPED
    assert sweep.runs[1].state.status is Status.NEW


def fake(name, accuracy, **change):
    folder = storage.folder("runs", name)
    storage.write_json(folder / "spec.json", RunSpec(**change).as_dict())
    storage.write_json(folder / "state.json", {"status": "done"})
    append_line(folder / "evaluations.jsonl", {"step": 9, "accuracy": accuracy, "margin": 1.0, "kl": 0.1, "loss": None, "n": 60})
    return Run(folder)


def test_cells_hold_mean_and_spread_over_seeds(rpo_home):
    near = {"batching": Batching.NEIGHBOURHOOD}
    runs = [
        *(fake(f"a{seed}", 0.8 + 0.1 * seed, seed=seed) for seed in range(3)),
        fake("b", 0.7, **near),
        fake("c", 0.6, control=Control.RANDOM, tau=0.1),
    ]
    plain, neighbourhood, control = compare(runs)
    assert (plain.seeds, plain.mean["accuracy"]) == (3, pytest.approx(0.9))
    assert plain.sd["accuracy"] == pytest.approx(0.1)
    assert math.isnan(neighbourhood.sd["accuracy"])
    assert math.isnan(plain.mean["loss"])
    assert [cell.label for cell in (plain, neighbourhood, control)] == [
        "rpo-paired, τ 0.5",
        "rpo-paired, τ 0.5, neighbourhood",
        "rpo-paired, τ 0.1, random embeddings",
    ]


def test_what_changes_no_figure_parts_no_cells(rpo_home):
    (cell,) = compare([fake("a", 0.8, seed=0), fake("b", 0.9, seed=1, micro_batch=2, checkpointing=True, save_every=1)])
    assert (cell.label, cell.seeds) == ("rpo-paired", 2)


@pytest.mark.parametrize("name", AXES)
def test_runs_that_need_the_same_are_weighed_once(name):
    """Two values of an axis are weighed apart unless the axis says that they need the same."""
    weighed = []
    pair = [RunSpec(**beside(name)), changed(name)]
    assert len(sweep_needs(pair, lambda spec: weighed.append(spec) or Need(0, ""))) == 2
    assert len(weighed) == (2 if varying()[name].needs else 1)


def test_a_sweep_whose_runs_are_gone_is_empty(rpo_home):
    storage.write_json(storage.folder("sweeps", "x") / "sweep.json", {"axes": {}, "runs": ["gone"]})
    (sweep,) = sweeps()
    assert sweep.runs == ()
    assert compare(sweep.runs) == ()


def test_a_sweep_that_cannot_fit_is_refused_before_anything_is_made(tiny_model):
    base = RunSpec(model=str(tiny_model), objective=Objective.DPO, prompt_tokens=10**7, answer_tokens=10**7)
    with pytest.raises(RpoError, match="memory.*GB"):
        start_sweep(base, {"seed": [0, 1]})
    assert sweeps() == ()
