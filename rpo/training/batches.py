"""Which examples are contrasted with which: seeded batches of M, drawn at random or composed of near prompts.

Not a data loader: a batch is two arrays of row numbers. Every example appears at most once an epoch; what does not fill a
batch of M is left out of that epoch (M belongs to the objective), and the next epoch's order picks others. Neighbourhood
batches answer a reviewer of arXiv 2402.10958: related prompts are rare in a random batch.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.spec import Batching, RunSpec


@dataclass(frozen=True)
class Batch:
    """Row numbers of the chosen answers (M,) and of the rejected ones (N,); equal for paired data."""

    chosen: np.ndarray
    rejected: np.ndarray


def paired_batches(rows: int, size: int, seed: int, vectors: np.ndarray | None = None) -> Iterator[Batch]:
    """Endless batches of `size` distinct rows out of `rows`; with unit `vectors` (rows, D) each holds near prompts."""
    _check(size, rows, "pair")
    for epoch in _epochs(seed):
        order = epoch.permutation(rows)
        chunks = _cut(order, size) if vectors is None else _near(order, vectors, size, epoch)
        yield from (Batch(picked, picked) for picked in chunks)


def unpaired_batches(liked: np.ndarray, size: int, seed: int, vectors: np.ndarray | None = None) -> Iterator[Batch]:
    """Endless batches with `size` liked and `size` disliked rows; `liked` (rows,) is boolean. Both sides are always there."""
    sides = np.flatnonzero(liked), np.flatnonzero(~liked)
    for side, what in zip(sides, ("liked answer", "disliked answer"), strict=True):
        _check(size, len(side), what)
    for epoch in _epochs(seed):
        chosen, rejected = (epoch.permutation(side) for side in sides)
        if vectors is None:
            pairs = zip(_cut(chosen, size), _cut(rejected, size), strict=False)
        else:
            pairs = _beside(_near(chosen, vectors, size, epoch), rejected, vectors, size)
        yield from (Batch(*pair) for pair in pairs)


def batches_of(spec: RunSpec, rows: int, liked: np.ndarray | None, vectors: np.ndarray | None) -> Iterator[Batch]:
    """A spec's endless batches of so many pairs, or of `liked` (rows,) answers; `vectors` (rows, D) where there are some."""
    near = vectors if spec.batching is Batching.NEIGHBOURHOOD else None
    if liked is None:
        return paired_batches(rows, spec.contrast_size, spec.seed, near)
    return unpaired_batches(liked, spec.contrast_size, spec.seed, near)


def _check(size: int, rows: int, what: str) -> None:
    if not 0 < size <= rows:
        raise RpoError(
            f"contrast_size must be between 1 and the {quantity(rows, what)} to train on, got {size}; choose a smaller M"
        )


def _epochs(seed: int) -> Iterator[np.random.Generator]:
    number = 0
    while True:
        yield np.random.default_rng([seed, number])
        number += 1


def _cut(order: np.ndarray, size: int) -> list[np.ndarray]:
    return [order[start : start + size] for start in range(0, len(order) - size + 1, size)]


def _near(order: np.ndarray, vectors: np.ndarray, size: int, draw: np.random.Generator) -> list[np.ndarray]:
    """Batches of near rows: the next row in `order` takes its nearest neighbours among those left.

    Rows of one prompt are near beyond all others and would fill batches of their own, so each round holds one row a prompt;
    what a round leaves over joins the next.
    """
    batches, left = [], np.empty(0, dtype=int)
    for fresh in _rounds(order, vectors):
        left = np.concatenate([left, fresh])
        while len(left) >= size:
            cosines = vectors[left] @ vectors[left[0]]
            cosines[0] = np.inf
            near = np.argsort(-cosines, kind="stable")[:size]
            batches.append(left[near])
            left = np.delete(left, near)
    return [batches[place] for place in draw.permutation(len(batches))]


def _rounds(order: np.ndarray, vectors: np.ndarray) -> list[np.ndarray]:
    """`order` as rounds in which no two rows have the same vector."""
    seen: dict[bytes, int] = defaultdict(int)
    rounds: list[list[int]] = []
    for row in order:
        key = vectors[row].tobytes()
        if seen[key] == len(rounds):
            rounds.append([])
        rounds[seen[key]].append(row)
        seen[key] += 1
    return [np.array(rows) for rows in rounds]


def _beside(
    chosen: Sequence[np.ndarray], rejected: np.ndarray, vectors: np.ndarray, size: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each batch of chosen rows beside the rejected rows that lie nearest to it, among those left."""
    left = rejected
    for rows in chosen:
        if len(left) < size:
            return
        near = np.argsort(-(vectors[left] @ vectors[rows].mean(axis=0)), kind="stable")[:size]
        yield rows, left[near]
        left = np.delete(left, near)
