"""The eight real prompts of the lesson: what is written down is what the encoder says."""

import numpy as np
import pytest
import torch

from rpo import weights
from rpo.embeddings import embed
from rpo.preferences import EMBEDDED, load
from rpo.teaching.eight import EIGHT_PROMPTS, eight_at, eight_cosines
from rpo.teaching.toy import BAD, GOOD, TOY_BETA, Method, Toy, toy_margins, train_toy
from rpo.tuning import first_batch


def test_they_are_the_first_batch_of_the_embedded_data():
    assert first_batch(load(EMBEDDED), 8, 0).chosen == EIGHT_PROMPTS


@pytest.mark.weights
def test_their_cosines_are_the_encoders(real_weights):
    vectors = embed(EIGHT_PROMPTS, weights.ENCODER)
    assert np.abs(vectors @ vectors.T - eight_cosines()).max() < 6e-4


def test_the_finding_holds_of_them():
    """At the paper's τ the rest is nearly even and the matrix nearly that of random vectors; where it is not, it is DPO."""
    (seen, chance), (cold, _) = eight_at(0.5), eight_at(0.05)
    assert seen.others > 0.95 * 7
    assert abs(seen.own - chance.own) < 0.1
    assert cold.own > 0.98
    assert cold.others < 0.7 * 7


def test_the_small_world_plays_its_own_run():
    world = Toy(paired=True)
    seen, run = toy_margins(world, 0.5, 20, 10), train_toy(world, Method.RPO, 0.5, 20)
    assert seen.steps == (0, 10, 20)
    liked, ratios = list(world.liked), run.ratios[20]
    assert torch.allclose(seen.margins[-1], TOY_BETA * (ratios[liked, GOOD][:, None] - ratios[liked, BAD][None, :]))
    assert (seen.shares.own + seen.shares.near + seen.shares.far).tolist() == pytest.approx([1, 1, 1])
    assert seen.shares.own[-1] < seen.shares.own[0]
