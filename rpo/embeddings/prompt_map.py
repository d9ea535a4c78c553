"""Where prompts lie: vectors, a picture of them in the plane, and neighbours in the space the picture came from.

The picture is for the eye only: distances on it are not the cosines that weigh contrasts, so neighbours are always exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rpo.embeddings.cache import cut
from rpo.embeddings.graph import Graph
from rpo.embeddings.health import Health, examine
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences import PreferenceSet, View

DIGITS = 9  # of a row's number


@dataclass(frozen=True)
class PromptMap:
    """N distinct prompts: row i is the same prompt in `prompts`, `vectors` (N, D) and `points` (N, 2)."""

    prompts: tuple[str, ...]
    vectors: np.ndarray
    points: np.ndarray
    encoder: str
    seed: int
    method: str

    def __post_init__(self) -> None:
        count = len(self.prompts)
        if self.vectors.shape[:1] != (count,) or self.points.shape != (count, 2):
            raise RpoError(
                f"a map needs one vector and one point a prompt: {quantity(count, 'prompt')}, vectors {self.vectors.shape}, "
                f"points {self.points.shape}; draw it again"
            )

    def row(self, asked: str) -> int | None:
        """The row that a text names, an address for instance; None where it names none of this map."""
        known = asked.isdecimal() and len(asked) <= DIGITS and int(asked) < len(self.prompts)
        return int(asked) if known else None


def neighbours(vectors: np.ndarray, row: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` rows nearest to a row by cosine, itself left out: (indices, cosines), nearest first."""
    indices, cosines = nearest(vectors, vectors[row], count + 1)
    others = indices != row
    return indices[others][:count], cosines[others][:count]


def nearest(vectors: np.ndarray, query: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` rows of unit vectors (N, D) nearest to a unit query (D,): (indices, cosines), nearest first."""
    cosines = vectors @ query
    count = min(count, len(cosines))
    top = np.argpartition(-cosines, count - 1)[:count] if count < len(cosines) else np.arange(len(cosines))
    order = top[np.argsort(-cosines[top], kind="stable")]
    return order, cosines[order]


@dataclass(frozen=True)
class Scene:
    """The data, their map, the nearest prompts of each (None until they are found), where the map lies on disk, and the view.

    `topics` holds a name for each prompt, and a finer one; nothing until they are named.
    """

    data: PreferenceSet
    drawn: PromptMap
    graph: Graph | None
    folder: Path
    view: View
    topics: tuple[tuple[str, ...], ...] = ()

    @property
    def place(self) -> tuple[Path, str, bool, bool]:
        """What names the map, and how far it is, for a cache. Data of other answers to the same prompts share it."""
        return self.folder, self.drawn.method, self.graph is not None, bool(self.topics)

    @property
    def texts(self) -> list[str]:
        """What the encoder reads of each prompt."""
        return [self.view.of(prompt) for prompt in self.drawn.prompts]

    def levels(self, first: Sequence[str] = ()) -> tuple[Sequence[str], ...]:
        """What groups are written on the map, from few to many: those given, else slices or topics; then finer topics."""
        few = first if any(first) else self.data.slices if any(self.data.slices) else ()
        return tuple(level for level in ((few, *self.topics[1:]) if few else self.topics) if any(level))

    def health(self) -> Health | None:
        """How far the embedding can be trusted; None until the nearest prompts are found."""
        if self.graph is None:
            return None
        longer = cut(self.drawn.prompts, self.drawn.encoder, self.view)
        return examine(self.drawn.vectors, self.graph, self.drawn.points, longer)
