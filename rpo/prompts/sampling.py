"""One batch for the eye: which prompts stand in the rows and the columns of the matrix that Tune shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rpo.errors import RpoError
from rpo.preferences import Kind, PreferenceSet

MOST = 256  # prompts a side that a picture of the weights can still show


@dataclass(frozen=True)
class Sample:
    """Prompts of the chosen answers (M) and of the rejected ones (N); the same tuple for paired data."""

    chosen: tuple[str, ...]
    rejected: tuple[str, ...]


def sample(data: PreferenceSet, size: int, seed: int, picked: Sequence[str] = ()) -> Sample:
    """A seeded batch of `size` from the training rows (a side, if unpaired), or the picked prompts of this set.

    Picked prompts need not be training rows; of more than 256 a side as many are drawn by the seed.
    """
    draw = np.random.default_rng(seed)
    if picked:
        return _of_picked(data, picked, draw)
    rows = data.train
    prompts = np.array(rows["prompt"], dtype=object)
    if data.kind is Kind.PAIRED:
        chosen = _drawn(prompts, size, draw, "training pairs")
        return Sample(chosen, chosen)
    liked = np.array(rows["liked"], dtype=bool)
    return Sample(
        _drawn(prompts[liked], size, draw, "liked training answers"),
        _drawn(prompts[~liked], size, draw, "disliked training answers"),
    )


def _of_picked(data: PreferenceSet, picked: Sequence[str], draw: np.random.Generator) -> Sample:
    wanted = list(dict.fromkeys(picked))
    if data.kind is Kind.PAIRED:
        known = set(data.prompts)
        chosen = _few([prompt for prompt in wanted if prompt in known], draw)
        if not chosen:
            raise RpoError(
                f"a batch needs prompts of {data.name}, none of the {len(wanted)} picked ones is; pick some on its map"
            )
        return Sample(chosen, chosen)
    sides = [
        {prompt for prompt, liked in zip(data.rows["prompt"], data.rows["liked"], strict=True) if liked is side}
        for side in (True, False)
    ]
    liked, disliked = ([prompt for prompt in wanted if prompt in side] for side in sides)
    if not (liked and disliked):
        raise RpoError(
            f"a batch needs a liked and a disliked answer at least, the picked prompts have {len(liked)} and {len(disliked)}; "
            "pick more on the map"
        )
    return Sample(_few(liked, draw), _few(disliked, draw))


def _few(prompts: list[str], draw: np.random.Generator) -> tuple[str, ...]:
    if len(prompts) <= MOST:
        return tuple(prompts)
    return tuple(prompts[place] for place in sorted(draw.choice(len(prompts), MOST, replace=False)))


def _drawn(prompts: np.ndarray, size: int, draw: np.random.Generator, what: str) -> tuple[str, ...]:
    if len(prompts) == 0:
        raise RpoError(f"a batch needs {what}, there are none in this data; choose other data")
    if not 1 <= size <= len(prompts):
        raise RpoError(f"M must be between 1 and the {len(prompts)} {what} there are, got {size}; choose a smaller M")
    return tuple(prompts[draw.choice(len(prompts), size, replace=False)])
