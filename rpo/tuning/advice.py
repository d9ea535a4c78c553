"""What a run's batches would hold at any temperature: curves, related prompts, and the tau for so many effective contrasts.

From cosines of batches as a run would compose them and the data's own random-pair floor. Not a recommendation of a number of
contrasts: no study says which is best.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rpo.contrast import TauCurves, effective_contrasts, tau_curves, tau_for
from rpo.embeddings import overlap, random_cosines
from rpo.glossary import quantity
from rpo.preferences import Kind, PreferenceSet
from rpo.settings import range_of
from rpo.spec import Batching
from rpo.tuning.point import Point
from rpo.tuning.sample import compositions, smaller_side

BATCHES = 16  # seeded batches over which curves and advice have their spread
UPPER = 0.95  # share of random pairs that lie below the floor: above it two prompts count as related
SAME = 0.9999  # cosine from which two prompts are one to the encoder
ABOVE_CHANCE = 1.5  # times the share of related pairs that chance brings, up to which a batch counts as unrelated
SAME_CURVES = 0.1  # mean 1 - cosine below which the encoder sees no difference that a usual tau could weigh


@dataclass(frozen=True)
class BatchCosines:
    """Cosines (B, M, N) of B batches as a run would compose them, and the cosine under which 95 % of random pairs lie."""

    cosines: np.ndarray
    floor: float
    paired: bool


@dataclass(frozen=True)
class Advice:
    """The temperature for `wanted` effective contrasts: median and 5 to 95 % over B batches (NaN where none), and what is odd."""

    wanted: float
    tau: float
    low: float
    high: float
    reached: float
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Relatedness:
    """What batches hold of related prompts (cosine above the floor), and where a point puts the weight; B batches' means."""

    related: float
    related_low: float
    related_high: float
    under_floor: float
    own: float
    effective: float
    others: float
    batches: int


def batch_cosines(
    data: PreferenceSet, vectors: np.ndarray, size: int, batching: Batching, seed: int = 0, count: int = BATCHES
) -> BatchCosines:
    """Look at `count` batches of an epoch; vectors (N, D) are those of `data.prompts`."""
    cosines = compositions(data, size, seed, batching, vectors, count)
    return BatchCosines(cosines, floor_of(vectors, seed), data.kind is Kind.PAIRED)


def curves(
    data: PreferenceSet, vectors: np.ndarray, batching: Batching, taus: Sequence[float], sizes: Sequence[int], seed: int = 0
) -> dict[int, TauCurves]:
    """Curves over tau for each M that the data can fill, over the batches of one epoch at most."""
    found = {}
    for size in sizes:
        if size <= smaller_side(data):
            cosines = torch.as_tensor(compositions(data, size, seed, batching, vectors, BATCHES))
            found[size] = tau_curves(cosines, torch.tensor(taus, dtype=torch.float64), data.kind is Kind.PAIRED)
    return found


def same_tau(cosines: np.ndarray, wanted: float) -> float:
    """The temperature at which one batch (M, N) has `wanted` effective contrasts; NaN where none does."""
    return float(tau_for(torch.as_tensor(cosines)[None], wanted, range_of("tau"))[0])


def floor_of(vectors: np.ndarray, seed: int = 0) -> float:
    """The cosine below which 95 % of seeded random pairs of different rows (N, D) lie."""
    return float(np.quantile(random_cosines(vectors, seed), UPPER))


def relatedness(seen: BatchCosines, point: Point | float) -> Relatedness:
    """Related prompts a row, and the share of the weight on answers of unrelated prompts; a number is a temperature."""
    values, at = torch.as_tensor(seen.cosines), Point.of(point)
    weights, others = at.weights(values, seen.paired), _others(values, seen.paired)
    related = ((values > seen.floor) & others).sum(2).float().mean(1)
    under = (weights * ((values <= seen.floor) & others)).sum(2).mean()
    own = (weights * ~others).sum(2).mean()
    low, high = torch.quantile(related, related.new_tensor([0.05, 0.95])).tolist()
    effective, rest = effective_contrasts(weights).mean(), at.shares(values, seen.paired)
    return Relatedness(related.mean().item(), low, high, under.item(), own.item(), effective.item(), rest.others, len(values))


def advise(seen: BatchCosines, wanted: float) -> Advice:
    """The temperature that gives `wanted` effective contrasts in such batches."""
    values = torch.as_tensor(seen.cosines)
    found = tau_for(values, wanted, range_of("tau"))
    known = found[~found.isnan()]
    middle = torch.quantile(known, known.new_tensor([0.05, 0.5, 0.95])).tolist() if len(known) else [math.nan] * 3
    return Advice(wanted, middle[1], middle[0], middle[2], len(known) / len(found), _warnings(values, wanted, seen))


def encoder_agreement(first: np.ndarray, second: np.ndarray, paired: bool, count: int = 5) -> float:
    """How many of each row's `count` nearest answers two encoders share, from 0 to 1; cosines (M, N) of the same batch."""
    most = min(count, first.shape[1] - paired)
    if most < 1:
        return 1.0
    return float(overlap(*(_nearest(values, paired, most) for values in (first, second))).mean())


def _nearest(cosines: np.ndarray, paired: bool, count: int) -> np.ndarray:
    values = -cosines
    if paired:
        np.fill_diagonal(values, np.inf)
    return np.argsort(values, axis=1, kind="stable")[:, :count]


def _warnings(cosines: Tensor, wanted: float, seen: BatchCosines) -> tuple[str, ...]:
    answers, others = cosines.shape[2], _others(cosines, seen.paired)
    ties = (cosines >= cosines.amax(2, keepdim=True) - (1 - SAME)).sum(2).float().mean().item()
    distance = (1 - cosines)[others].mean().item() if others.any() else math.nan
    related = (((cosines > seen.floor) & others).sum() / others.sum().clamp(min=1)).item()
    said = []
    if wanted >= answers:
        said.append(
            f"A row has {quantity(answers, 'answer')}, so fewer than {quantity(answers, 'effective contrast')}: choose a larger "
            "M, or wish for fewer."
        )
    if ties > max(wanted, 1.05):
        said.append(
            f"Duplicates: a row's nearest answers tie {ties:.1f}-fold on average, so no τ gives fewer effective contrasts than "
            "that. Remove duplicates from the data."
        )
    if distance < SAME_CURVES:
        said.append(
            f"Nearly all prompts look alike to this encoder (mean 1 − cos {distance:.2f}): weights stay flat at usual "
            "temperatures. Try another encoder, or let it read the last turn."
        )
    elif related <= ABOVE_CHANCE * (1 - UPPER):
        said.append(
            f"Hardly more related prompts than chance brings ({related:.0%} of pairs above the floor): τ spreads weight over "
            "unrelated answers. Try neighbourhood batches or a larger M."
        )
    return tuple(said)


def _others(cosines: Tensor, paired: bool) -> Tensor:
    """Which cells (B, M, N) hold another prompt's answer."""
    shape = cosines.shape[1:]
    own = torch.eye(*shape, dtype=torch.bool) if paired else torch.zeros(shape, dtype=torch.bool)
    return (~own).expand_as(cosines)
