"""Where a batch's gradient goes over training: held to autograd of the losses themselves."""

import math

import pytest
import torch

from rpo.contrast import WIDE, Form, cell_gradients, margins_over_training, over_training, rpo_loss, uniform_weights
from rpo.contrast.losses import cell_losses, margin_matrix

BETA = 0.1


def batch(size, seed=0):
    """Log-ratios (3, size) of both sides, the first 0, weights and cosines (size, size)."""
    draw = torch.Generator().manual_seed(seed)
    chosen, rejected = (20 * torch.randn(3, size, generator=draw, dtype=torch.float64) for _ in range(2))
    chosen[0] = rejected[0] = 0
    vectors = torch.nn.functional.normalize(torch.randn(size, 6, generator=draw, dtype=torch.float64), dim=1)
    cosines = vectors @ vectors.T
    return chosen, rejected, (cosines / 0.3).softmax(1), cosines


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("shape", [(5, 5), (3, 4), (1, 1)])
def test_the_push_on_a_cell_is_the_losses_own(form, shape):
    draw = torch.Generator().manual_seed(1)
    margins = 10 * torch.randn(2, *shape, generator=draw, dtype=torch.float64)
    weights = torch.rand(*shape, generator=draw, dtype=torch.float64).softmax(1)
    for one, pushed in zip(margins, cell_gradients(margins, weights, BETA, form), strict=True):
        one.requires_grad_()
        (plain,) = torch.autograd.grad(cell_losses(one, weights, BETA, form).sum(), one)
        assert torch.allclose(pushed, -plain)


def test_margins_are_those_of_the_log_ratios_times_beta():
    chosen, rejected, *_ = batch(4)
    seen = margins_over_training(chosen, rejected, BETA)
    assert seen.shape == (3, 4, 4)
    assert torch.allclose(seen[2], BETA * margin_matrix(chosen[2], rejected[2]))
    assert seen[2, 1, 3] == pytest.approx(BETA * float(chosen[2, 1] - rejected[2, 3]))


def test_shares_are_parts_of_the_gradient_and_saturation_is_what_is_used_up():
    chosen, rejected, weights, cosines = batch(6)
    margins = margins_over_training(chosen, rejected, BETA)
    push = cell_gradients(margins / BETA, weights, BETA)
    shares = over_training([0, 3, 9], margins, push, cosines, paired=True).shares
    assert (shares.own + shares.near + shares.far).tolist() == pytest.approx([1, 1, 1])
    assert shares.own[0] == pytest.approx(float(weights.diagonal().sum() / 6))  # untrained, the push follows the weights
    others = sorted(float(cosines[i, j]) for i in range(6) for j in range(6) if i != j)
    assert shares.split == pytest.approx((others[14] + others[15]) / 2)
    assert shares.near_cells == 14 / 30  # the middle one of 15 prompts' pairs is the median itself
    near = sum(push[2, i, j] for i in range(6) for j in range(6) if i != j and cosines[i, j] > shares.split)
    assert shares.near[2] == pytest.approx(float(near / push[2].sum()))
    lengths = []
    for at in range(3):
        c = chosen[at].clone().requires_grad_()
        lengths.append(float(torch.autograd.grad(rpo_loss(c, rejected[at], weights, BETA), c)[0].abs().sum()))
    assert shares.saturation.tolist() == pytest.approx([1 - length / lengths[0] for length in lengths])
    assert shares.wide.tolist() == pytest.approx([float((one.abs() >= WIDE).double().mean()) for one in margins])


def test_even_weights_push_near_and_far_alike_before_training():
    chosen, rejected, _, cosines = batch(8)
    margins = margins_over_training(chosen, rejected, BETA)
    shares = over_training([0, 1, 2], margins, cell_gradients(margins / BETA, uniform_weights(8, 8), BETA), cosines, True).shares
    assert (float(shares.own[0]), float(shares.near[0]), float(shares.far[0])) == pytest.approx((1 / 8, 7 / 16, 7 / 16))


@pytest.mark.parametrize(
    ("cosines", "paired"),
    [(None, True), (torch.eye(2), True), (torch.ones(2, 2), False), (torch.ones(1, 1), True)],
    ids=["not known", "one other", "all alike", "one pair"],
)
def test_others_that_cannot_be_told_apart_are_not_split(cosines, paired):
    size = 2 if cosines is None else len(cosines)
    margins = torch.zeros(1, size, size)
    shares = over_training([0], margins, torch.ones(1, size, size), cosines, paired).shares
    assert (shares.near, shares.far) == (None, None)
    assert math.isnan(shares.split)
    assert (shares.own is None) is not paired


def test_unequal_shapes_are_refused():
    with pytest.raises(ValueError, match="must be .E, M, N. both"):
        over_training([0, 1], torch.zeros(2, 3, 3), torch.zeros(2, 3, 4), None, True)
