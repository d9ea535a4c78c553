"""Batches as a run would compose them, looked at before any run: who stands in the rows and columns of the matrix Tune shows.

The batch of a seed is the first one that a run with this seed, M and batching meets. Not a data loader and not a measurement of
a policy: log-ratios come from a run that saved them, or are 0.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from rpo.embeddings import embed_some
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences import Kind, PreferenceSet, View, answer_scores
from rpo.runs.run import Run
from rpo.spec import Batching
from rpo.training.batches import Batch, paired_batches, unpaired_batches
from rpo.tuning.point import Point

if TYPE_CHECKING:
    from rpo.contrast import ContrastMatrix

MOST_A_SIDE = 512  # answers a side that a picture of the weights can still show

LogRatios = Mapping[str, tuple[float, ...]]
"""Log-ratios in nats by a preference's id: chosen and rejected, or a judged answer's."""


@dataclass(frozen=True)
class Sample:
    """Prompts of the chosen answers (M) and of the rejected ones (N), their log-ratios in nats (0 before training), the answers.

    The answers may be missing, where a batch is made by hand. Scores are there where the data have some, on the scale `scale`;
    NaN where one answer has none.
    """

    chosen: tuple[str, ...]
    rejected: tuple[str, ...]
    paired: bool
    chosen_ratios: tuple[float, ...]
    rejected_ratios: tuple[float, ...]
    chosen_answers: tuple[str, ...] = ()
    rejected_answers: tuple[str, ...] = ()
    chosen_scores: tuple[float, ...] = ()
    rejected_scores: tuple[float, ...] = ()
    scale: str = ""


def first_batch(
    data: PreferenceSet,
    size: int,
    seed: int,
    batching: Batching = Batching.RANDOM,
    vectors: np.ndarray | None = None,
    ratios: LogRatios | None = None,
) -> Sample:
    """The first batch of `size` (a side, if unpaired) that a run with this seed meets among the training rows.

    Neighbourhood batches need the `vectors` (N, D) of `data.prompts`. With `ratios` the batch is drawn from the rows that have
    some. Raises `RpoError` where there are fewer rows than `size`.
    """
    rows = _rows(data, ratios)
    near = _by_row(data, rows, vectors) if batching is Batching.NEIGHBOURHOOD and vectors is not None else None
    _enough(data, rows, size, ratios)
    return _sample(data, rows, next(_batches(data, rows, size, seed, near)), ratios)


def picked(data: PreferenceSet, prompts: Sequence[str], seed: int, ratios: LogRatios | None = None) -> Sample:
    """These prompts of the set in their order, one row each and side; of more than 512 a side the seed draws as many.

    They need not be training rows. With `ratios` those without are left out.
    """
    rows, draw = _rows(data, ratios, every=True), np.random.default_rng(seed)
    if data.kind is Kind.PAIRED:
        chosen = rejected = _few(_of_prompts(data, rows, prompts), draw)
    else:
        liked = np.array(data.rows["liked"], dtype=bool)[rows]
        chosen, rejected = (_few(_of_prompts(data, rows[liked == side], prompts), draw) for side in (True, False))
    if len(chosen) == 0 or len(rejected) == 0:
        saved = " with saved log-ratios" if ratios is not None else ""
        have = quantity(len(prompts), "picked prompt has", "picked prompts have")
        raise RpoError(
            f"a batch needs a chosen and a rejected answer{saved} of {data.name}, the {have} {len(chosen)} and {len(rejected)}; "
            "pick more on its map"
        )
    return _sample(data, np.arange(len(data.rows)), Batch(chosen, rejected), ratios)


def cosines(sample: Sample, data: PreferenceSet, encoder: str, view: View) -> np.ndarray:
    """Cosines (M, N) of the sample's prompts, each side embedded once."""
    chosen = embed_some(sample.chosen, data.prompts, encoder, view)
    return chosen @ (chosen if sample.paired else embed_some(sample.rejected, data.prompts, encoder, view)).T


def contrast_of(sample: Sample, cosines: np.ndarray, point: Point | float, beta: float) -> "ContrastMatrix":
    """The matrix of a batch whose prompts have these cosines, (M, N), at a point of the plane; a number is a temperature."""
    import torch

    from rpo.contrast import ContrastMatrix

    chosen, rejected = (torch.tensor(side, dtype=torch.float32) for side in (sample.chosen_ratios, sample.rejected_ratios))
    at = Point.of(point)
    weights = at.weights(torch.as_tensor(cosines), sample.paired).to(torch.float32)
    return ContrastMatrix.of(weights, chosen, rejected, at.tau if at.by_tau else None, beta)


