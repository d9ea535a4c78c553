"""The picture: PCA at once, UMAP when it is ready. Both give (N, 2) float32 and are for the eye only.

UMAP: McInnes et al., arXiv 1802.03426, through umap-learn, with exact neighbours up to 20,000 prompts (which spares the
approximate index and its compilation).
"""

import numpy as np

EXACT = 20_000
NEIGHBOURS = 15
FEWEST = 8  # below this UMAP's spectral start has nothing to stand on


def pca(vectors: np.ndarray) -> np.ndarray:
    """The first two principal components; a single prompt, or all alike, lies at the origin."""
    centred = vectors - vectors.mean(axis=0)
    gram = (centred.T @ centred).astype(np.float64)
    _, axes = np.linalg.eigh(gram)
    points = centred @ axes[:, ::-1][:, :2].astype(np.float32)
    return np.pad(points, ((0, 0), (0, 2 - points.shape[1]))).astype(np.float32)


def umap(vectors: np.ndarray, seed: int) -> np.ndarray:
    """A seeded UMAP by cosine; with too few distinct prompts it is the PCA."""
    if len(np.unique(vectors, axis=0)) < FEWEST:
        return pca(vectors)
    from umap import UMAP

    count = min(NEIGHBOURS, len(vectors) - 1)
    known = (*_exact(vectors, count), None) if len(vectors) <= EXACT else (None, None, None)
    model = UMAP(n_neighbors=count, min_dist=0.1, metric="cosine", random_state=seed, n_jobs=1, precomputed_knn=known)
    return np.asarray(model.fit_transform(vectors), dtype=np.float32)


def _exact(vectors: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Exact nearest rows by cosine distance, each row first among its own: indices and distances (N, count)."""
    indices = np.empty((len(vectors), count), dtype=np.int64)
    distances = np.empty((len(vectors), count), dtype=np.float32)
    for start in range(0, len(vectors), 1024):
        block = slice(start, min(start + 1024, len(vectors)))
        far = 1 - vectors[block] @ vectors.T
        far[np.arange(far.shape[0]), np.arange(block.start, block.stop)] = -1.0
        near = np.argpartition(far, count - 1, axis=1)[:, :count]
        order = np.take_along_axis(near, np.argsort(np.take_along_axis(far, near, 1), axis=1, kind="stable"), 1)
        indices[block], distances[block] = order, np.clip(np.take_along_axis(far, order, 1), 0, None)
    return indices, distances
