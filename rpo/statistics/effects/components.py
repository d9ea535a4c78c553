"""What makes a score uncertain: prompts, raters and the rest, as mean squares of an outcome = score + prompt + rater + rest.

Raters are compared within prompts, which removes what prompts do (Henderson's 1953 third method), or by their plain means where
they share too few prompts for that; of the two the one that is less noisy. Any votes may be missing.
Axes: P prompts, R raters. Outcomes (P, R) are 1, 0.5 or 0, NaN where that rater gave no vote.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rpo.statistics.intervals import clustered, means

RANK = 1e-9  # part of the largest eigenvalue below which one counts as 0


@dataclass(frozen=True)
class Source:
    """A mean square on the scale of the score's variance, and its degrees of freedom."""

    square: float
    degrees: float


@dataclass(frozen=True)
class Components:
    """The variance of the score is expected to be prompts + max(0, raters − rest); each is estimated on its own."""

    prompts: Source
    raters: Source
    rest: Source

    @property
    def of_raters(self) -> float:
        """The part of the score's variance that comes from who the raters are."""
        return max(0.0, self.raters.square - self.rest.square)


def components(outcomes: np.ndarray) -> Components:
    """Of these votes of two raters at least; each prompt has a vote, and each rater."""
    weights = cell_weights(outcomes)
    moved = (weights * np.nan_to_num(outcomes - means(outcomes).mean())).sum(axis=1)
    prompts = Source(clustered(moved), max(len(moved) - 1, 1))
    counts = float((weights.sum(axis=0) ** 2).sum())  # what a rater's variance counts for in the score's
    found = [*_within_prompts(outcomes, counts), *_by_means(outcomes, counts)]
    return Components(prompts, *min(found, key=lambda pair: pair[1].square, default=(Source(0.0, 1), Source(0.0, 1))))


def cell_weights(outcomes: np.ndarray) -> np.ndarray:
    """What each cell counts for in the score, (P, R): prompts count alike, and raters alike within a prompt."""
    seen = ~np.isnan(outcomes)
    return seen / seen.sum(axis=1, keepdims=True) / len(outcomes)


def _within_prompts(outcomes: np.ndarray, counts: float) -> Iterator[tuple[Source, Source]]:
    """Raters and rest where raters are compared on the same prompts; nothing where these do not connect all raters."""
    seen, raters = ~np.isnan(outcomes), outcomes.shape[1]
    each = seen.sum(axis=1, keepdims=True)
    apart = np.where(seen, outcomes - np.nansum(outcomes, axis=1, keepdims=True) / each, 0.0)
    design = np.diag(seen.sum(axis=0)) - (seen / each).T @ seen
    sizes, axes = np.linalg.eigh(design)
    degrees = int(seen.sum()) - len(outcomes) - raters + 1
    if degrees < 1 or sizes[1] <= RANK * sizes[-1]:
        return
    explained = float((((apart.sum(axis=0) @ axes[:, 1:]) ** 2) / sizes[1:]).sum())
    yield _pair(explained, max(float((apart**2).sum()) - explained, 0.0), degrees, sizes[1:], counts)


def _by_means(outcomes: np.ndarray, counts: float) -> Iterator[tuple[Source, Source]]:
    """Raters and rest where prompts differ within the rest."""
    seen = ~np.isnan(outcomes)
    votes = seen.sum(axis=0)
    degrees = int(votes.sum()) - len(votes)
    if degrees < 1:
        return
    own = np.nansum(outcomes, axis=0) / votes
    explained = float((votes * (own - np.nansum(outcomes) / votes.sum()) ** 2).sum())
    sizes = np.linalg.eigvalsh(np.diag(votes) - np.outer(votes, votes) / votes.sum())[1:]
    yield _pair(explained, float(np.nansum((outcomes - own) ** 2)), degrees, sizes, counts)


def _pair(explained: float, left: float, degrees: int, sizes: np.ndarray, counts: float) -> tuple[Source, Source]:
    """On the score's scale; raters who see unequally much have fewer degrees of freedom than R − 1 (Satterthwaite 1946)."""
    scale = counts / float(sizes.sum())
    return (
        Source(scale * explained, float(sizes.sum() ** 2 / (sizes**2).sum())),
        Source(scale * left / degrees * len(sizes), degrees),
    )
