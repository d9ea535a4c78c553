"""What batches hold, which temperature gives a wanted number of contrasts, and when none can."""

import numpy as np
import pytest
import torch

from rpo.contrast import effective_contrasts, weights_of_cosines
from rpo.preferences import EMBEDDED, load
from rpo.spec import Batching
from rpo.tuning.advice import BatchCosines, advise, batch_cosines, curves, encoder_agreement, floor_of, relatedness, same_tau


def unit(values):
    return values / np.linalg.norm(values, axis=-1, keepdims=True)


def batches(vectors):
    return vectors @ np.swapaxes(vectors, 1, 2)


@pytest.fixture
def groups():
    """16 batches of 8 prompts: four topics of two near prompts each."""
    draw = np.random.default_rng(0)
    topics = np.repeat(draw.normal(size=(16, 4, 32)), 2, axis=1)
    return batches(unit(topics + 0.3 * draw.normal(size=topics.shape)))


def test_the_advice_gives_what_was_wished(groups):
    advice = advise(BatchCosines(groups, 0.3, paired=True), 2.5)
    assert advice.low < advice.tau < advice.high
    assert advice.reached == 1
    at = effective_contrasts(weights_of_cosines(torch.tensor(groups), advice.tau)).mean(1)
    assert at.min() < 2.5 < at.max()
    assert advice.warnings == ()
    assert same_tau(groups[0], 2.5) == pytest.approx(float(torch.tensor(same_tau(groups[0], 2.5))))
    one = effective_contrasts(weights_of_cosines(torch.tensor(groups[:1]), same_tau(groups[0], 2.5))).mean()
    assert one == pytest.approx(2.5, abs=1e-4)


def test_too_many_wanted_contrasts_are_said(groups):
    advice = advise(BatchCosines(groups, 0.3, paired=True), 9.0)
    assert advice.reached == 0
    assert np.isnan(advice.tau)
    assert any("choose a larger M" in words for words in advice.warnings)


def test_duplicates_are_said():
    draw = np.random.default_rng(1)
    cosines = batches(unit(np.repeat(draw.normal(size=(4, 4, 16)), 2, axis=1)))
    advice = advise(BatchCosines(cosines, 0.4, paired=True), 1.5)
    assert advice.reached == 0
    assert any("tie 2.0-fold" in words for words in advice.warnings)


def test_prompts_that_all_look_alike_are_said():
    draw = np.random.default_rng(2)
    cosines = batches(unit(1 + 0.05 * draw.normal(size=(4, 8, 64))))
    assert any("look alike to this encoder" in words for words in advise(BatchCosines(cosines, 0.999, True), 3).warnings)


def test_unrelated_prompts_are_said():
    cosines = np.stack([np.eye(8)] * 4)
    words = advise(BatchCosines(cosines, 0.2, paired=True), 3).warnings
    assert len(words) == 1
    assert "Try neighbourhood batches" in words[0]


def test_kinship_counts_related_prompts_and_the_weight_of_the_others(groups):
    seen = relatedness(BatchCosines(groups, 0.5, paired=True), tau=0.05)
    others = ~np.eye(8, dtype=bool)
    assert seen.related == pytest.approx(((groups > 0.5) & others).sum(2).mean())
    assert 0.8 < seen.related < 1.2
    wide = relatedness(BatchCosines(groups, 0.5, paired=True), tau=5.0)
    assert wide.under_floor > 0.6 > 0.1 > seen.under_floor
    assert relatedness(BatchCosines(groups, 0.5, paired=False), tau=0.05).own == 0
    assert wide.own == pytest.approx(1 / 8, abs=0.02)


def test_the_floor_is_the_datas_own():
    draw = np.random.default_rng(3)
    vectors = unit(draw.normal(size=(400, 64)))
    pairs = (vectors @ vectors.T)[np.triu_indices(400, 1)]
    assert floor_of(vectors) == pytest.approx(np.quantile(pairs, 0.95), abs=0.01)


def test_neighbourhood_batches_hold_more_related_prompts():
    data, draw = load(EMBEDDED), np.random.default_rng(4)
    topics = draw.normal(size=(30, 48))[draw.integers(30, size=len(data.prompts))]
    vectors = unit(topics + 0.5 * draw.normal(size=topics.shape)).astype(np.float32)
    random, near = (relatedness(batch_cosines(data, vectors, 8, batching), 0.3) for batching in Batching)
    assert near.related > 3 * random.related
    assert near.under_floor < random.under_floor


def test_curves_know_each_m_the_data_can_fill():
    data = load(EMBEDDED)
    vectors = unit(np.random.default_rng(5).normal(size=(len(data.prompts), 24))).astype(np.float32)
    found = curves(data, vectors, Batching.RANDOM, (0.1, 1.0, 10.0), (4, 64, 256))
    assert list(found) == [4, 64]
    assert found[4].effective_contrasts.shape == (16, 3)
    assert found[64].effective_contrasts.shape == (3, 3)


def test_encoders_agree_with_themselves(groups):
    assert encoder_agreement(groups[0], groups[0], paired=True) == 1
    assert encoder_agreement(groups[0], -groups[0], paired=True, count=1) < 0.3
    assert encoder_agreement(np.ones((1, 1)), np.ones((1, 1)), paired=True) == 1
