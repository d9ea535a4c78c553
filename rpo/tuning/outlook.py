"""The batches that a choice speaks of: those that its run would compose, or the one batch of picked prompts that is looked at.

What is said over τ, of a goal, or of related prompts is said of these, so that it agrees with the batch on the screen.
"""

from collections.abc import Sequence

import torch

from rpo.contrast import TauCurves, tau_curves
from rpo.embeddings import embed
from rpo.glossary import quantity
from rpo.preferences import Kind, load
from rpo.spec import Batching
from rpo.tuning.advice import BATCHES, BatchCosines, curves, floor_of
from rpo.tuning.choice import Tuning
from rpo.tuning.sample import compositions, smaller_side


def batches_seen(choice: Tuning, batching: Batching | None = None) -> BatchCosines:
    """Cosines of its batches, 16 of the first epoch at most; their floor is the whole source's. `batching` may be another one."""
    floor = floor_of(embed(load(choice.source).prompts, choice.encoder, choice.view))
    if choice.looks:
        sample, cosines = choice.batch()
        return BatchCosines(cosines[None], floor, sample.paired)
    data, vectors = choice.pool.data(), choice.pool.vectors(choice.encoder, choice.view)
    size = min(choice.size, smaller_side(data))
    cosines = compositions(data, size, choice.seed, batching or choice.batching, vectors, BATCHES)
    return BatchCosines(cosines, floor, data.kind is Kind.PAIRED)


def curves_of(choice: Tuning, taus: Sequence[float], sizes: Sequence[int]) -> dict[int, TauCurves]:
    """Curves over τ: for each M that its rows can fill; of picked prompts that are looked at for theirs alone."""
    if choice.looks:
        seen = batches_seen(choice)
        return {seen.cosines.shape[1]: tau_curves(torch.as_tensor(seen.cosines), torch.tensor(taus).double(), seen.paired)}
    data, vectors = choice.pool.data(), choice.pool.vectors(choice.encoder, choice.view)
    return curves(data, vectors, choice.batching, taus, sizes, choice.seed)


def batches_in_words(choice: Tuning, seen: BatchCosines) -> str:
    """Which batches these are."""
    count, size = seen.cosines.shape[:2]
    if choice.looks:
        return f"these {quantity(size, 'prompt')} as one batch, M = {size}"
    many = quantity(count, f"{choice.batching} batch", f"{choice.batching} batches")
    return f"{many} of M = {size}, as a run with this seed draws them"
