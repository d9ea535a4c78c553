"""The picture: PCA at once, UMAP when it is ready. Both give (N, 2) float32 and are for the eye only.

UMAP: McInnes et al., arXiv 1802.03426, through umap-learn, on the graph of `graph.knn` and starting from the PCA, so that prompts
move on from where they were seen first. Not a search for neighbours.
"""

import warnings
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from rpo.embeddings.graph import Graph

FEWEST_PROMPTS = 8  # distinct prompts below which there is nothing to lay out


def pca(vectors: np.ndarray) -> np.ndarray:
    """The first two principal components; a single prompt, or all alike, lies at the origin."""
    count = min(2, *vectors.shape)
    if len(vectors) < 2 or not np.ptp(vectors, axis=0).any():
        return np.zeros((len(vectors), 2), dtype=np.float32)
    from sklearn.decomposition import PCA

    points = PCA(count, svd_solver="covariance_eigh").fit_transform(vectors)
    return np.pad(points, ((0, 0), (0, 2 - count))).astype(np.float32)


def umap(
    vectors: np.ndarray, graph: Graph, start: np.ndarray, seed: int, epoch: Callable[[int, int], None] = lambda done, total: None
) -> np.ndarray:
    """A seeded UMAP by cosine from these starting points (N, 2); with too few distinct prompts they are the picture.

    `epoch` is called with the number of epochs that are done, and of all.
    """
    if len(np.unique(vectors, axis=0)) < FEWEST_PROMPTS:
        return start
    from umap import UMAP, umap_

    with suppress(RuntimeError):  # where nothing can be written it is compiled once a process, as ever
        for compiled in (umap_.smooth_knn_dist, umap_.compute_membership_strengths):
            compiled.enable_caching()  # seconds of compiling once a machine

    model = UMAP(
        n_neighbors=graph[0].shape[1],
        min_dist=0.1,
        metric="cosine",
        init=start,  # pyright: ignore[reportArgumentType]
        random_state=seed,
        n_jobs=1,
        precomputed_knn=(*graph, None),
        tqdm_kwds={"disable": False, "file": _Epochs(epoch), "bar_format": "{n}/{total}", "mininterval": 0.3},
    )
    with warnings.catch_warnings():  # nobody places new prompts on a drawn map
        warnings.filterwarnings("ignore", "precomputed_knn.* transforming new data", UserWarning)
        return lying(np.asarray(model.fit_transform(vectors)))


def lying(points: np.ndarray) -> np.ndarray:
    """Points (N, 2) turned so that they reach farthest from left to right, as screens do."""
    centred = points - points.mean(axis=0)
    return (centred @ np.linalg.svd(centred, full_matrices=False)[2].T).astype(np.float32)


class _Epochs:
    """Where umap-learn's progress bar is written to: its "12/200" is read, not shown."""

    def __init__(self, report: Callable[[int, int], None]) -> None:
        self.report = report

    def write(self, bar: str) -> None:
        done, _, total = bar.strip().partition("/")
        if done.isdecimal() and total.isdecimal():
            self.report(int(done), int(total))

    def flush(self) -> None:
        """Nothing is held back."""
