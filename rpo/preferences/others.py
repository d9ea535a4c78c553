"""A view of pairs: the chosen answer to another prompt in the place of each rejected one.

What is left of a preference is then that an answer fits its prompt: a baseline without labels, after MIPO (arXiv 2603.19294),
which writes both answers itself.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rpo.errors import RpoError
from rpo.preferences.types import Kind, Preference, PreferenceSet


def others_chosen(data: PreferenceSet, seed: int) -> PreferenceSet:
    """The same prompts and chosen answers; each rejected answer is one that was chosen for another prompt of the same split.

    Every row's chosen answer is taken as another's once where prompts do not repeat, drawn by `seed`. Scores are left out, for
    they were of other answers.

    Raises:
        RpoError: for unpaired data, and where a split's row has no other prompt with another chosen answer.
    """
    if data.kind is not Kind.PAIRED:
        raise RpoError(
            f"another prompt's chosen answer can stand in for a rejected one in paired data only, {data.name} is {data.kind}"
        )
    from datasets import Dataset

    rows, taken = data.rows.to_list(), _taken(data, seed)
    made = [Preference(row["prompt"], row["chosen"], rows[other]["chosen"]) for row, other in zip(rows, taken, strict=True)]
    kept = ("prompt", "chosen", "source", "slice", "split")
    columns = {name: [row[name] for row in rows] for name in kept}
    return replace(
        data, rows=Dataset.from_dict({"id": [one.id for one in made], "rejected": [one.rejected for one in made], **columns})
    )


def _taken(data: PreferenceSet, seed: int) -> list[int]:
    """For each row the row whose chosen answer it takes: the next one in a random circle of its split that differs."""
    prompts, chosen, splits = (data.rows[name][:] for name in ("prompt", "chosen", "split"))
    chosen = [text.strip() for text in chosen]
    taken = [0] * len(prompts)
    for split in sorted(set(splits)):
        circle = np.random.default_rng([seed, 1]).permutation([row for row, its in enumerate(splits) if its == split]).tolist()
        for place, row in enumerate(circle):
            taken[row] = _next(circle, place, prompts, chosen)
    return taken


def _next(circle: Sequence[int], place: int, prompts: Sequence[str], chosen: Sequence[str]) -> int:
    row = circle[place]
    for step in range(1, len(circle)):
        other = circle[(place + step) % len(circle)]
        if prompts[other] != prompts[row] and chosen[other] != chosen[row]:
            return other
    raise RpoError(
        f"another prompt's chosen answer can stand in for a rejected one only where there is one, {prompts[row][:60]!r} has no "
        "other prompt with another chosen answer in its split; bring more prompts, or take the data's rejected answers"
    )
