"""Links: each by hand, their laws, their place in RPO's cells, and their refusals."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rpo.contrast import Form, Link, cell_gradients, diagonal_loss, dpo_loss, ipo_loss, link_losses, rpo_loss
from rpo.contrast.losses import margin_matrix
from rpo.spec import FIELDS

quick = settings(max_examples=30, deadline=None)
BY_HAND = {
    Link.SIGMOID: lambda d, beta: math.log1p(math.exp(-beta * d)),
    Link.HINGE: lambda d, beta: max(0.0, 1 - beta * d),
    Link.SQUARED: lambda d, beta: (d - 1 / (2 * beta)) ** 2,
}


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def test_a_spec_names_all_links():
    assert FIELDS["link"].among == tuple(Link)
    assert set(BY_HAND) == set(Link)


@quick
@given(st.sampled_from(Link), st.floats(-20, 20), st.floats(0.01, 2), st.sampled_from([0.0, 0.1, 0.4]))
def test_a_link_by_hand(link, d, beta, noise):
    one, other = BY_HAND[link](d, beta), BY_HAND[link](-d, beta)
    assert link_losses(double(d), beta, link, noise).item() == pytest.approx(
        ((1 - noise) * one - noise * other) / (1 - 2 * noise)
    )


@quick
@given(st.sampled_from(Link), st.lists(st.floats(-20, 20), min_size=1, max_size=4), st.floats(0.02, 0.45))
def test_where_so_many_pairs_are_swapped_the_mean_is_that_of_the_right_ones(link, margins, noise):
    d = double(margins)
    right = link_losses(d, 0.3, link)
    mean = (1 - noise) * link_losses(d, 0.3, link, noise) + noise * link_losses(-d, 0.3, link, noise)
    assert mean.tolist() == pytest.approx(right.tolist(), rel=1e-6, abs=1e-9)


def batch(m=4, n=4):
    draw = torch.Generator().manual_seed(m * 10 + n)
    c, r = (10 * torch.randn(size, generator=draw, dtype=torch.float64) for size in (m, n))
    return c, r, torch.rand(m, n, generator=draw, dtype=torch.float64).softmax(1)


@pytest.mark.parametrize("noise", [0.0, 0.2])
@pytest.mark.parametrize("link", Link)
def test_rpo_has_the_link_in_each_cell(link, noise):
    c, r, weights = batch(3, 4)
    plain = lambda d: link_losses(double(d), 0.3, link, noise).item()  # noqa: E731
    cells = [(weights[i, j].item(), (c[i] - r[j]).item()) for i in range(3) for j in range(4)]
    inside, outside = sum(plain(w * d) for w, d in cells) / 12, sum(w * plain(d) for w, d in cells) / 3
    assert rpo_loss(c, r, weights, 0.3, Form.INSIDE, link, noise).item() == pytest.approx(inside)
    assert rpo_loss(c, r, weights, 0.3, Form.OUTSIDE, link, noise).item() == pytest.approx(outside)


@pytest.mark.parametrize("noise", [0.0, 0.2])
@pytest.mark.parametrize("link", Link)
def test_of_own_pairs_alone_rpo_and_the_diagonal_are_dpo_with_the_same_link(link, noise):
    c, r, _ = batch()
    own = dpo_loss(c, r, 0.3, link, noise).item()
    assert rpo_loss(c, r, torch.eye(4, dtype=torch.float64), 0.3, Form.OUTSIDE, link, noise).item() == pytest.approx(own)
    assert diagonal_loss(c, r, 0.3, 1.0, link, noise).item() == pytest.approx(own)
    others = link_losses(margin_matrix(c, r), 0.3, link, noise)[~torch.eye(4, dtype=torch.bool)].mean().item()
    assert diagonal_loss(c, r, 0.3, 0.25, link, noise).item() == pytest.approx(0.25 * own + 0.75 * others)


def test_the_square_is_ipo():
    c, r, _ = batch()
    assert torch.equal(dpo_loss(c, r, 0.3, Link.SQUARED), ipo_loss(c, r, 0.3))


@quick
@given(st.floats(-20, 20), st.floats(0.05, 2), st.floats(0.02, 0.45))
def test_a_square_that_allows_for_swaps_pulls_to_a_wider_margin(d, beta, noise):
    """((1 − ε)(d − t)² − ε(d + t)²) / (1 − 2ε) has its least value at d = t / (1 − 2ε)."""
    leaf = double(d).requires_grad_()
    (slope,) = torch.autograd.grad(link_losses(leaf, beta, Link.SQUARED, noise), leaf)
    assert slope.item() == pytest.approx(2 * (d - 1 / (2 * beta * (1 - 2 * noise))), abs=1e-8)


def test_what_each_link_does_with_a_margin_that_is_wide():
    wide, ones = double([[[25.0]]]), torch.ones(1, 1, dtype=torch.float64)
    push = {link: cell_gradients(wide, ones, 0.1, Form.INSIDE, link).item() for link in Link}
    assert push[Link.SIGMOID] > 0 == push[Link.HINGE] > push[Link.SQUARED]


@pytest.mark.parametrize("noise", [-0.1, 0.5, math.nan])
def test_a_noise_outside_of_its_range_is_refused(noise):
    with pytest.raises(ValueError, match=rf"noise .*0.*0\.5.*{noise}"):
        link_losses(torch.zeros(1), 0.1, Link.HINGE, noise)


def test_a_link_that_is_none_is_refused():
    with pytest.raises(ValueError, match="cubic"):
        link_losses(torch.zeros(1), 0.1, "cubic")
