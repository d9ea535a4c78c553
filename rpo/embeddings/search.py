"""Prompts found by their words or by their meaning, with a sentence that says how many there are.

Not an index: a map's prompts are looked through, its vectors multiplied, each time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from rpo.embeddings.cache import embed
from rpo.embeddings.prompt_map import Scene, nearest
from rpo.glossary import quantity

LISTED = 200  # found by words
RESULTS = 10  # found by meaning


@dataclass(frozen=True)
class SearchResult:
    """A sentence, the rows that were found, and figures to stand beside them: name -> one for each row."""

    said: str
    rows: list[int] = field(default_factory=list)
    figures: dict[str, list[float]] = field(default_factory=dict)

    @property
    def listed(self) -> list[int]:
        """As many of the rows as a list is good for."""
        return self.rows[:LISTED]

    def among(self, shown: np.ndarray | None, count: int) -> np.ndarray | None:
        """Which of `count` prompts were found, of those that are `shown` (N,); all that are shown where none was found."""
        if not self.rows:
            return shown
        hit = np.isin(np.arange(count), self.rows)
        return hit if shown is None else hit & shown


def by_words(scene: Scene, words: str) -> SearchResult:
    """The prompts that contain these words, or whose slice does, in upper or lower case."""
    drawn, wanted = scene.drawn, words.lower()
    rows = [
        row
        for row, (prompt, part) in enumerate(zip(drawn.prompts, scene.data.slices, strict=True))
        if wanted in prompt.lower() or wanted in part.lower()
    ]
    if not rows:
        return SearchResult(f"No prompt and no slice contains “{words}”. Look for its meaning instead.")
    some = f"the first {LISTED} are listed; " if len(rows) > LISTED else ""
    of = f"of {quantity(len(drawn.prompts), 'prompt')}"
    contain = quantity(len(rows), f"{of} or its slice contains", f"{of} or their slices contain")
    said = f"{contain} “{words}”; {some}select one to go there."
    return SearchResult(said, rows)


def by_meaning(scene: Scene, words: str) -> SearchResult:
    """The prompts nearest to these words by cosine, in the map's own space."""
    drawn = scene.drawn
    rows, cosines = nearest(drawn.vectors, embed([words], drawn.encoder)[0], RESULTS)
    said = f"The nearest {len(rows)} of {quantity(len(drawn.prompts), 'prompt')} to your text; select one to go there."
    return SearchResult(said, rows.tolist(), {"cosine": cosines.tolist()})


SEARCH_WAYS: dict[str, Callable[[Scene, str], SearchResult]] = {"words": by_words, "meaning": by_meaning}
