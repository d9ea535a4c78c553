"""Weights by own share and likeness: the laws they must obey, against plain loops and scipy."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from rpo.contrast import diagonal_loss, dial_weights, dpo_loss, rpo_loss, uniform_weights

BETA = 0.1


def cosines_of(count, width=6, seed=0, batches=()):
    drawn = torch.randn(*batches, count, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    unit = torch.nn.functional.normalize(drawn, dim=-1)
    return unit @ unit.mT


def ratios(count, seed=0):
    drawn = torch.randn(2, count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 5
    return [side.clone().requires_grad_() for side in drawn]


def gradients(loss, chosen, rejected):
    return torch.cat(torch.autograd.grad(loss, (chosen, rejected)))


def others_of(row, place):
    rest = np.delete(row, place)
    rest = rest / rest.sum()
    return math.exp(-sum(w * math.log(w) for w in rest if w > 0))


def plain_temperature(row, place, wanted):
    """The temperature of one row by scipy's root finder."""
    rest = np.delete(row, place)

    def excess(log):
        scaled = (rest - rest.max()) / math.exp(log)
        weights = np.exp(scaled) / np.exp(scaled).sum()
        return -sum(w * math.log(w) for w in weights if w > 0) - math.log(wanted)

    return math.exp(brentq(excess, math.log(1e-6), math.log(1e5), xtol=1e-14, rtol=1e-14))


@pytest.mark.weights
@given(st.integers(3, 12), st.floats(0, 1), st.floats(0.05, 0.95), st.integers(0, 1000))
def test_every_row_has_the_own_share_and_the_others_that_were_asked(count, own, part, seed):
    wanted = 1 + part * (count - 2)
    cosines = cosines_of(count, seed=seed)
    found = dial_weights(cosines, own, wanted)
    assert found.weights.sum(1) == pytest.approx(torch.ones(count))
    assert found.weights.diagonal() == pytest.approx(torch.full((count,), own))
    assert not found.unreached.any()
    for place, (row, tau) in enumerate(zip(cosines.numpy(), found.temperatures.tolist(), strict=True)):
        assert tau == pytest.approx(plain_temperature(row, place, wanted), rel=1e-6)
        if own < 0.999:
            assert others_of(found.weights[place].numpy(), place) == pytest.approx(wanted, rel=1e-6)


def test_own_share_one_has_the_gradient_of_dpo_over_n_inside():
    chosen, rejected = ratios(5)
    weights = dial_weights(cosines_of(5), 1.0, 2).weights
    plain = gradients(dpo_loss(chosen, rejected, BETA), chosen, rejected) / 5
    assert gradients(rpo_loss(chosen, rejected, weights, BETA), chosen, rejected) == pytest.approx(plain)


def test_an_even_share_over_all_is_uniform():
    assert dial_weights(cosines_of(8), 1 / 8, None).weights == pytest.approx(uniform_weights(8, 8).double())


def test_all_others_alike_is_the_diagonal_loss_outside_and_not_inside():
    chosen, rejected = ratios(6)
    weights = dial_weights(cosines_of(6), 0.8, None).weights
    paper = diagonal_loss(chosen, rejected, BETA, 0.8)
    assert rpo_loss(chosen, rejected, weights, BETA, "outside").item() == pytest.approx(paper.item())
    assert rpo_loss(chosen, rejected, weights, BETA, "inside").item() != pytest.approx(paper.item(), rel=1e-3)


def test_likeness_one_is_the_nearest_other_alone():
    cosines = cosines_of(7)
    found = dial_weights(cosines, 0.4, 1)
    nearest = cosines.clone().fill_diagonal_(-2).argmax(1)
    assert found.weights[torch.arange(7), nearest] == pytest.approx(torch.full((7,), 0.6))
    assert (found.weights > 0).sum(1).tolist() == [2] * 7


@pytest.mark.parametrize("own", [0, 0.3, 1])
@pytest.mark.parametrize("likeness", [None, 1, 3])
def test_one_pair_alone_is_its_own_whatever_the_dials_say(own, likeness):
    assert dial_weights(torch.ones(1, 1), own, likeness).weights.item() == 1


