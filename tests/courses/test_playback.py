"""A held-out batch over a run's training: the weights and the push are those of the run's own held-out loss."""

import pytest
import torch

from rpo.courses import replay
from rpo.courses.playback import held_out_batches, held_out_rows, push_on_cells, sides_over_training, weights_of_batch
from rpo.errors import RpoError
from rpo.jsonl import keep_lines
from rpo.runs.run import Records
from rpo.spec import Objective
from rpo.training.seen import objective

VARIANTS = [
    {},
    {"tau": 0.05},
    {"form": "outside"},
    {"centred": True},
    {"weighting": "uniform"},
    {"weighting": "dials", "own_share": 0.4, "likeness": 2.0},
]
MORE_VARIANTS = [
    {"weighting": "diagonal"},
    {"control": "shuffled weights"},
    {"control": "random embeddings"},
    {"batching": "neighbourhood"},
    {"objective": "rpo-unpaired"},
    {"objective": "dpo"},
    {"objective": "ipo"},
]


@pytest.mark.weights
@pytest.mark.parametrize("change", [*VARIANTS, *(pytest.param(one, marks=pytest.mark.weights) for one in MORE_VARIANTS)], ids=str)
def test_the_push_is_the_gradient_of_the_runs_own_loss(trained, change):
    """The loss of this batch that the run recorded, and its gradient by the chosen log-ratios, which is the push a row."""
    run = trained(**change)
    spec, ratios = run.spec, run.ratios_by_step("held-out")
    held_out = held_out_rows(spec, tuple(next(iter(ratios.values()))))
    batch = next(held_out_batches(spec, held_out))
    chosen, rejected = sides_over_training(spec, ratios, held_out, batch)
    weights = weights_of_batch(spec, held_out, batch, 0)
    assert torch.allclose(weights, trained.weights[-1], atol=1e-6)
    loss = objective(spec)
    if spec.centred:  # `sides_over_training` has centred them already, and centring twice changes nothing
        assert torch.allclose((chosen + rejected).abs(), torch.zeros_like(chosen), atol=1e-5)
    last = chosen[-1].clone().requires_grad_()
    value = loss(last, rejected[-1], weights, 0.0)
    assert value.item() == pytest.approx(run.evaluations[-1]["loss"], rel=1e-6)
    if spec.centred:
        return
    (pull,) = torch.autograd.grad(value, last)
    push = push_on_cells(spec, chosen[:, :, None] - rejected[:, None, :], weights)[-1]
    assert (push.sum(1) / push.sum()).tolist() == pytest.approx((pull / pull.sum()).tolist(), rel=1e-3)


def test_a_batch_is_played_from_before_training_to_the_last_evaluation(trained):
    run = trained()
    found = replay(run)
    assert found.seen.steps == (0, 2, 4)
    assert found.seen.margins.shape == (3, 4, 4)
    assert float(found.seen.margins[0].abs().max()) == 0
    assert float(found.seen.margins[-1].abs().max()) > 0
    assert (found.batches, found.note) == (1, "")
    ids = {row["prompt"]: row["id"] for row in _data(run)}
    kept = run.ratios_by_step("held-out")[4]
    (c, _), (_, r) = kept[ids[found.rows[1]]], kept[ids[found.columns[2]]]
    assert float(found.seen.margins[-1, 1, 2]) == pytest.approx(run.spec.beta * (c - r), rel=1e-5)


def _data(run):
    from rpo.preferences import load

    return load(run.spec.data).held_out.to_list()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"objective": "dpo"}, "all of its gradient is on own pairs"),
        ({"weighting": "uniform"}, "near and far others are not distinguished"),
    ],
    ids=str,
)
def test_what_is_not_known_is_said(trained, change, said):
    found = replay(trained(**change))
    assert said in found.note
    assert found.seen.shares.near is None


@pytest.mark.weights
@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"objective": "kto"}, "which kto does not: it judges each answer by itself"),
        ({"objective": "bco"}, "which bco does not: it judges each answer by itself"),
        ({"objective": "simpo", "beta": 2.0}, "simpo sees means over an answer's tokens"),
        ({"objective": "ipo", "length_normalised": True}, "ipo sees means over an answer's tokens"),
    ],
    ids=str,
)
def test_a_loss_that_sees_no_such_margins_is_refused(trained, change, rule):
    with pytest.raises(RpoError, match=rule):
        replay(trained(**{"steps": 1, "evaluations": 1, **change}))


def test_every_objective_plays_or_refuses_in_words(trained):
    """So that one added later is thought of."""
    played = {"rpo-paired", "rpo-unpaired", "dpo", "ipo"}
    assert {str(one) for one in Objective} - played == {"kto", "bco", "simpo"}


def test_a_run_of_an_older_version_is_refused_in_words(trained):
    run = trained()
    keep_lines(run.folder / Records.LOGRATIOS, lambda record: record["split"] == "train")
    with pytest.raises(RpoError, match=r"must have kept its held-out log-ratios.*older version"):
        replay(run)


def test_a_batch_that_is_not_there_is_refused(trained):
    with pytest.raises(RpoError, match="one of the 1 that the held-out rows fill, got 2"):
        replay(trained(), 1)
