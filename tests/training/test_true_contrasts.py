"""A run that leaves contradicted cells out: which weights its loss sees, and when it is the run without this option, or DPO's."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from rpo.contrast import contradicted, leave_out
from rpo.errors import RpoError
from rpo.models.load import open_policy
from rpo.objectives import Objective
from rpo.preferences import Kind
from rpo.runs.data import data_of
from rpo.spec import RunSpec, Weighting
from rpo.training.batches import Batch
from rpo.training.dataset import ReferenceStore, examples
from rpo.training.trainer import train
from tests.training.test_exact import QUIET, curve, quiet, run_of

WEIGHTS = [{}, {"weighting": "dials", "likeness": 1.5}, {"weighting": "uniform"}]


def scored(path, *scores):
    """A file of pairs with these scores of the chosen and the rejected answer."""
    rows = [
        {"prompt": f"Why {n}{', and why' * n}?", "chosen": f"Because {n}.", "rejected": "Hard to say.", "split": "train"}
        | {name: value for name, value in zip(("score_chosen", "score_rejected"), both, strict=False) if value is not None}
        for n, both in enumerate(scores)
    ]
    held = {"prompt": "And how?", "chosen": "So.", "rejected": "No idea.", "split": "test"}
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, held]))
    return str(path)


def curves(tiny_model, data, **change):
    spec = RunSpec(model=str(tiny_model), data=data, steps=2, contrast_size=4, lr=1e-3, **{**QUIET, **change})
    run = run_of(spec, f"run-{abs(hash(repr(spec)))}")
    train(run, quiet)
    return curve(run), run


@pytest.mark.parametrize("weights", WEIGHTS)
def test_a_batch_loses_its_contradicted_cells_and_no_others(tiny_model, few, weights):
    spec = RunSpec(model=str(tiny_model), data=few[Kind.PAIRED], **weights)
    rows = data_of(spec).train
    data = examples(open_policy(spec), rows, Kind.PAIRED, ReferenceStore("none"))
    data.vectors = torch.nn.functional.normalize(torch.randn(len(rows), 6, generator=torch.Generator().manual_seed(0)))
    places = np.array([0, 3, 4, 9, 11])
    plain = data.weights(Batch(places, places), spec, 1)
    scores = [(rows[int(n)]["score_chosen"], rows[int(n)]["score_rejected"]) for n in places]
    cells = torch.tensor([[i != j and good < bad for j, (_, bad) in enumerate(scores)] for i, (good, _) in enumerate(scores)])
    found = data.weights(Batch(places, places), replace(spec, true_contrasts=True), 1)
    assert cells.any()
    assert (found[cells] == 0).all()
    assert (found[~cells] > 0).all()
    assert torch.equal(found, leave_out(plain, cells))
    assert torch.equal(cells, contradicted(*torch.tensor(scores, dtype=torch.float64).T))


@pytest.mark.weights
@pytest.mark.parametrize("weights", WEIGHTS)
def test_where_no_cell_is_contradicted_the_run_is_the_same_bit_for_bit(tiny_model, stub_vectors, tmp_path, weights):
    data = scored(tmp_path / "pairs.jsonl", *[(3, 2), (4, 1), (3, None), (None, 3), (9, 3), (3, 0)])
    plain, _ = curves(tiny_model, data, **weights)
    assert np.array_equal(plain, curves(tiny_model, data, true_contrasts=True, **weights)[0])


@pytest.mark.weights
@pytest.mark.parametrize("weights", WEIGHTS[:2])  # uniform weights are DPO's first push as they are
def test_where_every_other_cell_is_contradicted_the_run_is_dpos(tiny_model, stub_vectors, tmp_path, weights):
    data = scored(tmp_path / "pairs.jsonl", *[(1, 2)] * 6)  # the own pairs too, which stay
    alone, _ = curves(tiny_model, data, true_contrasts=True, form="outside", **weights)
    dpo, _ = curves(tiny_model, data, objective=Objective.DPO)
    assert alone == pytest.approx(dpo, rel=1e-5)
    plain, _ = curves(tiny_model, data, form="outside", **weights)
    assert plain[-1] != pytest.approx(dpo[-1], rel=1e-3)


@pytest.mark.parametrize("scores", [[()] * 6, [(None, None)] * 6, [(1, None)] * 6, [(float("nan"), 1)] * 6])
def test_data_without_scores_are_refused(tiny_model, tmp_path, scores):
    data = scored(tmp_path / "pairs.jsonl", *scores)
    with pytest.raises(RpoError, match=r"true_contrasts needs .*scores of both answers.*has none; leave it out"):
        data_of(RunSpec(data=data, contrast_size=4, true_contrasts=True))


@pytest.mark.parametrize(("weighting", "own", "rivals"), [(Weighting.UNIFORM, 0.25, 4.0), (Weighting.DIAGONAL, 0.8, 2.05)])
def test_the_papers_ablations_are_what_a_run_trains_and_reports(tiny_model, stub_vectors, few, weighting, own, rivals):
    _, run = curves(tiny_model, few[Kind.PAIRED], weighting=weighting)
    assert run.metrics[0]["diagonal"] == pytest.approx(own)
    assert run.metrics[0]["rivals"] == pytest.approx(rivals, rel=0.01)
