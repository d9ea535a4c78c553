"""A point of the plane is by τ or by dials, says what it amounts to, and refuses what no spec holds."""

import math

import pytest
import torch

from rpo.contrast import dial_weights, shares, weights_of_cosines
from rpo.errors import RpoError
from rpo.spec import Weighting
from rpo.tuning import Point, point_of, sentence
from rpo.tuning.reading import rounded


def cosines_of(count, width=16):
    drawn = torch.randn(count, width, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    unit = torch.nn.functional.normalize(drawn, dim=-1)
    return unit @ unit.T


@pytest.mark.parametrize("paired", [True, False])
def test_its_weights_are_those_of_the_rule_it_names(paired):
    cosines = cosines_of(6)
    assert torch.equal(Point(tau=0.3).weights(cosines, paired), weights_of_cosines(cosines, 0.3))
    plain = dial_weights(cosines, 0.4 if paired else None, 2.5).weights
    assert torch.equal(Point.dials(0.4, 2.5).weights(cosines, paired), plain)


@pytest.mark.parametrize("point", [Point(tau=0.4), Point.dials(0.3, 2.5), Point.dials(0.3)])
def test_what_it_amounts_to_is_what_its_matrix_does(point):
    cosines = cosines_of(6)
    found, plain = point.shares(cosines, True), shares(point.weights(cosines, True), cosines, True)
    assert (found.own, found.others, found.cosine) == pytest.approx((plain.own, plain.others, plain.cosine))


def test_the_rest_is_known_also_where_the_own_pair_takes_all():
    found = Point(tau=0.001).shares(cosines_of(6), True)
    assert (found.own, 1 <= found.others < 1.2) == (1.0, True)
    assert Point.dials(1.0, 2.5).shares(cosines_of(6), True).others == pytest.approx(2.5)
    alone = Point(tau=0.5).shares(torch.ones(1, 1), True)
    assert (alone.own, math.isnan(alone.others)) == (1, True)


def test_a_likeness_of_more_than_there_are_is_that_of_all():
    point = Point.dials(0.3, 20.0)
    assert point.within(7) == Point.dials(0.3, 0.0)
    assert point.within(63) == point
    assert point.words(7, paired=True) == "own share 0.3, likeness 7 of 7"
    assert point.weights(cosines_of(8), True)[0, 1].item() == pytest.approx(0.1)
    assert Point(tau=0.2).within(1) == Point(tau=0.2)


@pytest.mark.parametrize(
    ("words", "point"),
    [
        ({}, None),
        ({"M": "8"}, None),
        ({"tau": "0.3"}, Point(tau=0.3)),
        ({"alpha": "0.3", "k": "2"}, Point.dials(0.3, 2)),
        ({"k": "2"}, Point.dials(0.5, 2)),
        ({"alpha": "0.8"}, Point.dials(0.8)),
        ({"alpha": "0.8", "k": "0.5"}, Point.dials(0.8)),  # what is refused is not read
        ({"tau": "x", "k": "0"}, Point.dials(0.5)),
        ({"alpha": "2"}, None),
    ],
)
def test_an_address_names_a_point_or_none(words, point):
    found = point_of(words)
    assert found == point or (found and found.address == point.address)


def test_what_a_browser_says_is_read_or_refused():
    raw = {"weighting": "dials", "tau": 0.5, "own_share": 1, "likeness": 3}
    assert Point.read(raw) == Point(Weighting.DIALS, 0.5, 1.0, 3.0)
    for wrong in (
        {"own_share": 1.2},
        {"likeness": 0.2},
        {"tau": -1},
        {"tau": None},
        {"own_share": "nan"},
        {"weighting": "uniform"},
    ):
        with pytest.raises(RpoError):
            Point.read({**raw, **wrong})
    with pytest.raises(RpoError, match="must say"):
        Point.read({"tau": 0.5})
    with pytest.raises(RpoError, match="must say"):
        Point.read({**raw, "weighting": "<script>"})


SENTENCES = [
    ((0.48, 6.9, 7), "48 % to the own answer, the rest spread over 6.9 of 7 others: nearly uniform, likeness plays no part."),
    ((0.5, 3.0, 7), "50 % to the own answer, the rest spread over 3.0 of 7 others: selective, likeness decides."),
    ((0.5, 1.0, 7), "50 % to the own answer, the rest spread over 1.0 of 7 others: the nearest alone."),
    ((0.5, 6.64, 7), "50 % to the own answer, the rest spread over 6.6 of 7 others: selective, likeness decides."),
    ((0.5, 6.65, 7), "50 % to the own answer, the rest spread over 6.7 of 7 others: nearly uniform, likeness plays no part."),
    ((0.125, 6.25, 63), "13 % to the own answer, the rest spread over 6.3 of 63 others: selective, likeness decides."),
    ((0.98, 2.0, 7), "98 % to the own answer: nearly DPO, the others hardly count."),
    ((None, 7.9, 8), "Each row is spread over 7.9 of 8 answers: nearly uniform, likeness plays no part."),
    ((1.0, math.nan, 0), "One pair alone: nothing is contrasted, which is DPO."),
]


@pytest.mark.parametrize(("figures", "said"), SENTENCES)
def test_a_sentence_says_what_it_means(figures, said):
    assert sentence(*figures) == said


def test_halves_are_rounded_upwards_as_in_a_browser():
    assert [rounded(value, 0) for value in (0.5, 1.5, 2.5)] == [1, 2, 3]
