"""The rows that batches are drawn from: a data set whole, or its rows on prompts that were picked on a map.

Not a batch: that is `sample`.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from rpo.embeddings import embed, embed_some
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences import PreferenceSet, View, keep_part, load, part_name, part_of
from rpo.storage import digest


class Picked(StrEnum):
    """What picked prompts are for: one batch to look at, all that is trained on, or nothing for now."""

    LOOK = "look"
    TRAIN = "train"
    ASIDE = "aside"


@dataclass(frozen=True)
class Pool:
    """All rows of `source`, or with `rows`, numbers of its prompts, those on these prompts."""

    source: str
    rows: tuple[int, ...] = ()

    @property
    def prompts(self) -> tuple[str, ...]:
        """Its prompts. Raises `RpoError` for a number that the source has no prompt for."""
        known = load(self.source).prompts
        if wrong := [row for row in self.rows if not 0 <= row < len(known)]:
            raise RpoError(
                f"rows must be numbers of prompts of {self.source}, from 0 to {len(known) - 1:,}, got {wrong[0]}; pick on its map"
            )
        return tuple(known[row] for row in self.rows) if self.rows else known

    @property
    def name(self) -> str:
        """The source's, or that of the file in which its picked rows would be kept; other prompts have another."""
        if not self.rows:
            return self.source
        part = f"{quantity(len(self.rows), 'picked prompt')} {digest(*self.prompts)[:6]}"
        return f"{part_name(self.source, part)}.jsonl"

    def data(self) -> PreferenceSet:
        """Its rows, as a run on the file of `kept` reads them."""
        return part_of(load(self.source), self.prompts, self.name) if self.rows else load(self.source)

    def kept(self) -> str:
        """What a run's spec names as its data; picked rows are written to the data folder for it."""
        return keep_part(load(self.source), self.prompts, self.name) if self.rows else self.source

    def vectors(self, encoder: str, view: View) -> np.ndarray:
        """Unit vectors (N, D) of its data's prompts."""
        whole = load(self.source).prompts
        return embed_some(self.data().prompts, whole, encoder, view) if self.rows else embed(whole, encoder, view)
