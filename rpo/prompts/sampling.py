"""One batch for the eye: which prompts stand in the rows and the columns of the matrix that Tune shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rpo.errors import RpoError
from rpo.preferences import Kind, PreferenceSet


@dataclass(frozen=True)
class Sample:
    """Prompts of the chosen answers (M) and of the rejected ones (N); the same tuple for paired data."""

    chosen: tuple[str, ...]
    rejected: tuple[str, ...]


def sample(data: PreferenceSet, size: int, seed: int, picked: Sequence[str] = ()) -> Sample:
    """A seeded batch of `size` from the training rows (a side, if unpaired), or the picked prompts as they are."""
    if picked:
        return Sample(tuple(picked), tuple(picked))
    rows = data.train
    prompts = np.array(rows["prompt"], dtype=object)
    draw = np.random.default_rng(seed)
    if data.kind is Kind.PAIRED:
        chosen = _drawn(prompts, size, draw, "training pairs")
        return Sample(chosen, chosen)
    liked = np.array(rows["liked"], dtype=bool)
    return Sample(
        _drawn(prompts[liked], size, draw, "liked training answers"),
        _drawn(prompts[~liked], size, draw, "disliked training answers"),
    )


def _drawn(prompts: np.ndarray, size: int, draw: np.random.Generator, what: str) -> tuple[str, ...]:
    if not 1 <= size <= len(prompts):
        raise RpoError(f"M must be between 1 and the {len(prompts)} {what} there are, got {size}; choose a smaller M")
    return tuple(prompts[draw.choice(len(prompts), size, replace=False)])
