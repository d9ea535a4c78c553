"""Cells that scores contradict: found, weighed by cosine, and left out by laws."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rpo.contrast import (
    contradicted,
    contradicted_weight,
    contrast_weights,
    dial_weights,
    dpo_loss,
    leave_out,
    rpo_loss,
    uniform_weights,
)

NAN = math.nan


def unit(count, seed=0):
    drawn = torch.randn(count, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return torch.nn.functional.normalize(drawn, dim=1)


def weights_of(rule, count, seed):
    vectors = unit(count, seed)
    rules = {
        "tau": lambda: contrast_weights(vectors, vectors, 0.5),
        "cold": lambda: contrast_weights(vectors, vectors, 0.001),
        "dials": lambda: dial_weights(vectors @ vectors.T, 0.4, min(2.0, count - 1)).weights,
        "no own share": lambda: dial_weights(vectors @ vectors.T, 0.0, 1.0).weights,
        "uniform": lambda: uniform_weights(count, count),
    }
    return rules[rule]()


RULES = st.sampled_from(["tau", "cold", "dials", "no own share", "uniform"])


def cells_of(count, seed):
    return torch.rand(count, count, generator=torch.Generator().manual_seed(seed)) < 0.5


@pytest.mark.parametrize(
    ("chosen", "rejected", "expected"),
    [
        ([5, 3, 1], [1, 2, 0], [(2, 1)]),  # 1 against 2; a tie contradicts nothing
        ([0, 9], [9, 0], []),  # the own pairs never are, nor a tie of others
        ([0, 8], [9, 0], [(1, 0)]),
        ([NAN, 1, 1], [2, NAN, 2], [(1, 0), (1, 2), (2, 0)]),  # a missing score contradicts nothing
        ([-math.inf, 1], [0, 5], [(0, 1)]),
        ([7], [9], []),
    ],
)
def test_a_cell_is_contradicted_where_the_chosen_score_is_below_the_rejected_one(chosen, rejected, expected):
    found = contradicted(torch.tensor(chosen, dtype=torch.float64), torch.tensor(rejected, dtype=torch.float64))
    assert [tuple(cell) for cell in found.nonzero().tolist()] == expected


def test_unpaired_answers_have_no_own_pair_and_need_not_be_as_many():
    found = contradicted(torch.tensor([1.0, 4.0]), torch.tensor([2.0, 3.0, 0.0]), paired=False)
    assert found.tolist() == [[True, True, False], [False, False, False]]
    with pytest.raises(ValueError, match=r"M = N, got \(2, 3\)"):
        contradicted(torch.tensor([1.0, 4.0]), torch.tensor([2.0, 3.0, 0.0]))


@given(RULES, st.integers(2, 7), st.integers(0, 99))
def test_without_a_contradicted_cell_weights_stay_as_they_are_bit_for_bit(rule, count, seed):
    weights = weights_of(rule, count, seed)
    own_alone = torch.eye(count, dtype=torch.bool)  # which is never left out
    for cells in (torch.zeros(count, count, dtype=torch.bool), own_alone):
        assert torch.equal(leave_out(weights, cells), weights)


@given(RULES, st.integers(2, 7), st.integers(0, 99))
def test_rows_sum_as_before_and_lose_these_cells_alone(rule, count, seed):
    weights, cells = weights_of(rule, count, seed), cells_of(count, seed)
    found, out = leave_out(weights, cells), cells & ~torch.eye(count, dtype=torch.bool)
    assert torch.allclose(found.sum(1), weights.sum(1), atol=1e-6)
    assert (found[out] == 0).all()
    assert torch.equal(found[~out.any(1)], weights[~out.any(1)])
    for i in range(count):  # what is kept stays in proportion
        kept = ~out[i]
        if weights[i, kept].sum() > 0:
            assert torch.allclose(found[i, kept] * weights[i, kept].sum(), weights[i, kept] * weights[i].sum(), atol=1e-6)


@given(RULES, st.integers(2, 7), st.integers(0, 99))
def test_where_all_others_are_contradicted_the_gradient_is_dpos_by_n(rule, count, seed):
    draw = torch.Generator().manual_seed(seed)
    chosen, rejected = (torch.randn(count, generator=draw, dtype=torch.float64).requires_grad_() for _ in range(2))
    weights = leave_out(weights_of(rule, count, seed), torch.ones(count, count, dtype=torch.bool))
    alone = torch.autograd.grad(rpo_loss(chosen, rejected, weights.double(), 0.1), (chosen, rejected))
    plain = torch.autograd.grad(dpo_loss(chosen, rejected, 0.1), (chosen, rejected))
    for one, other in zip(alone, plain, strict=True):
        assert torch.allclose(one, other / count, rtol=1e-5, atol=1e-12)


@given(RULES, st.integers(2, 7), st.integers(0, 99))
def test_another_order_of_the_examples_is_another_order_of_the_weights(rule, count, seed):
    weights, cells = weights_of(rule, count, seed), cells_of(count, seed)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    shuffled = leave_out(weights[order][:, order], cells[order][:, order])
    assert torch.allclose(shuffled, leave_out(weights, cells)[order][:, order], atol=1e-7)


@pytest.mark.parametrize("paired", [True, False])
def test_the_weight_of_contradicted_cells_by_cosine_is_that_of_a_plain_loop(paired):
    vectors = unit(9)
    weights, cosines, cells = contrast_weights(vectors, vectors, 0.7), vectors @ vectors.T, cells_of(9, 3)
    found = contradicted_weight(weights, cosines, cells, paired)
    others = [(i, j) for i in range(9) for j in range(9) if not (paired and i == j)]
    whole = sum(weights[cell].item() for cell in others)
    for at, (low, high) in enumerate(zip(found.edges.tolist(), found.edges[1:].tolist(), strict=False)):
        inside = [cell for cell in others if low <= cosines[cell] < high or (high == 1 and cosines[cell] >= 1)]
        assert found.weight[at].item() == pytest.approx(sum(weights[cell].item() for cell in inside) / whole)
        against = sum(weights[cell].item() for cell in inside if cells[cell]) / whole
        assert found.contradicted[at].item() == pytest.approx(against)
    assert found.weight.sum().item() == pytest.approx(1)
    assert found.share == pytest.approx(sum(weights[cell].item() for cell in others if cells[cell]) / whole)


def test_where_no_other_has_weight_no_share_is_said():
    assert math.isnan(contradicted_weight(torch.eye(3), torch.eye(3), torch.zeros(3, 3, dtype=torch.bool)).share)


@pytest.mark.parametrize("weights", [torch.ones(2, 3), torch.ones(3, 2), torch.ones(3)])
def test_what_has_no_own_pair_loses_no_cell(weights):
    with pytest.raises(ValueError, match=r"\(N, N\)|M = N"):
        leave_out(weights, torch.ones(weights.shape, dtype=torch.bool))
