"""A policy small enough to train while you watch: a table of logits, one row a prompt, one column an answer.

Prompts lie on a half circle, so their cosine is seen at a glance. Some have a pair (a good and a bad answer), some only a liked
or only a disliked answer, one has nothing. DPO learns from the pairs; RPO contrasts every liked with every disliked answer, each
by the weight of their prompts. Both take steps of one length (normalised gradient descent), so what differs is the direction.

What it shows: who is reached by which objective, and how tau chooses. What it does not: generalisation (rows share no
parameters, so a prompt without data never moves) or which objective is better.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import torch
from torch import Tensor

from rpo.contrast import contrast_weights, dpo_loss, rpo_loss, uniform_weights
from rpo.training.preview import Sample

ANSWERS = ("good", "bad", "other")
GOOD, BAD = 0, 1


class Method(StrEnum):
    """What the toy is trained by."""

    DPO = "DPO"
    RPO = "RPO"
    UNIFORM = "uniform weights"


@dataclass(frozen=True)
class Toy:
    """P prompts at angles (degrees on a half circle); which have a liked answer and which a disliked one."""

    names: tuple[str, ...] = ("A", "B", "C", "D", "E", "F", "G", "H")
    angles: tuple[float, ...] = (0, 12, 24, 70, 82, 94, 150, 170)
    liked: tuple[int, ...] = (0, 1, 3, 5, 6)
    disliked: tuple[int, ...] = (0, 2, 3, 4, 6)

    @property
    def paired(self) -> tuple[int, ...]:
        """Prompts with both answers: all that DPO can learn from."""
        return tuple(prompt for prompt in self.liked if prompt in self.disliked)

    def vectors(self) -> Tensor:
        """Unit vectors (P, 2)."""
        radians = torch.tensor(self.angles, dtype=torch.float64) * math.pi / 180
        return torch.stack([radians.cos(), radians.sin()], dim=1)

    def weights(self, tau: float) -> Tensor:
        """Contrast weights (liked, disliked)."""
        vectors = self.vectors()
        return contrast_weights(vectors[list(self.liked)], vectors[list(self.disliked)], tau)


@dataclass(frozen=True)
class ToyRun:
    """Probabilities (steps + 1, P, 3) of each prompt's answers, from the reference on."""

    method: Method
    probabilities: Tensor


def train_toy(toy: Toy, method: Method, tau: float, beta: float = 0.5, steps: int = 60, step_length: float = 0.25) -> ToyRun:
    """Train a fresh table by one method; deterministic."""
    logits = torch.zeros(len(toy.names), len(ANSWERS), dtype=torch.float64, requires_grad=True)
    reference = logits.detach().log_softmax(1)
    weights = toy.weights(tau) if method is Method.RPO else uniform_weights(len(toy.liked), len(toy.disliked)).double()
    seen = [reference.exp()]
    for _ in range(steps):
        ratios = logits.log_softmax(1) - reference
        if method is Method.DPO:
            own = list(toy.paired)
            loss = dpo_loss(ratios[own, GOOD], ratios[own, BAD], beta)
        else:
            loss = rpo_loss(ratios[list(toy.liked), GOOD], ratios[list(toy.disliked), BAD], weights, beta)
        (gradient,) = torch.autograd.grad(loss, logits)
        with torch.no_grad():
            logits -= step_length * gradient / gradient.norm()
        seen.append(logits.detach().softmax(1))
    return ToyRun(method, torch.stack(seen))


def toy_sample(toy: Toy, trained: bool, tau: float = 0.5) -> tuple[Sample, np.ndarray]:
    """The toy's liked and disliked answers as a batch, with the log-ratios RPO leaves after 60 steps, or none; cosines (M, N)."""
    last = train_toy(toy, Method.RPO, tau).probabilities[-1 if trained else 0]
    ratios = last.log() + math.log(len(ANSWERS))
    told = [f"prompt {name}, at {angle:g} degrees" for name, angle in zip(toy.names, toy.angles, strict=True)]
    liked, disliked = list(toy.liked), list(toy.disliked)
    chosen, rejected = (tuple(told[prompt] for prompt in side) for side in (liked, disliked))
    sample = Sample(chosen, rejected, False, tuple(ratios[liked, GOOD].tolist()), tuple(ratios[disliked, BAD].tolist()))
    return sample, (toy.vectors()[liked] @ toy.vectors()[disliked].T).numpy()
