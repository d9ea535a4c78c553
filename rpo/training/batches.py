"""Which examples are contrasted with which: seeded batches of M.

Not a data loader: a batch is two arrays of row numbers. Every example appears at most once an epoch; what does not fill a
batch of M is left out of that epoch (M belongs to the objective), and the next epoch's order picks others.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rpo.errors import RpoError


@dataclass(frozen=True)
class Batch:
    """Row numbers of the chosen answers (M,) and of the rejected ones (N,); equal for paired data."""

    chosen: np.ndarray
    rejected: np.ndarray


def paired_batches(rows: int, size: int, seed: int) -> Iterator[Batch]:
    """Endless batches of `size` distinct rows out of `rows`."""
    for picked in _chunks(np.arange(rows), size, seed, "pairs"):
        yield Batch(picked, picked)


def unpaired_batches(liked: np.ndarray, size: int, seed: int) -> Iterator[Batch]:
    """Endless batches with `size` liked and `size` disliked rows; `liked` (rows,) is boolean. Both sides are always there."""
    sides = (np.flatnonzero(liked), np.flatnonzero(~liked))
    for chosen, rejected in zip(
        _chunks(sides[0], size, seed, "liked answers"), _chunks(sides[1], size, seed + 1, "disliked answers"), strict=True
    ):
        yield Batch(chosen, rejected)


def _chunks(rows: np.ndarray, size: int, seed: int, what: str) -> Iterator[np.ndarray]:
    if not 0 < size <= len(rows):
        raise RpoError(f"contrast_size must be between 1 and the {len(rows)} {what} to train on, got {size}; choose a smaller M")
    draw = np.random.default_rng(seed)
    while True:
        order = draw.permutation(rows)
        for start in range(0, len(order) - size + 1, size):
            yield order[start : start + size]
