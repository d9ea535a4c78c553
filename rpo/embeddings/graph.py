"""The K nearest prompts of every prompt: exact up to 20,000, by nearest-neighbour descent above.

Both ways give (N, K) indices and cosine distances, each row first among its own, then nearest first. Not for one prompt: see
`prompt_map.neighbours`, which is always exact. Descent: Dong, Moses and Li 2011, through pynndescent, seeded.
"""

import numpy as np

EXACT = 20_000  # prompts up to which comparing all with all takes less time than compiling the descent
NEIGHBOURS = 15  # the row itself among them
ROWS_AT_ONCE = 1024  # rows compared with all others at once

Graph = tuple[np.ndarray, np.ndarray]
"""Indices (N, K) int32 and cosine distances (N, K) float32."""


def knn(vectors: np.ndarray, seed: int = 0, count: int = NEIGHBOURS, most_exact: int = EXACT) -> Graph:
    """The graph of unit vectors (N, D), with as many neighbours as there are rows if those are fewer than `count`.

    Above `most_exact` rows it is found by descent.
    """
    count = min(count, len(vectors))
    if len(vectors) <= most_exact:
        return exact(vectors, np.arange(len(vectors)), count)
    return _descended(vectors, seed, count)


def exact(vectors: np.ndarray, rows: np.ndarray, count: int, at_once: int = ROWS_AT_ONCE) -> Graph:
    """The exact neighbours of some rows (R,), `at_once` of them at a time: indices and distances (R, count)."""
    indices, distances = np.empty((len(rows), count), dtype=np.int32), np.empty((len(rows), count), dtype=np.float32)
    for start in range(0, len(rows), at_once):
        block = rows[start : start + at_once]
        far = 1 - vectors[block] @ vectors.T
        far[np.arange(len(block)), block] = -1.0
        near = np.argpartition(far, count - 1, axis=1)[:, :count]
        order = np.take_along_axis(near, np.argsort(np.take_along_axis(far, near, 1), axis=1, kind="stable"), 1)
        indices[start : start + at_once] = order
        distances[start : start + at_once] = np.clip(np.take_along_axis(far, order, 1), 0, None)
    return indices, distances


def _descended(vectors: np.ndarray, seed: int, count: int) -> Graph:
    from pynndescent import NNDescent

    index = NNDescent(np.array(vectors), n_neighbors=count, metric="cosine", random_state=seed, n_jobs=1)
    found, far = index.neighbor_graph  # pyright: ignore[reportGeneralTypeIssues]
    indices, distances = itself_first(found.astype(np.int32), np.clip(far, 0, None).astype(np.float32))
    lost = np.flatnonzero((indices < 0).any(axis=1))  # rows from which the descent did not find its way
    indices[lost], distances[lost] = exact(vectors, lost, count)
    return indices, distances


def itself_first(indices: np.ndarray, distances: np.ndarray) -> Graph:
    """Among exact twins a row need not be its own first, nor be listed at all: then the farthest gives way."""
    rows = np.arange(len(indices))
    own = indices == rows[:, None]
    place = np.where(own.any(axis=1), own.argmax(axis=1), indices.shape[1] - 1)
    indices[rows, place], distances[rows, place] = rows, -1.0
    order = np.argsort(distances, axis=1, kind="stable")
    return np.take_along_axis(indices, order, 1), np.clip(np.take_along_axis(distances, order, 1), 0, None)
