"""The one test behind a verdict at the end: if neither side were better, how often would the prompts lean so far to one side?

Each prompt counts once, by how far the mean of its votes lies from a tie. If no side is better, each of these distances could as
well have pointed the other way; over all such flips of signs the sum has a known distribution, and p is the share that lies as
far out as the sum seen (Fisher 1935; Pitman 1937). With one vote a prompt that is the exact sign test, given the number of ties.
With several, a 2 : 1 prompt counts less than a 3 : 0 one, so p speaks of the score itself and not of how many prompts were won.
The level is exact where the distances are symmetric around a tie, which one vote a prompt always is; else it holds for many
prompts, as for any randomisation test of a mean whose flips leave the sum of squares as it is (Canay, Romano and Shaikh 2017).
Not for looking before the end: see `sequential`. False verdicts are counted in tests/bench/bench_coverage.py.
"""

from fractions import Fraction
from math import lcm

import numpy as np

FINEST = 2**16  # steps from a tie to all distances on one side; exact up to there, beyond that rounded to so many
MOST_VOTES_A_PROMPT = 2000  # on one prompt, up to which its mean is read as the fraction it is


def sign_flip_p(scores: np.ndarray) -> float:
    """The two-sided p of "neither side is better" after these prompts' scores, (P,) in [0, 1]; 1 where all are ties."""
    values, counts = np.unique(np.round(scores, 12), return_counts=True)
    steps = _steps(values, counts)
    seen, sizes = abs(int(steps @ counts)), np.abs(steps)
    if seen == 0:
        return 1.0
    size, group = np.unique(sizes[sizes > 0], return_inverse=True)
    many = np.bincount(group, counts[sizes > 0]).astype(int)
    return _one_size(seen // int(size[0]), int(many[0])) if len(size) == 1 else _many_sizes(seen, size, many)


def _steps(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The distances from a tie in whole steps of one length, below 0 for the baseline."""
    exact = [Fraction(float(value)).limit_denominator(MOST_VOTES_A_PROMPT) - Fraction(1, 2) for value in values]
    whole = lcm(*(one.denominator for one in exact))
    total = sum(abs(one) * int(count) for one, count in zip(exact, counts, strict=True))
    if len({abs(one) for one in exact if one}) > 1 and whole * total > FINEST:
        whole = FINEST / float(total)
    return np.array([round(one * whole) for one in exact], dtype=np.int64)


def _one_size(lead: int, decided: int) -> float:
    """The sign test: a lead of one side over the other among so many prompts that are no tie."""
    from scipy.stats import binom

    return min(1.0, 2 * float(binom.sf((decided + lead) // 2 - 1, decided, 0.5)))


def _many_sizes(seen: int, sizes: np.ndarray, counts: np.ndarray) -> float:
    """The sum's distribution by its characteristic function, a product of cosines, on a circle that holds all sums."""
    top = int(sizes @ counts)
    length = 2 * top + 2
    angles = 2 * np.pi * np.arange(top + 2) / length
    waves = np.prod([np.cos(angles * size) ** count for size, count in zip(sizes, counts, strict=True)], axis=0)
    chances = np.fft.irfft(waves, length)[: top + 1]  # of the sums 0 to top; their mirror images are as likely
    return float(np.clip(2 * chances[seen:].sum(), 1e-16, 1.0))
