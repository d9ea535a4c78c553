"""The plane of own share and effective others: the curve of τ through it, that of random vectors, and its spread over batches.

And the way back: which τ comes nearest to a wanted point. Most points lie off the curve, where no τ leads.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rpo.contrast import Shares, dial_weights, random_others, random_tau_path, tau_path
from rpo.settings import range_of
from rpo.tuning.advice import BatchCosines
from rpo.tuning.point import Point

MARKED = (0.1, 0.25, 0.5, 0.75)  # of the paper's temperatures
LEAST, MOST = range_of("tau")
SPACED = (np.geomspace(LEAST, 0.01, 6), np.geomspace(0.01, 3, 41), np.geomspace(3, MOST, 7))  # close where the curve turns
TAUS = np.unique(np.concatenate([*SPACED, MARKED]))
SOME_TAUS = TAUS[::2]  # of a band
LEVELS = np.linspace(0, 1, 41)[1:-1]  # own shares at which a band says its width
SEARCHES, SEARCHED = 4, 25  # times an interval of log τ is searched, at so many temperatures
NEAR_ENOUGH = 0.02  # of either axis: nearer than that, a τ leads to a point


@dataclass(frozen=True)
class Nearest:
    """The τ that comes nearest to a wanted point on the mean of a data set's batches, and where it leads."""

    own_share: float | None
    likeness: float
    tau: float
    there: Shares
    count: int
    reached: bool

    @property
    def point(self) -> Point:
        """What leads to the wanted point: a τ if one does, else the dials."""
        if self.reached:
            return Point(tau=float(f"{self.tau:.3g}"))
        return Point.dials(0.5 if self.own_share is None else self.own_share, self.likeness).within(self.count)


def path_of(cosines: np.ndarray, paired: bool) -> dict[str, Any]:
    """The curve of τ for one batch (M, N): lists of taus, own shares (none for unpaired data) and effective others."""
    if cosines.shape[1] == int(paired):  # one pair alone has no others
        return {"taus": [], "own": [], "others": []}
    return _path(torch.as_tensor(cosines), paired)


def random_path(columns: int, paired: bool) -> dict[str, Any]:
    """The same curve for random vectors, and the mean cosine of the weighted others: over τ, and over likeness (`ks`, `near`)."""
    rest = random_others(columns - paired)
    if rest.shape[1] == 0:
        return {"taus": [], "own": [], "others": [], "cosine": [], "ks": [], "near": []}
    ks = np.geomspace(1, rest.shape[1], 25).clip(1, rest.shape[1])
    near = [_cosine(dial_weights(rest, None, float(k)).weights, rest) for k in ks]
    found = random_tau_path(columns, torch.tensor(TAUS), paired)
    own = [] if found.own is None else found.own[0].tolist()
    cosine = [_cosine((rest / tau).softmax(1), rest) for tau in TAUS]
    path = {"taus": TAUS.tolist(), "own": own, "others": found.others[0].tolist()}
    return {**path, "cosine": cosine, "ks": ks.tolist(), "near": near}


def band_of(seen: BatchCosines) -> dict[str, Any] | None:
    """Where 90 % of a data set's batches have their curve: lists of own shares, and at each the effective others, low and high.

    None for unpaired data, whose rows have no own share, and where there is one batch alone.
    """
    if not seen.paired or len(seen.cosines) < 2 or seen.cosines.shape[2] < 3:
        return None
    path = _paths(torch.as_tensor(seen.cosines), SOME_TAUS, True)
    own, others = path[0].numpy(), path[1].numpy()
    at = np.stack([np.interp(LEVELS, x[::-1], y[::-1]) for x, y in zip(own, others, strict=True)])
    fits = own.min(1).max() < LEVELS  # no τ goes below 1/N
    low, high = np.quantile(at[:, fits], [0.05, 0.95], axis=0)
    return {"own": LEVELS[fits].tolist(), "low": low.tolist(), "high": high.tolist(), "batches": len(own)}


def nearest_tau(seen: BatchCosines, own_share: float | None, likeness: float) -> Nearest:
    """The τ whose point, a mean over batches, lies nearest to this one in parts of both axes; `likeness` 0 stands for all."""
    count = seen.cosines.shape[2] - seen.paired
    wanted = min(likeness or count, count)
    own_share = own_share if seen.paired else None
    low, high = math.log(LEAST), math.log(MOST)
    tau, there, away = math.nan, Shares(None, math.nan, math.nan), math.nan
    for _ in range(SEARCHES):
        logs = np.linspace(low, high, SEARCHED)
        owns, rest = (each.mean(0).numpy() for each in _paths(torch.as_tensor(seen.cosines), np.exp(logs), seen.paired))
        apart = np.abs(rest - wanted) / max(count - 1, 1)
        distance = np.hypot(apart, owns - own_share) if own_share is not None else apart
        best = int(distance.argmin())
        tau, away = math.exp(logs[best]), float(distance[best])
        there = Shares(float(owns[best]) if seen.paired else None, float(rest[best]), math.nan)
        step = logs[1] - logs[0]
        low, high = max(low, logs[best] - step), min(high, logs[best] + step)
    return Nearest(own_share, wanted, tau, there, count, away <= NEAR_ENOUGH)


def shares_at(point: Point, cosines: np.ndarray, paired: bool) -> Shares:
    """What one batch (M, N) amounts to at a point."""
    return point.shares(torch.as_tensor(cosines), paired)


def same_point(first: np.ndarray, second: np.ndarray, point: Point, paired: bool) -> Nearest:
    """The τ that gives a batch as a second encoder sees it, cosines (M, N), what the point gives it as the first one does."""
    there = shares_at(point, first, paired)
    return nearest_tau(BatchCosines(second[None], math.nan, paired), there.own, there.others)


def _path(cosines: Tensor, paired: bool) -> dict[str, Any]:
    """One batch's curve as lists."""
    own, others = _paths(cosines[None], TAUS, paired)
    return {"taus": TAUS.tolist(), "own": own[0].tolist() if paired else [], "others": others[0].tolist()}


def _paths(cosines: Tensor, taus: np.ndarray, paired: bool) -> tuple[Tensor, Tensor]:
    """Own shares (zeros for unpaired data) and effective others (B, T) of batches (B, M, N), one temperature after the other."""
    parts = [tau_path(cosines, torch.tensor([tau], dtype=torch.float64), paired) for tau in taus]
    others = torch.cat([part.others for part in parts], 1)
    own = [part.own for part in parts if part.own is not None]
    return torch.cat(own, 1) if own else torch.zeros_like(others), others


def _cosine(rows: Tensor, cosines: Tensor) -> float:
    return float((rows * cosines).sum(1).mean())
