"""How hard each prompt is, from the votes on other candidates that met the same baseline there.

In AlpacaEval's regression (Dubois et al. 2024) a prompt's difficulty comes of one joint fit of all models. Here each other
candidate is fitted with its own strength and its own taste for style, as where the baseline's answer is long a prompt is hard by
length alone. What these fits leave over is put together prompt by prompt: one Newton step towards effects with a standard normal
prior, sum of residuals / (1 + sum of p (1 − p)). Axis P: prompts.
"""

from collections.abc import Sequence

import numpy as np

from rpo.statistics.style.control import chances_by_style
from rpo.statistics.style.outcomes import Differences, Outcomes

SHARED = 0.5  # part of the prompts that others must share


def difficulty(prompts: Sequence[str], others: Sequence[Outcomes], differences: Differences) -> np.ndarray:
    """Of each prompt, (P, 1), mean 0 and variance 1, more is easier; (P, 0) where fewer than half are shared."""
    place = {prompt: number for number, prompt in enumerate(prompts)}
    left, known = np.zeros(len(prompts)), np.zeros(len(prompts))
    for other in others:
        chances = chances_by_style(other.values, differences(other.names))
        there = [number for number, prompt in enumerate(other.prompts) if prompt in place]
        at = [place[other.prompts[number]] for number in there]
        np.add.at(left, at, (other.values - chances)[there])
        np.add.at(known, at, (chances * (1 - chances))[there])
    easy = left / (1 + known)
    if not len(prompts) or (known > 0).mean() < SHARED or np.ptp(easy) == 0:
        return np.empty((len(prompts), 0))
    return ((easy - easy.mean()) / easy.std())[:, None]
