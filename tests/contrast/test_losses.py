"""Each loss against its formula written out by hand, its gradient checked, and its refusals."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rpo.contrast import (
    bco_loss,
    contrast_matrix,
    contrast_weights,
    diagonal_loss,
    dpo_loss,
    ipo_loss,
    kto_loss,
    rpo_loss,
    simpo_loss,
    uniform_weights,
)

quick = settings(max_examples=30, deadline=None)
ratios = st.lists(st.floats(-20, 20), min_size=1, max_size=5)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def random_weights(m, n):
    return torch.rand(m, n, dtype=torch.float64, generator=torch.Generator().manual_seed(m * 10 + n)).softmax(1)


@quick
@given(ratios, ratios, st.floats(0.01, 2))
def test_rpo_inside_by_hand(c, r, beta):
    w = random_weights(len(c), len(r))
    cells = [-math.log(sigmoid(beta * w[i, j].item() * (a - b))) for i, a in enumerate(c) for j, b in enumerate(r)]
    assert rpo_loss(double(c), double(r), w, beta).item() == pytest.approx(sum(cells) / len(cells))


@quick
@given(ratios, ratios, st.floats(0.01, 2))
def test_rpo_outside_by_hand(c, r, beta):
    w = random_weights(len(c), len(r))
    cells = [-w[i, j].item() * math.log(sigmoid(beta * (a - b))) for i, a in enumerate(c) for j, b in enumerate(r)]
    assert rpo_loss(double(c), double(r), w, beta, "outside").item() == pytest.approx(sum(cells) / len(c))


@quick
@given(st.lists(st.tuples(st.floats(-20, 20), st.floats(-20, 20)), min_size=1, max_size=5), st.floats(0.01, 2))
def test_dpo_ipo_and_diagonal_by_hand(pairs, beta):
    c, r = (double(side) for side in zip(*pairs, strict=True))
    own = [-math.log(sigmoid(beta * (a - b))) for a, b in pairs]
    others = [-math.log(sigmoid(beta * (a - b))) for i, (a, _) in enumerate(pairs) for j, (_, b) in enumerate(pairs) if i != j]
    assert dpo_loss(c, r, beta).item() == pytest.approx(sum(own) / len(own))
    assert ipo_loss(c, r, beta).item() == pytest.approx(sum((a - b - 1 / (2 * beta)) ** 2 for a, b in pairs) / len(own))
    if others:
        expected = 0.8 * sum(own) / len(own) + 0.2 * sum(others) / len(others)
        assert diagonal_loss(c, r, beta).item() == pytest.approx(expected)


@quick
@given(ratios, ratios, st.floats(-1, 3), st.floats(0.01, 2))
def test_kto_by_hand(c, r, kl, beta):
    z = max(kl, 0)
    terms = [1.5 * (1 - sigmoid(beta * (a - z))) for a in c] + [0.5 * (1 - sigmoid(beta * (z - b))) for b in r]
    assert kto_loss(double(c), double(r), kl, beta, 1.5, 0.5).item() == pytest.approx(sum(terms) / len(terms))


def test_no_gradient_flows_through_ktos_kl():
    kl = torch.tensor(0.5, requires_grad=True)
    c = torch.ones(2, requires_grad=True)
    assert torch.autograd.grad(kto_loss(c, torch.zeros(2), kl, 0.1), kl, allow_unused=True) == (None,)


@quick
@given(st.lists(st.tuples(st.floats(-9, 0), st.floats(-9, 0)), min_size=1, max_size=5), st.floats(0.1, 10), st.floats(0, 5))
def test_simpo_by_hand(pairs, beta, gamma):
    p, q = (double(side) for side in zip(*pairs, strict=True))
    cells = [math.log1p(math.exp(gamma - beta * (a - b))) for a, b in pairs]
    assert simpo_loss(p, q, beta, gamma).item() == pytest.approx(sum(cells) / len(cells))
    assert simpo_loss(p, q, beta, 0).item() == pytest.approx(dpo_loss(p, q, beta).item())  # of means, with no reference


@quick
@given(ratios, ratios, st.floats(-3, 3), st.floats(0.01, 2))
def test_bco_by_hand(c, r, delta, beta):
    terms = [-math.log(sigmoid(beta * a - delta)) for a in c] + [-math.log(sigmoid(delta - beta * b)) for b in r]
    assert bco_loss(double(c), double(r), beta, delta).item() == pytest.approx(sum(terms) / len(terms))
    middle = beta * (sum(c) / len(c) + sum(r) / len(r)) / 2
    assert bco_loss(double(c), double(r), beta).item() == pytest.approx(bco_loss(double(c), double(r), beta, middle).item())


def test_textbook_numbers():
    nothing = torch.zeros(3, dtype=torch.float64)
    assert simpo_loss(nothing, nothing, 2.0, 1.0).item() == pytest.approx(1.3132617)  # log(1 + e), before any difference
    assert bco_loss(nothing, nothing, 0.1).item() == pytest.approx(math.log(2))
    assert bco_loss(double([1.0]), double([-1.0]), 1.0).item() == pytest.approx(0.3132617)  # log(1 + 1/e)


@quick
@given(ratios, ratios, st.floats(0.01, 2), st.floats(-50, 50))
def test_a_batchs_own_delta_cancels_what_all_its_log_ratios_share(c, r, beta, shared):
    one, other = bco_loss(double(c), double(r), beta), bco_loss(double(c) + shared, double(r) + shared, beta)
    assert one.item() == pytest.approx(other.item())
    if len(c) == len(r) == 1:
        assert one.item() == pytest.approx(dpo_loss(double(c), double(r), beta / 2).item())


def gradients(loss, *sides):
    leaves = [side.clone().requires_grad_() for side in sides]
    return torch.autograd.grad(loss(*leaves), leaves)


def test_no_gradient_flows_through_bcos_delta():
    c, r = double([2.0, -1.0, 0.5]), double([1.0, 0.0])
    middle = 0.7 * (c.mean() + r.mean()) / 2
    own, given_ = gradients(lambda c, r: bco_loss(c, r, 0.7), c, r), gradients(lambda c, r: bco_loss(c, r, 0.7, middle), c, r)
    assert all(torch.allclose(one, other) for one, other in zip(own, given_, strict=True))


@pytest.mark.parametrize("loss", [lambda c, r: simpo_loss(c, r, 2.0, 1.0), lambda c, r: bco_loss(c, r, 0.3)])
def test_liked_answers_are_pushed_up_and_others_down_and_the_worst_most(loss):
    up, down = gradients(loss, double([3.0, -3.0]), double([1.0, 1.0]))
    assert (up < 0).all()
    assert (down > 0).all()
    assert up[1] < up[0]


@pytest.mark.parametrize(
    "loss",
    [
        lambda c, r: rpo_loss(c, r, random_weights(4, 4), 0.7),
        lambda c, r: rpo_loss(c, r, random_weights(4, 4), 0.7, "outside"),
        lambda c, r: diagonal_loss(c, r, 0.7),
        lambda c, r: dpo_loss(c, r, 0.7),
        lambda c, r: ipo_loss(c, r, 0.7),
        lambda c, r: kto_loss(c, r, 0.3, 0.7),
        lambda c, r: simpo_loss(c, r, 2.0, 0.7),
        lambda c, r: bco_loss(c, r, 0.7, 0.2),
    ],
)
def test_gradcheck(loss):
    draw = torch.Generator().manual_seed(0)
    c, r = (torch.randn(4, dtype=torch.float64, generator=draw, requires_grad=True) for _ in range(2))
    assert torch.autograd.gradcheck(loss, (c, r))


def test_gradcheck_of_the_weights():
    draw = torch.Generator().manual_seed(0)
    e, f = (torch.randn(3, 5, dtype=torch.float64, generator=draw, requires_grad=True) for _ in range(2))
    assert torch.autograd.gradcheck(lambda e, f: contrast_weights(e, f, 0.4), (e, f))


def test_half_precision_is_widened():
    half = torch.tensor([130.0, 140.0], dtype=torch.bfloat16)
    assert dpo_loss(half, half, 0.1).dtype is torch.float32
    assert contrast_weights(torch.eye(2).bfloat16(), torch.eye(2).bfloat16(), 0.5).dtype is torch.float32


def test_extreme_margins_stay_finite():
    c, r = torch.tensor([1e6, -1e6]), torch.tensor([-1e6, 1e6])
    assert rpo_loss(c, r, uniform_weights(2, 2), 1.0).isfinite()


def test_the_matrix_and_the_loss_agree():
    draw = torch.Generator().manual_seed(3)
    e, c, r = torch.randn(5, 8, generator=draw), torch.randn(5, generator=draw), torch.randn(5, generator=draw)
    for form in ("inside", "outside"):
        matrix = contrast_matrix(e, e, 0.5, 0.1, c, r, form)
        assert torch.allclose(matrix.losses.mean(), rpo_loss(c, r, matrix.weights, 0.1, form))
        assert matrix.column_sums.sum().item() == pytest.approx(5)
        assert (matrix.effective_contrasts >= 1).all()
        assert (matrix.effective_contrasts <= 5 + 1e-4).all()


def test_an_unpaired_matrix_has_no_diagonal():
    matrix = contrast_matrix(torch.eye(2, 3), torch.eye(3), 0.5, 0.1)
    assert matrix.diagonal_share is None
    assert matrix.gradient_scale is None
    assert matrix.weights.shape == (2, 3)


def test_the_gradient_scale_of_the_outside_form_at_small_tau_is_one():
    e = torch.eye(6, dtype=torch.float64)
    c, r = torch.linspace(-1, 1, 6, dtype=torch.float64), torch.linspace(1, -2, 6, dtype=torch.float64)
    assert contrast_matrix(e, e, 0.01, 0.1, c, r, "outside").gradient_scale == pytest.approx(1)
    assert contrast_matrix(e, e, 0.01, 0.1, c, r).gradient_scale == pytest.approx(1 / 6)


ONE = torch.ones(2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: contrast_weights(torch.eye(2), torch.eye(2), -0.1), "tau must be positive and finite, got -0.1"),
        (lambda: contrast_weights(torch.eye(2), torch.eye(2), math.nan), "tau must be positive"),
        (lambda: contrast_weights(torch.zeros(0, 2), torch.eye(2), 0.5), "at least one row"),
        (lambda: contrast_weights(torch.eye(2), torch.eye(3), 0.5), "one encoder, got D = 2 and 3"),
        (lambda: contrast_weights(torch.zeros(2, 2), torch.eye(2), 0.5), "row 0 is not"),
        (lambda: contrast_weights(torch.eye(2), torch.tensor([[1, 1], [math.nan, 1]]), 0.5), "row 1 is not"),
        (lambda: uniform_weights(0, 3), "at least one answer a side"),
        (lambda: rpo_loss(ONE[:0], ONE, ONE[:0, None], 0.1), "needs both sides, got M = 0"),
        (lambda: rpo_loss(ONE, ONE, torch.eye(3), 0.1), r"weights must be \(M, N\) = \(2, 2\)"),
        (lambda: rpo_loss(ONE, ONE, torch.eye(2), 0.0), "beta must be positive"),
        (lambda: rpo_loss(ONE, ONE, torch.eye(2), 0.1, "sideways"), "sideways"),
        (lambda: rpo_loss(torch.eye(2), ONE, torch.eye(2), 0.1), "one number an answer"),
        (lambda: dpo_loss(ONE, ONE[:1], 0.1), "as many chosen as rejected"),
        (lambda: ipo_loss(ONE[:0], ONE[:0], 0.1), "at least one"),
        (lambda: kto_loss(ONE[:0], ONE[:0], 0, 0.1), "at least one answer"),
        (lambda: diagonal_loss(ONE, ONE, 0.1, 1.5), "between 0 and 1"),
        (lambda: simpo_loss(ONE, ONE[:1], 2.0, 1.0), "as many chosen as rejected"),
        (lambda: simpo_loss(ONE, ONE, 2.0, -1.0), "gamma must be finite and at least 0, got -1.0"),
        (lambda: simpo_loss(ONE, ONE, -2.0, 1.0), "beta must be positive and finite, got -2.0; try 2"),
        (lambda: bco_loss(ONE, ONE[:0], 0.1), "got M = 2 and N = 0"),
        (lambda: bco_loss(ONE, ONE, math.nan), "beta must be positive"),
    ],
)
def test_bad_input_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
