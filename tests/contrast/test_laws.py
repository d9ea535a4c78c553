"""The laws of the method, each by its number in the list the project started from."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import logsigmoid

from rpo.contrast import contrast_matrix, contrast_weights, diagonal_loss, dpo_loss, rpo_loss, uniform_weights

quick = settings(max_examples=40, deadline=None)
taus = st.floats(0.05, 5)
seeds = st.integers(0, 10_000)


def batch(seed, rows=6, columns=None, width=16):
    """Random vectors and log-ratios in float64: (e_w, e_l, c, r)."""
    draw = torch.Generator().manual_seed(seed)
    columns = columns or rows
    shape = {"generator": draw, "dtype": torch.float64}
    vectors = torch.randn(rows, width, **shape)
    others = vectors if columns == rows else torch.randn(columns, width, **shape)
    return vectors, others, 3 * torch.randn(rows, **shape), 3 * torch.randn(columns, **shape)


def distinct(rows, cosine):
    """Unit vectors whose pairwise cosines all equal `cosine`."""
    gram = torch.full((rows, rows), cosine, dtype=torch.float64).fill_diagonal_(1)
    return torch.linalg.cholesky(gram)


@quick
@given(seeds, taus, st.integers(1, 9), st.integers(1, 9))
def test_law_1_rows_sum_to_one(seed, tau, rows, columns):
    e, f, *_ = batch(seed, rows, columns)
    assert torch.allclose(contrast_weights(e, f, tau).sum(1), torch.ones(rows, dtype=torch.float64))


@quick
@given(seeds, taus)
def test_law_1_permuting_examples_permutes_the_matrix(seed, tau):
    e, _, c, r = batch(seed)
    order = torch.randperm(len(e), generator=torch.Generator().manual_seed(seed))
    one, other = contrast_matrix(e, e, tau, 0.1, c, r), contrast_matrix(e[order], e[order], tau, 0.1, c[order], r[order])
    for name in ("weights", "margins", "losses"):
        assert torch.allclose(getattr(one, name)[order][:, order], getattr(other, name))


@quick
@given(taus, st.integers(1, 9))
def test_law_1_identical_prompts_weigh_alike_at_any_tau(tau, rows):
    e = torch.ones(rows, 4).mul(0.3)
    assert torch.allclose(contrast_weights(e, e, tau), uniform_weights(rows, rows))


@quick
@given(seeds, st.integers(2, 9))
def test_law_2_small_tau_is_dpo_shrunk(seed, rows):
    _, _, c, r = batch(seed, rows)
    e = distinct(rows, 0.3)
    c.requires_grad_(), r.requires_grad_()
    ours, dpo = rpo_loss(c, r, contrast_weights(e, e, 0.005), 0.1), dpo_loss(c, r, 0.1)
    assert ours.item() == pytest.approx(dpo.item() / rows + (1 - 1 / rows) * math.log(2), rel=1e-9)
    for mine, theirs in zip(torch.autograd.grad(ours, (c, r)), torch.autograd.grad(dpo, (c, r)), strict=True):
        assert torch.allclose(mine, theirs / rows, atol=1e-12)


@quick
@given(seeds, st.integers(2, 9))
def test_law_2_large_tau_is_uniform(seed, rows):
    e, _, c, r = batch(seed, rows)
    expected = -logsigmoid(0.1 * (c[:, None] - r) / rows).mean()
    assert rpo_loss(c, r, contrast_weights(e, e, 1e7), 0.1).item() == pytest.approx(expected.item(), rel=1e-6)


@quick
@given(seeds, taus)
def test_law_2_outside_small_tau_is_exactly_dpo(seed, tau):
    e, _, c, r = batch(seed)
    e = distinct(len(e), 0.3)
    assert rpo_loss(c, r, contrast_weights(e, e, 0.005), 0.1, "outside").item() == pytest.approx(dpo_loss(c, r, 0.1).item())


@quick
@given(seeds, taus, st.sampled_from(["inside", "outside"]))
def test_law_3_one_pair_is_dpo(seed, tau, form):
    e, _, c, r = batch(seed, 1)
    assert rpo_loss(c, r, contrast_weights(e, e, tau), 0.1, form).item() == pytest.approx(dpo_loss(c, r, 0.1).item())
    assert diagonal_loss(c, r, 0.1).item() == pytest.approx(dpo_loss(c, r, 0.1).item())


@quick
@given(seeds, taus, st.integers(1, 9))
def test_law_4_at_the_start_only_the_rejected_side_sees_the_weights(seed, tau, rows):
    e, *_ = batch(seed, rows)
    weights = contrast_weights(e, e, tau)
    c, r = (torch.zeros(rows, dtype=torch.float64, requires_grad=True) for _ in range(2))
    chosen, rejected = torch.autograd.grad(rpo_loss(c, r, weights, 0.1), (c, r))
    assert torch.allclose(chosen, torch.full_like(chosen, -0.1 / (2 * rows**2)))
    assert torch.allclose(rejected, 0.1 * weights.sum(0) / (2 * rows**2))


@pytest.mark.parametrize(
    ("rows", "cosine", "expected"),
    [
        (8, 0.3, {0.25: 0.70, 0.5: 0.37, 0.75: 0.27}),
        (4, 0.3, {0.25: 0.85, 0.5: 0.57, 0.75: 0.46}),
        (64, 0.3, {0.25: 0.21, 0.5: 0.06, 0.75: 0.04}),
        (8, 0.8, {0.25: 0.24, 0.5: 0.18, 0.75: 0.16}),
    ],
)
def test_law_5_tau_means_nothing_without_size_and_encoder(rows, cosine, expected):
    e = distinct(rows, cosine)
    for tau, share in expected.items():
        assert contrast_matrix(e, e, tau, 0.1).diagonal_share == pytest.approx(share, abs=0.0051)


@pytest.mark.parametrize(("rows", "scale"), [(2, 0.49), (4, 0.25), (16, 0.064), (64, 0.016)])
def test_law_6_the_inside_gradient_shrinks_with_the_contrast_size(rows, scale):
    found = [contrast_matrix(*batch(seed, rows, width=384)[:2], 0.5, 0.1).gradient_scale for seed in range(10)]
    assert sum(found) / 10 == pytest.approx(scale, rel=0.06)


@quick
@given(seeds, taus)
def test_law_7_the_loss_splits_through_the_logratios(seed, tau):
    """Derivatives to c and r, then pulled through a model, equal the direct gradient."""
    e, _, x, y = batch(seed)
    theta = torch.tensor([0.3, -0.2], dtype=torch.float64, requires_grad=True)
    weights = contrast_weights(e, e, tau)

    def logratios():
        return torch.tanh(theta[0] * x + theta[1]), torch.sin(theta[1] * y) * theta[0]

    (direct,) = torch.autograd.grad(rpo_loss(*logratios(), weights, 0.1), theta)
    leaves = [value.detach().requires_grad_() for value in logratios()]
    pulls = torch.autograd.grad(rpo_loss(*leaves, weights, 0.1), leaves)
    (split,) = torch.autograd.grad(logratios(), theta, pulls)
    assert torch.allclose(direct, split, rtol=1e-10)


@quick
@given(seeds)
def test_law_8_slices_are_another_objective(seed):
    e, _, c, r = batch(seed, 8)
    whole = rpo_loss(c, r, contrast_weights(e, e, 0.5), 0.1)
    halves = [rpo_loss(c[s], r[s], contrast_weights(e[s], e[s], 0.5), 0.1) for s in (slice(0, 4), slice(4, 8))]
    assert abs(whole - sum(halves) / 2) > 1e-9
