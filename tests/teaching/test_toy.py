"""The toy does what the lesson says of it: who learns from whom, and what tau changes."""

import math

import pytest
import torch

from rpo.teaching.toy import BAD, GOOD, PROMPT_NAMES, SEEDS, STEP_LENGTH, Method, Toy, train_toy
from rpo.tuning.choice import toy_sample

B, E, G, H = (PROMPT_NAMES.index(name) for name in "BEGH")
MIXED, PAIRED = Toy(), Toy(paired=True)


def learned(toy, method, tau=0.3, steps=60):
    return train_toy(toy, method, tau, steps).margins[-1]


EACH_WORLD = [seed if seed < 3 else pytest.param(seed, marks=pytest.mark.weights) for seed in range(SEEDS)]


@pytest.mark.parametrize("seed", EACH_WORLD)
def test_a_prompt_without_data_learns_what_its_neighbours_could(seed):
    """Beside pairs from all; between a like and a dislike not from DPO; beside a lonely dislike from uniform weights alone."""
    dpo, rpo, uniform = (learned(Toy(seed), method) for method in Method)
    assert min(dpo[B], rpo[B], uniform[B]) > 1
    assert abs(dpo[E]) < 0.1 * min(rpo[E], uniform[E])
    assert abs(dpo[H]) < 0.01
    assert abs(rpo[H]) < 0.25 * uniform[H]


@pytest.mark.parametrize("seed", EACH_WORLD)
def test_on_pairs_the_first_steps_agree_and_later_ones_part(seed):
    runs = [train_toy(Toy(seed, paired=True), method, 0.3, 200) for method in (Method.RPO, Method.UNIFORM)]
    assert all(run.cosines[0] > 0.999 for run in runs)
    assert all(run.cosines[-1] < 0.97 for run in runs)
    assert runs[1].cosines[0].item() == pytest.approx(1)  # uniform columns sum to 1, as DPO's do


def test_tau_moves_rpo_from_near_contrasts_to_uniform_weights():
    lonely = [MIXED.weights(tau)[:, MIXED.disliked.index(G)].sum() for tau in (0.05, 0.3, 1, 1e6)]
    assert lonely == sorted(lonely)
    assert torch.allclose(learned(MIXED, Method.RPO, 1e6), learned(MIXED, Method.UNIFORM), atol=1e-4)
    assert torch.equal(learned(MIXED, Method.DPO, 0.1), learned(MIXED, Method.DPO, 5.0))


def test_what_is_shared_is_the_width_not_the_loss():
    """With bells too narrow to reach a neighbour nothing is learned without data, by any method."""
    for method in Method:
        narrow, wide = (learned(Toy(paired=True, width=width), method, steps=20) for width in (2.0, 30.0))
        assert narrow[[B, E, H]].abs().max() < 0.02
        assert wide[[B, E, H]].min() > 0.5


def test_steps_are_of_one_length_and_the_same_seed_gives_the_same_run():
    run, again = (train_toy(MIXED, Method.RPO, 0.5, 7) for _ in range(2))
    assert torch.equal(run.ratios, again.ratios)
    assert not run.ratios[0].any()
    assert run.ratios.shape == (8, 8, 3)
    spread = math.sqrt(2) * STEP_LENGTH  # a margin moves by a step's length times |e_good - e_bad| at most, rows being units
    assert run.margins.diff(dim=0).abs().max() <= spread + 1e-12
    assert not torch.equal(run.ratios, train_toy(Toy(seed=1), Method.RPO, 0.5, 7).ratios)
    assert train_toy(MIXED, Method.DPO, 0.5, 7).cosines.tolist() == pytest.approx([1.0] * 8)


def test_features_and_angles():
    for seed in range(SEEDS):
        angles = Toy(seed).drawn[0]
        assert (angles >= 0).all()
        assert (angles <= 180).all()
        assert (angles[1:] > angles[:-1]).all()
    assert torch.allclose(MIXED.features().norm(dim=1), torch.ones(8, dtype=torch.float64))
    assert MIXED.pairs == (0, 2)
    assert PAIRED.pairs == PAIRED.liked == PAIRED.disliked


def test_as_a_batch_for_tune():
    sample, cosines = toy_sample(MIXED, trained=True)
    last = train_toy(MIXED, Method.RPO, 0.5).ratios[-1]
    assert cosines.shape == (3, 4)
    assert sample.chosen_ratios == tuple(last[list(MIXED.liked), GOOD].tolist())
    assert sample.rejected_ratios == tuple(last[list(MIXED.disliked), BAD].tolist())
    assert not any(toy_sample(MIXED, trained=False)[0].chosen_ratios)
