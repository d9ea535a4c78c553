"""Curves over tau and the temperature for a wanted number of contrasts, held to the plain matrix."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rpo.contrast import contrast_matrix, contrast_weights, effective_contrasts, tau_curves, tau_for

WIDE = (1e-3, 1e3)


def batches(count, size, width=6, seed=0):
    drawn = torch.randn(count, size, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return torch.nn.functional.normalize(drawn, dim=-1)


def test_the_curves_are_those_of_each_matrix():
    vectors, taus = batches(3, 5), torch.tensor([0.05, 0.5, 5.0])
    curves = tau_curves(vectors @ vectors.mT, taus)
    for batch, one in enumerate(vectors):
        for place, tau in enumerate(taus.tolist()):
            plain = contrast_matrix(one, one, tau, beta=0.1)
            assert curves.effective_contrasts[batch, place] == pytest.approx(plain.effective_contrasts.mean().item())
            assert curves.diagonal[batch, place] == pytest.approx(plain.diagonal_share)
            assert curves.gradient[batch, place] == pytest.approx(plain.gradient_scale)


def test_unequal_sides_have_no_diagonal():
    curves = tau_curves(torch.rand(2, 3, 4), torch.tensor([0.5]))
    assert curves.diagonal is None
    assert curves.gradient is None
    assert curves.effective_contrasts.shape == (2, 1)


@given(st.floats(1.1, 6.9), st.integers(0, 1000))
def test_the_found_temperature_gives_the_wanted_contrasts(wanted, seed):
    vectors = batches(2, 7, seed=seed)
    for one, tau in zip(vectors, tau_for(vectors @ vectors.mT, wanted, WIDE).tolist(), strict=True):
        assert effective_contrasts(contrast_weights(one, one, tau)).mean().item() == pytest.approx(wanted, rel=1e-3)


def test_out_of_reach_is_nan():
    same = torch.ones(2, 4, 4)
    assert tau_for(same, 3.0, WIDE).isnan().all()
    assert tau_for(torch.eye(4)[None], 4.5, WIDE).isnan().all()
    vectors = batches(1, 7)
    assert tau_for(vectors @ vectors.mT, 6.9, (1e-3, 0.1)).isnan().all()  # a larger one would do
    with pytest.raises(ValueError, match="tau must be positive"):
        tau_for(same, 3.0, (0.0, 1.0))


@pytest.mark.parametrize("cosines", [torch.ones(3, 3), torch.ones(0, 3, 3), torch.full((1, 2, 2), float("nan"))])
def test_what_is_no_batch_is_refused(cosines):
    with pytest.raises(ValueError, match="at least one batch"):
        tau_for(cosines, 2.0, WIDE)
