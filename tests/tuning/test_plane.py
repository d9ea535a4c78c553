"""The curve of τ through the plane, its spread, and which τ comes nearest to a wanted point."""

import numpy as np
import pytest
import torch

from rpo.contrast import random_shares, weights_of_cosines
from rpo.tuning import Point, band_of, nearest_tau, path_of, random_path, same_point, shares_at
from rpo.tuning.advice import BatchCosines
from rpo.tuning.plane import MARKED


def batches(count=16, size=8, width=24, seed=0):
    drawn = np.random.default_rng(seed).normal(size=(count, size, width))
    unit = drawn / np.linalg.norm(drawn, axis=2, keepdims=True)
    return BatchCosines(unit @ unit.swapaxes(1, 2), 0.3, paired=True)


def test_the_curve_is_the_batches_own_at_each_temperature():
    cosines = batches().cosines[0]
    path = path_of(cosines, True)
    assert set(MARKED) <= set(path["taus"])
    for place in (0, 20, path["taus"].index(0.5), -1):
        found = shares_at(Point(tau=path["taus"][place]), cosines, True)
        assert (path["own"][place], path["others"][place]) == pytest.approx((found.own, found.others))
    assert path_of(np.ones((1, 1)), True)["taus"] == []
    assert path_of(cosines[:3], False)["own"] == []


def test_random_vectors_have_their_curve():
    path = random_path(8, True)
    at = path["taus"].index(0.5)
    plain = random_shares(8, 8, True, lambda cosines: weights_of_cosines(cosines, 0.5))
    assert (path["own"][at], path["others"][at]) == pytest.approx((plain.own, plain.others), abs=0.01)
    assert (path["ks"][0], path["ks"][-1]) == (1, pytest.approx(7))
    assert path["near"][0] > 0.03 > abs(path["near"][-1])  # the nearest of seven is a little near, all of them are not
    assert random_path(1, True)["ks"] == []
    assert len(random_path(5, False)["others"]) == len(random_path(5, False)["taus"])


@pytest.mark.weights
def test_the_band_holds_most_batches_at_the_same_own_share():
    seen = batches(count=40)
    band = band_of(seen)
    assert band["batches"] == 40
    place = int(np.argmin(np.abs(np.array(band["own"]) - 0.5)))
    at = [nearest_tau(BatchCosines(one[None], 0.3, True), 0.5, 0).there.others for one in seen.cosines]
    inside = np.mean((np.array(at) > band["low"][place] - 0.05) & (np.array(at) < band["high"][place] + 0.05))
    assert inside > 0.85
    assert band["low"][place] < band["high"][place]
    assert band_of(batches(count=1)) is None
    assert band_of(BatchCosines(seen.cosines, 0.3, paired=False)) is None


@pytest.mark.parametrize("tau", [0.05, 0.25, 0.5, 2.0])
def test_a_point_of_the_curve_leads_back_to_its_tau(tau):
    seen = batches()
    own, others = np.mean(
        [[found.own, found.others] for found in (shares_at(Point(tau=tau), one, True) for one in seen.cosines)], 0
    )
    found = nearest_tau(seen, own, others)
    assert found.reached
    assert found.tau == pytest.approx(tau, rel=0.02)


@pytest.mark.weights
@pytest.mark.parametrize(("own", "others"), [(0.5, 3), (0.3, 1), (0.8, 2), (0.05, 7), (0.0, 0)])
def test_most_points_lie_off_the_curve_and_are_said_to(own, others):
    found = nearest_tau(batches(), own, others)
    assert not found.reached
    weights = [Point(tau=tau).shares(torch.tensor(batches().cosines[0]), True) for tau in np.geomspace(0.001, 1000, 200)]
    assert min(np.hypot((one.others - (others or 7)) / 6, one.own - own) for one in weights) > 0.02


def test_unpaired_data_ask_for_likeness_alone():
    seen = BatchCosines(batches().cosines, 0.3, paired=False)
    found = nearest_tau(seen, 0.5, 3)
    assert (found.own_share, found.there.own, found.reached) == (None, None, True)
    assert found.there.others == pytest.approx(3, abs=0.1)


def test_a_duller_encoder_needs_a_smaller_tau_for_the_same_point():
    first = batches().cosines[0]
    found = same_point(first, 1 - (1 - first) / 2, Point(tau=0.5), True)
    assert found.reached
    assert found.tau == pytest.approx(0.25, rel=1e-2)