def test_all_is_every_other_and_its_number():
    cosines = cosines_of(5)
    assert torch.equal(dial_weights(cosines, 0.2, None).weights, dial_weights(cosines, 0.2, 4).weights)
    assert dial_weights(cosines, None, None).weights == pytest.approx(torch.full((5, 5), 0.2))


def test_unpaired_rows_spread_over_all_columns():
    cosines = cosines_of(9)[:3, 3:]
    found = dial_weights(cosines, None, 2.5)
    entropy = -(found.weights * found.weights.log()).sum(1)
    assert entropy.exp() == pytest.approx(torch.full((3,), 2.5))


def test_batches_are_what_each_is_alone():
    cosines = cosines_of(6, batches=(3,))
    together = dial_weights(cosines, 0.5, 2.2)
    for place, one in enumerate(cosines):
        assert together.weights[place] == pytest.approx(dial_weights(one, 0.5, 2.2).weights)


def test_permuting_the_prompts_permutes_the_weights():
    cosines, order = cosines_of(6), torch.tensor([3, 1, 5, 0, 2, 4])
    moved = dial_weights(cosines[order][:, order], 0.5, 2).weights
    assert moved == pytest.approx(dial_weights(cosines, 0.5, 2).weights[order][:, order])


def test_likeness_means_the_same_for_every_encoder():
    cosines = cosines_of(8)
    duller = 0.8 + 0.2 * cosines  # an encoder whose unrelated prompts sit near 0.8
    assert dial_weights(duller, 0.5, 3).weights == pytest.approx(dial_weights(cosines, 0.5, 3).weights, abs=1e-9)


TWINS = [  # cosines of row 0 to its others, asked, reached
    ([0.9, 0.9, 0.9, 0.1], 2, 3),  # three nearest tie
    ([0.9, 0.9 - 1e-9, 0.1, 0.0], 1, 2),  # float32 cannot tell these two apart
    ([0.9, 0.9, 0.1, 0.0], 2, 2),
    ([0.9, 0.9, 0.1, 0.0], 2.5, 2.5),
    ([0.3, 0.3, 0.3, 0.3], 2, 4),  # all alike
    ([0.9, 0.9 - 5e-6, 0.1, 0.0], 1.2, 1.2),  # a small lead is still a lead
    ([1.0, 1.0, 1.0, -1.0], 3.9, 3.9),
    ([-1.0, -1.0, -1.0, 1.0], 1, 1),
]


@pytest.mark.parametrize(("row", "asked", "reached"), TWINS)
def test_ties_are_shared_evenly_and_what_they_leave_out_of_reach_is_marked(row, asked, reached):
    cosines = torch.eye(5, dtype=torch.float64)
    cosines[0, 1:] = cosines[1:, 0] = torch.tensor(row, dtype=torch.float64)
    found = dial_weights(cosines, 0.5, asked)
    assert found.others[0].item() == pytest.approx(reached, rel=1e-6)
    assert found.unreached[0].item() == (asked != reached)
    assert bool(found.weights.isfinite().all())


@pytest.mark.parametrize(
    ("cosines", "own", "likeness", "says"),
    [
        (cosines_of(4), 0.5, 3.5, "likeness.*3.*3.5"),
        (cosines_of(4), 0.5, 0.5, "likeness.*0.5"),
        (cosines_of(4), 0.5, math.nan, "likeness.*nan"),
        (cosines_of(4), 1.1, 2, "own_share.*1.1"),
        (cosines_of(4), math.nan, 2, "own_share.*nan"),
        (cosines_of(4)[:3], 0.5, 2, r"M = N.*\(3, 4\)"),
        (cosines_of(4) * math.nan, 0.5, 2, "finite"),
        (torch.zeros(0, 4), None, 2, r"\(0, 4\)"),
        (torch.ones(1, 1), 0.5, 0.2, "likeness.*0.2"),
    ],
)
def test_what_no_row_can_have_is_refused(cosines, own, likeness, says):
    with pytest.raises(ValueError, match=says):
        dial_weights(cosines, own, likeness)
