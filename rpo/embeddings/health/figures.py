"""How far an embedding can be trusted to say which prompts are alike: figures, each from arrays that a map already has.

Not a judgement of the encoder on other data; `health_report` puts these figures into a sentence. Axes: N prompts, D
embedding, K neighbours. A graph is what `knn` gives: (N, K) indices and cosine distances, each row first among its own.
"""

from dataclasses import dataclass

import numpy as np

from rpo.embeddings.graph import Graph

RANDOM_PAIRS = 10_000  # random pairs from which the floor is taken
NEAR = 0.95  # a cosine from here on is a near duplicate, where unrelated prompts are far apart
CLOSE_COSINE = 0.9  # where they are not: so far on the way from unrelated pairs to identity
TOP_HUBS = 5


@dataclass(frozen=True)
class Health:
    """Figures of one embedding of N prompts; `closest`, `hubness` and `kept` hold one for each of them.

    `unrelated` are the cosines of random pairs, `closest` those to the nearest prompt, `first_share` is the share of all variance
    in one direction, `hubness` how often a prompt is among the K nearest of others, `duplicates` are prompts with the vector of
    another, `near_duplicates` others with one at a cosine of `near` or more, `cut` prompts longer than the encoder reads (None:
    not counted), `kept` is the share of the K true neighbours that the picture keeps.
    """

    unrelated: np.ndarray
    closest: np.ndarray
    first_share: float
    hubness: np.ndarray
    duplicates: int
    near: float
    near_duplicates: int
    cut: int | None
    kept: np.ndarray

    @property
    def count(self) -> int:
        """How many prompts there are."""
        return len(self.closest)

    @property
    def floor(self) -> float:
        """The mean cosine of prompts that have nothing to do with each other."""
        return float(self.unrelated.mean())

    @property
    def nearest(self) -> float:
        """The median cosine to the nearest prompt."""
        return float(np.median(self.closest))

    @property
    def skew(self) -> float:
        """Skewness of `hubness`: 0 if all prompts are listed alike often, large if a few are listed everywhere."""
        return _skew(self.hubness)

    @property
    def hubs(self) -> tuple[tuple[int, int], ...]:
        """The most often listed prompts: (row, in how many lists)."""
        rows = np.argsort(-self.hubness, kind="stable")[:TOP_HUBS]
        return tuple((int(row), int(self.hubness[row])) for row in rows)

    def lift(self, tau: float) -> float:
        """How many times as much the nearest prompt weighs as an unrelated one at this tau."""
        return float(np.exp((self.nearest - self.floor) / tau))


def examine(
    vectors: np.ndarray,
    graph: Graph,
    points: np.ndarray,
    cut: np.ndarray | int | None = None,
    seed: int = 0,
) -> Health:
    """The figures of unit vectors (N, D), their graph, the picture's points (N, 2), and which prompts were cut."""
    indices, distances = graph
    unrelated, others, twins = random_cosines(vectors, seed), indices[:, 1:], _twins(vectors)
    high = float(np.quantile(unrelated, 0.95))
    near = max(NEAR, high + CLOSE_COSINE * (1 - high))
    closest = 1 - distances[:, 1] if others.shape[1] else np.zeros(len(vectors))
    return Health(
        unrelated=unrelated,
        closest=closest,
        first_share=_first_share(vectors),
        hubness=np.bincount(others.ravel(), minlength=len(vectors)),
        duplicates=int(twins.sum()),
        near=near,
        near_duplicates=int((~twins & (closest >= near)).sum()),
        cut=None if cut is None else int(np.sum(cut)),
        kept=faithfulness(graph, points),
    )


def faithfulness(graph: Graph, points: np.ndarray) -> np.ndarray:
    """The share of each prompt's K true neighbours that are its neighbours on the picture (N, 2) too; (N,)."""
    others = graph[0][:, 1:]
    return overlap(others, plane_neighbours(points, others.shape[1]))


def random_cosines(vectors: np.ndarray, seed: int = 0) -> np.ndarray:
    """Cosines of seeded random pairs of different rows; a single prompt has none, and a 0 in their place."""
    count = len(vectors)
    if count < 2:
        return np.zeros(1)
    draw = np.random.default_rng(seed)
    one = draw.integers(count, size=RANDOM_PAIRS)
    other = (one + draw.integers(1, count, size=RANDOM_PAIRS)) % count
    return np.einsum("pd,pd->p", vectors[one], vectors[other])


def density(distances: np.ndarray) -> np.ndarray:
    """Mean cosine of each prompt to its K nearest, (N,), from a graph's distances; a lone prompt's is 0."""
    return 1 - distances[:, 1:].mean(axis=1) if distances.shape[1] > 1 else np.zeros(len(distances))


def plane_neighbours(points: np.ndarray, count: int) -> np.ndarray:
    """The `count` nearest others of each point on the picture, (N, count)."""
    from scipy.spatial import KDTree

    found = np.asarray(KDTree(points).query(points, k=list(range(1, count + 2)))[1])  # pyright: ignore[reportArgumentType]
    own = found == np.arange(len(points))[:, None]
    own[~own.any(axis=1), -1] = True  # it hides behind more twins than were asked for
    return found[~own].reshape(len(points), count)


def overlap(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The share of each row's neighbours in `one` (N, K) that are among those in `other` (N, K'); (N,)."""
    if one.shape[1] == 0:
        return np.ones(len(one))
    return np.mean([(column[:, None] == other).any(axis=1) for column in one.T], axis=0)


def _twins(vectors: np.ndarray) -> np.ndarray:
    """Which rows (N,) are equal to another one: found by a hash of their bytes, as sorting the rows takes minutes at 160,000."""
    keys = np.fromiter((hash(row.tobytes()) for row in vectors), dtype=np.int64, count=len(vectors))
    _, place, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return counts[place.reshape(-1)] > 1


def _first_share(vectors: np.ndarray) -> float:
    centred = vectors - vectors.mean(axis=0)
    spread = np.linalg.eigvalsh((centred.T @ centred).astype(np.float64))
    return float(spread[-1] / spread.sum()) if spread.sum() > 1e-9 * len(vectors) else 1.0


def _skew(counts: np.ndarray) -> float:
    from scipy.stats import skew

    return float(skew(counts)) if np.ptp(counts) > 0 else 0.0
