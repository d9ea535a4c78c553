"""What comes with the package of the embedded data: vectors, map and topics, so that the first page waits for no encoder.

`embedded.npz` holds what the demo encoder makes of them; `python -m tests.ship_map` makes it anew, and a test compares. Not a
cache: a home's own vectors are taken before these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from rpo import storage, weights

ARCHIVE = Path(__file__).with_name("embedded.npz")
DRAWN_WITH = 0  # the seed of the map


@dataclass(frozen=True)
class Shipped:
    """Of N prompts: unit vectors (N, D), which are cut (N,), points by PCA and UMAP (N, 2), the nearest (N, K), topics (N,)."""

    digest: str
    vectors: np.ndarray
    cut: np.ndarray
    pca: np.ndarray
    umap: np.ndarray
    indices: np.ndarray
    distances: np.ndarray
    topics: tuple[str, ...]
    finer: tuple[str, ...]


def shipped(prompts: Sequence[str], encoder: str) -> Shipped | None:
    """What the package knows of exactly these prompts, read by the demo encoder; None of any others. Both views read the same."""
    if encoder != weights.ENCODER or len(prompts) != len(_known().topics):
        return None
    return _known() if prompts_digest(prompts) == _known().digest else None


def prompts_digest(prompts: Sequence[str]) -> str:
    """A text that changes with any of the prompts."""
    return storage.digest(more=prompts)


@cache
def _known() -> Shipped:
    with np.load(ARCHIVE) as found:
        parts: dict[str, Any] = {name: found[name] for name in found.files}
    parts |= {"digest": str(parts["digest"]), "topics": tuple(parts["topics"].tolist()), "finer": tuple(parts["finer"].tolist())}
    return Shipped(**parts)
