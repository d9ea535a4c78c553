"""The lesson's figures follow from the losses: computed another way they come out the same."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rpo.contrast import (
    contrast_weights,
    dpo_loss,
    first_push,
    gradient_of_size,
    limits,
    own_weight,
    reward_margins,
    rpo_loss,
)  # fmt: skip

quick = settings(max_examples=40, deadline=None)
seeds = st.integers(0, 10_000)


def draw(seed, *shape):
    return 3 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@quick
@given(st.floats(0.02, 10), st.integers(1, 64), st.floats(-0.01, 0.99))
def test_own_weight_in_closed_form(tau, size, cosine):
    assert own_weight(tau, size, cosine) == pytest.approx(1 / (1 + (size - 1) * math.exp(-(1 - cosine) / tau)))


def test_own_weight_needs_size_and_encoder_beside_tau():
    found = [[round(own_weight(tau, size, cosine), 2) for tau in (0.25, 0.5, 0.75)] for size, cosine in ((8, 0.3), (8, 0.8))]
    assert found == [[0.7, 0.37, 0.27], [0.24, 0.18, 0.16]]
    assert own_weight(0.5, 1, 0.3) == 1


@quick
@given(seeds, st.integers(2, 6))
def test_the_limits_are_those_of_the_loss(seed, size):
    c, r, e = draw(seed, size), draw(seed + 1, size), torch.eye(size, dtype=torch.float64)
    cold, hot = limits(c, r, 0.1)
    assert float(rpo_loss(c, r, contrast_weights(e, e, 0.005), 0.1)) == pytest.approx(cold)
    assert float(rpo_loss(c, r, contrast_weights(e, e, 1e7), 0.1)) == pytest.approx(hot, rel=1e-6)
    assert cold == pytest.approx(float(dpo_loss(c, r, 0.1)) / size + (1 - 1 / size) * math.log(2))


@quick
@given(seeds, st.floats(0.05, 5), st.integers(1, 6), st.integers(1, 6))
def test_the_first_push_up_is_even_and_down_follows_the_columns(seed, tau, rows, columns):
    weights = contrast_weights(draw(seed, rows, 8), draw(seed + 1, columns, 8), tau)
    up, down = first_push(weights, 0.1)
    assert torch.allclose(up, torch.full_like(up, 0.1 / (2 * rows * columns)))
    assert torch.allclose(down, 0.1 * weights.sum(0) / (2 * rows * columns))


def test_the_gradient_shrinks_with_the_size():
    assert [gradient_of_size(size, 0.5) for size in (1, 2, 4, 16)] == pytest.approx([1, 1 / 2, 1 / 4, 1 / 16], rel=1e-2)


@quick
@given(seeds, st.floats(0.1, 2), st.integers(2, 5))
def test_what_log_ratios_say_of_rewards_is_right_within_a_prompt_alone(seed, beta, answers):
    rewards = draw(seed, 3, answers)
    true, said = reward_margins(rewards, beta)
    assert torch.allclose(true.diagonal(), said.diagonal())
    z = beta * (rewards / beta).logsumexp(1)
    assert torch.allclose(said - true, z[None, :] - z[:, None])
    shifted = rewards + torch.tensor([[0.0], [2.0], [-1.0]], dtype=torch.float64)  # a prompt on which every answer pleases more
    assert torch.allclose(reward_margins(shifted, beta)[1], said)
    assert not torch.allclose(reward_margins(shifted, beta)[0], true)


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="two answers"):
        reward_margins(torch.zeros(2, 1), 0.1)
    with pytest.raises(ValueError, match="beta must be positive"):
        reward_margins(torch.zeros(2, 2), 0.0)
