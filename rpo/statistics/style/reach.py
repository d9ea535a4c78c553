"""Whether answers of equal style lie among the pairs that were seen, or the score there is an extrapolation.

One difference at a time: equality is seen from both sides where at least 5 % of the pairs lie on either side of it or on it.
All together: it is no further from the mean pair than 95 % of the pairs are, by Mahalanobis' distance, which knows how the
differences go together. Axes: P prompts, K differences, candidate's minus baseline's.
"""

from collections.abc import Sequence

import numpy as np

RARE = 0.05


def beyond(differences: np.ndarray, names: Sequence[str]) -> str:
    """In words, which of these (P, K) differences hardly ever are 0 or change sides; empty where equality was seen."""
    one_sided = [_words(column, name) for column, name in zip(differences.T, names, strict=True) if _on_edge(column)]
    if one_sided:
        return f"{'; '.join(one_sided)}: the score at equal style is an extrapolation"
    if len(names) > 1 and _far(differences):
        return f"hardly any pair is as alike in {', '.join(names)} at once: the score at equal style is an extrapolation"
    return ""


def _on_edge(column: np.ndarray) -> bool:
    return bool(np.ptp(column)) and min(_more(column), _more(-column)) < RARE


def _more(column: np.ndarray) -> float:
    return float((column >= 0).mean())


def _words(column: np.ndarray, name: str) -> str:
    more = column.mean() > 0
    share = ((column > 0) if more else (column < 0)).mean()
    return f"the candidate's answer has {'more' if more else 'less'} {name} on {share:.0%} of the prompts"


def _far(differences: np.ndarray) -> bool:
    """Whether no difference at all is further from the mean than 95 % of the pairs."""
    centred = differences - differences.mean(axis=0)
    inverse = np.linalg.pinv(np.cov(centred.T))
    distances = np.einsum("pk,kl,pl->p", centred, inverse, centred)
    mean = differences.mean(axis=0)
    return bool((distances >= mean @ inverse @ mean).mean() < RARE)
