"""Eight real prompts as an encoder sees them: the batch on which the lesson shows what one temperature sets and what it cannot.

The first batch of eight that a run with seed 0 meets in the embedded data. The cosines are those of all-MiniLM-L6-v2, written
down to three digits so that the lesson needs no encoder; a test asks the encoder again.
"""

import numpy as np
import torch

from rpo.contrast import Shares, random_shares, shares, weights_of_cosines

EIGHT_PROMPTS = (
    "How long should a nap be?",
    "How long should I roast a whole chicken of about 1.5 kilos?",
    "My Wi-Fi is weak in the bedroom. What can I do?",
    "Should I pay off my credit card or save first?",
    "How much detergent should I use for a half-full machine?",
    "How much exercise does a Labrador need each day?",
    "How do I fix a dripping kitchen tap myself?",
    "How do I make my phone battery last longer each day?",
)
_ABOVE = (
    (0.288, 0.065, 0.048, 0.179, 0.225, -0.037, 0.287),
    (0.097, 0.164, 0.284, 0.229, 0.091, 0.095),
    (0.063, 0.022, 0.075, 0.161, 0.249),
    (0.037, 0.026, 0.014, 0.071),
    (0.255, 0.14, 0.134),
    (-0.047, 0.234),
    (0.082,),
)  # the cosines of each prompt with the later ones


def eight_cosines() -> np.ndarray:
    """Cosines (8, 8) of the prompts, float32."""
    cosines = np.eye(len(EIGHT_PROMPTS), dtype=np.float32)
    for row, later in enumerate(_ABOVE):
        cosines[row, row + 1 :] = cosines[row + 1 :, row] = later
    return cosines


def eight_at(tau: float) -> tuple[Shares, Shares]:
    """Own share and effective others of the eight at a temperature, and those of eight random vectors."""
    cosines = torch.tensor(eight_cosines(), dtype=torch.float64)
    size = len(EIGHT_PROMPTS)
    chance = random_shares(size, size, True, lambda found: weights_of_cosines(found, tau))
    return shares(weights_of_cosines(cosines, tau), cosines, True), chance


def random_eight() -> np.ndarray:
    """Cosines (8, 8) of eight random vectors of the encoder's width, one draw: what likeness without any meaning looks like."""
    vectors = np.random.default_rng(0).normal(size=(len(EIGHT_PROMPTS), 384))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors @ vectors.T).astype(np.float32)
