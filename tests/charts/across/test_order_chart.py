"""The picture of the order across prompts shows each part with its interval, and the batch's cells on the same cosines."""

import numpy as np
import pytest
import torch

from rpo.charts.across.order import order_figure
from rpo.contrast import contrast_matrix
from rpo.statistics import order_held
from tests.statistics.order.test_order import world


def test_each_part_stands_at_its_share_and_its_interval_is_whole():
    found = order_held(world(np.random.default_rng(0)), 20)
    for part, trace in zip(found.parts, order_figure(found).data, strict=True):
        assert (trace.x[0], trace.y[0]) == (part.cosine, part.rate)
        ends = part.rate - trace.error_y.arrayminus[0], part.rate + trace.error_y.array[0]
        assert ends == pytest.approx((part.interval.low, part.interval.high))


def test_every_cell_beside_a_prompts_own_is_a_dot():
    vectors = torch.nn.functional.normalize(torch.randn(5, 8, generator=torch.Generator().manual_seed(0)), dim=1)
    contrast, cosines = contrast_matrix(vectors, vectors, 0.5, 0.1), (vectors @ vectors.T).numpy()
    dots = order_figure(order_held(world(np.random.default_rng(0)), 20), contrast, cosines).data[-1]
    apart = ~np.eye(5, dtype=bool)
    assert dots.x == pytest.approx(cosines[apart])
    assert dots.y == pytest.approx(contrast.weights.numpy()[apart])