def compositions(
    data: PreferenceSet, size: int, seed: int, batching: Batching, vectors: np.ndarray, count: int, most: int = 4000
) -> np.ndarray:
    """Cosines (B, M, N) of `count` batches of an epoch, or as many as it has; vectors (N, D) are those of `data.prompts`.

    Of more than `most` training rows a seeded sample of as many is composed, which makes neighbourhoods a little wider.
    """
    rows = _rows(data, None)
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
    _enough(data, rows, size, None)
    known = _by_row(data, rows, vectors)
    near = known if batching is Batching.NEIGHBOURHOOD else None
    whole = max(1, _side_of(data, rows) // size)
    batches = islice(_batches(data, rows, size, seed, near), min(count, whole))
    return np.stack([known[batch.chosen] @ known[batch.rejected].T for batch in batches])


def smaller_side(data: PreferenceSet) -> int:
    """How many training pairs there are, or training answers on the shorter side: the largest M."""
    return _side_of(data, _rows(data, None))


def ratios_of(run: Run, data: PreferenceSet) -> LogRatios:
    """What a run saved of its held-out rows; refused where it saved none, or none of this data."""
    known = run.logratios()
    if not known:
        raise RpoError(f"a run must have saved log-ratios, {run.name} has none (older version, or stopped early); train one anew")
    if not known.keys() & set(data.rows["id"]):
        raise RpoError(
            f"a run's margins belong to its data, {run.name} knows {run.spec.data} and none of {data.name}; choose that data"
        )
    return known


def _rows(data: PreferenceSet, ratios: LogRatios | None, every: bool = False) -> np.ndarray:
    """Numbers of the training rows, or of those with log-ratios, or of all."""
    if ratios is not None:
        return np.array([number for number, name in enumerate(data.rows["id"]) if name in ratios], dtype=int)
    splits = np.array(data.rows["split"], dtype=object)
    return np.arange(len(splits)) if every else np.flatnonzero(splits == "train")


def _by_row(data: PreferenceSet, rows: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    places = {prompt: place for place, prompt in enumerate(data.prompts)}
    return vectors[[places[prompt] for prompt in np.array(data.rows["prompt"], dtype=object)[rows]]]


def _side_of(data: PreferenceSet, rows: np.ndarray) -> int:
    if data.kind is Kind.PAIRED:
        return len(rows)
    liked = np.array(data.rows["liked"], dtype=bool)[rows]
    return int(min(liked.sum(), (~liked).sum()))


def _enough(data: PreferenceSet, rows: np.ndarray, size: int, ratios: LogRatios | None) -> None:
    there, paired = _side_of(data, rows), data.kind is Kind.PAIRED
    what = quantity(there, "training pair") if paired else f"{quantity(there, 'training answer')} on the shorter side"
    if ratios is not None:
        what = f"{quantity(there, 'row')} whose log-ratios the run saved"
    if not 1 <= size <= there:
        raise RpoError(f"M must be between 1 and the {what}, got {size}; choose a smaller M or other data")


def _batches(data: PreferenceSet, rows: np.ndarray, size: int, seed: int, vectors: np.ndarray | None) -> Iterator[Batch]:
    if data.kind is Kind.PAIRED:
        return paired_batches(len(rows), size, seed, vectors)
    return unpaired_batches(np.array(data.rows["liked"], dtype=bool)[rows], size, seed, vectors)


def _sample(data: PreferenceSet, rows: np.ndarray, batch: Batch, ratios: LogRatios | None) -> Sample:
    chosen, rejected = ([int(rows[place]) for place in side] for side in (batch.chosen, batch.rejected))
    prompts, ids = data.rows["prompt"], data.rows["id"]
    good, bad = ("chosen", "rejected") if data.kind is Kind.PAIRED else ("answer", "answer")
    known = ratios or {}
    scored = answer_scores(data.rows)
    return Sample(
        tuple(prompts[row] for row in chosen),
        tuple(prompts[row] for row in rejected),
        data.kind is Kind.PAIRED,
        tuple(known.get(ids[row], (0.0,))[0] for row in chosen),
        tuple(known.get(ids[row], (0.0,))[-1] for row in rejected),
        tuple(data.rows[row][good] for row in chosen),
        tuple(data.rows[row][bad] for row in rejected),
        tuple(scored[row][0] for row in chosen) if scored else (),
        tuple(scored[row][-1] for row in rejected) if scored else (),
        data.score_name if scored else "",
    )


def _of_prompts(data: PreferenceSet, rows: np.ndarray, prompts: Sequence[str]) -> list[int]:
    """The first of the rows on each prompt, in the order of the prompts."""
    texts = np.array(data.rows["prompt"], dtype=object)[rows]
    first = dict(zip(texts[::-1], rows[::-1].tolist(), strict=True))
    return [first[prompt] for prompt in dict.fromkeys(prompts) if prompt in first]


def _few(rows: Sequence[int], draw: np.random.Generator) -> np.ndarray:
    known = np.array(rows, dtype=int)
    return known if len(known) <= MOST_A_SIDE else known[np.sort(draw.choice(len(known), MOST_A_SIDE, replace=False))]
