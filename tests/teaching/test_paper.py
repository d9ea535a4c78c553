"""The paper's printed percentages are these counts, and their intervals and tests are the textbook's."""

from math import sqrt

import pytest
from scipy.stats import norm

from rpo.teaching.paper import HH, LLAMA, PROMPTS_JUDGED, REPORTED, Reported, least_z, prompts_needed, reported_differences

BY = {(one.data, one.method): one for one in REPORTED}
PRINTED = {"RPO-Paired": 78.52, "RPO-Unpaired": 75.00, "DPO": 72.26, "uniform weights": 68.36, "diagonal weights": 69.92}
PAIRED, DPO = BY[HH, "RPO-Paired"], BY[HH, "DPO"]


def test_each_count_is_what_was_printed():
    assert {one.method: one.rate * 100 for one in REPORTED if one.data == HH} == pytest.approx(PRINTED, abs=0.006)
    assert [one.rate * 100 for one in REPORTED if one.data != HH] == pytest.approx([50.00, 50.39], abs=0.006)
    assert [wins / PROMPTS_JUDGED * 100 for wins in LLAMA.values()] == pytest.approx([5.08, 9.38], abs=0.006)


def test_wilson_by_hand():
    z = norm.isf(0.025)
    middle = (DPO.rate + z**2 / (2 * 256)) / (1 + z**2 / 256)
    half = z / (1 + z**2 / 256) * sqrt(DPO.rate * (1 - DPO.rate) / 256 + z**2 / (4 * 256**2))
    assert DPO.interval == pytest.approx((middle - half, middle + half))


def test_the_z_test_by_hand_and_holm():
    found = {
        one.other: one for one in reported_differences(PAIRED, [one for one in REPORTED if one.data == HH and one != PAIRED])
    }
    pooled = (PAIRED.rate + DPO.rate) / 2
    z = (PAIRED.rate - DPO.rate) / sqrt(2 * pooled * (1 - pooled) / 256)
    assert (found["DPO"].z, found["DPO"].p) == pytest.approx((z, 2 * norm.sf(z)))
    assert found["DPO"].p == pytest.approx(0.10, abs=0.005)
    assert found["uniform weights"].holm == pytest.approx(4 * found["uniform weights"].p)
    assert found["uniform weights"].holm < 0.05 < found["diagonal weights"].holm
    assert all(one.holm >= one.p for one in found.values())
    (alone,) = reported_differences(PAIRED, [DPO])
    assert alone.holm == pytest.approx(alone.p)


def test_a_lead_in_wins_alone_bounds_z():
    for wins in LLAMA.values():
        tests = [
            reported_differences(Reported("", "a", low + wins), [Reported("", "b", low)])[0].z
            for low in (10, 60, 100, 110, 115, 120, 125, 130, 160, 219)
        ]
        assert min(tests) == pytest.approx(least_z(wins), rel=0.01)
        assert min(tests) >= least_z(wins) - 1e-9


def test_more_prompts_than_there_were_are_needed():
    needed = prompts_needed(PAIRED, DPO)
    assert needed > PROMPTS_JUDGED
    spread = sqrt(PAIRED.rate * (1 - PAIRED.rate) + DPO.rate * (1 - DPO.rate))
    by_hand = ((norm.isf(0.025) + norm.isf(0.2)) * spread / (PAIRED.rate - DPO.rate)) ** 2
    assert needed == pytest.approx(by_hand, rel=0.02)
