"""Own share, effective others and their cosine, against plain loops; the path of tau against the plain matrix."""

import math

import pytest
import torch

from rpo.contrast import contrast_weights, dial_weights, random_shares, shares, tau_path, weights_of_cosines


def unit(count, width=8, seed=0):
    drawn = torch.randn(count, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return torch.nn.functional.normalize(drawn, dim=-1)


def plainly(weights, cosines):
    own, others, near = [], [], []
    for i, row in enumerate(weights.tolist()):
        own.append(row[i])
        rest = [(w / (1 - row[i]), cosines[i, j].item()) for j, w in enumerate(row) if j != i]
        others.append(math.exp(-sum(w * math.log(w) for w, _ in rest)))
        near.append(sum(w * c for w, c in rest))
    return [sum(each) / len(each) for each in (own, others, near)]


def test_the_shares_of_a_matrix_are_those_of_its_rows():
    vectors = unit(6)
    cosines, weights = vectors @ vectors.T, contrast_weights(vectors, vectors, 0.4)
    found = shares(weights, cosines, paired=True)
    assert [found.own, found.others, found.cosine] == pytest.approx(plainly(weights, cosines))


def test_unpaired_data_have_no_own_pair():
    left, right = unit(3), unit(5, seed=1)
    weights = contrast_weights(left, right, 0.4)
    found = shares(weights, left @ right.T, paired=False)
    assert found.own is None
    assert found.others == pytest.approx((-(weights * weights.log()).sum(1)).exp().mean().item())


def test_where_no_other_has_weight_there_is_nothing_to_say_of_them():
    vectors = unit(4)
    found = shares(dial_weights(vectors @ vectors.T, 1.0, None).weights, vectors @ vectors.T, paired=True)
    assert found.own == 1
    assert math.isnan(found.others)
    assert math.isnan(found.cosine)


def test_the_path_of_tau_is_that_of_each_matrix():
    batch = torch.stack([unit(6, seed=seed) for seed in range(3)])
    cosines, taus = batch @ batch.mT, torch.tensor([0.1, 0.5, 2.0], dtype=torch.float64)
    path = tau_path(cosines, taus, paired=True)
    for place, one in enumerate(cosines):
        for column, tau in enumerate(taus.tolist()):
            plain = shares(weights_of_cosines(one, tau), one, paired=True)
            assert (path.own[place, column], path.others[place, column]) == pytest.approx((plain.own, plain.others))


def test_a_point_of_the_path_stays_known_where_the_own_pair_takes_all():
    cosines = torch.tensor([[[1, 0.2, 0.1], [0.2, 1, 0.1], [0.1, 0.1, 1]]], dtype=torch.float64)
    path = tau_path(cosines, torch.tensor([1e-3]), paired=True)
    assert path.own[0, 0] == 1
    assert path.others[0, 0].item() == pytest.approx((1 + 1 + 2) / 3)  # the third row's others tie


def test_random_vectors_are_the_yardstick():
    """At the paper's tau nothing is left to see: half on the own pair, the rest over all seven (measured, M = 8)."""
    found = random_shares(8, 8, True, lambda cosines: weights_of_cosines(cosines, 0.5))
    assert (found.own, found.others) == pytest.approx((0.51, 6.97), abs=0.01)
    assert abs(found.cosine) < 0.03
    selective = random_shares(8, 8, True, lambda cosines: dial_weights(cosines, 0.5, 3).weights)
    assert (selective.own, selective.others) == pytest.approx((0.5, 3))


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 2\).*\(3, 3\)"):
        shares(torch.eye(2), torch.eye(3), paired=True)
