"""A policy small enough to train while you watch: eight prompts on a half circle, three answers each.

The encoder sees a prompt's angle, so the cosine of two prompts is that of the angle between them. The policy sees K radial basis
functions of the angle, and its logits are features · parameters: what it learns at one prompt reaches the prompts near it, also
those without data. Two kinds of nearness, then: the model shares parameters, whatever the loss; the loss weighs contrasts. Each
method is gradient descent with steps of one length, so what differs is the direction, not the size, as in `contrast.laws`.

What it shows: which prompts an objective can learn from, and how tau chooses. What it does not: which objective is better. There
is no truth here to be right about, and no language model has these features. The browser repeats this in `charts/lab.js`.
Axes: P prompts, K features, A answers.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import torch
from torch import Tensor

from rpo.contrast import (
    MarginsOverTraining,
    cell_gradients,
    contrast_weights,
    dpo_loss,
    margins_over_training,
    over_training,
    rpo_loss,
    uniform_weights,
)

PROMPT_NAMES = "ABCDEFGH"
PROMPT_ANGLES = (3, 15, 30, 80, 92, 104, 160, 174)  # degrees; a seed moves each by at most 3
CENTRES = tuple(range(0, 181, 6))  # degrees, where the K features lie
TOY_ANSWERS = ("good", "bad", "other")
GOOD, BAD = 0, 1
TOY_BETA, STEP_LENGTH = 0.5, 0.05
SEEDS, MOST_STEPS = 10, 200  # what the page offers


class Method(StrEnum):
    """What the toy is trained by."""

    DPO = "DPO"
    RPO = "RPO"
    UNIFORM = "Uniform"


@dataclass(frozen=True)
class Toy:
    """A world: where its prompts lie, which have a liked and which a disliked answer, how far the policy shares (degrees).

    B, E and H never have data. A and C have pairs; D a liked answer, F and G a disliked one, or a pair where all are `paired`.
    """

    seed: int = 0
    paired: bool = False
    width: float = 12.0

    @property
    def liked(self) -> tuple[int, ...]:
        """Prompts with a liked answer, M of them."""
        return (0, 2, 3, 5, 6) if self.paired else (0, 2, 3)

    @property
    def disliked(self) -> tuple[int, ...]:
        """Prompts with a disliked answer, N of them."""
        return (0, 2, 3, 5, 6) if self.paired else (0, 2, 5, 6)

    @property
    def pairs(self) -> tuple[int, ...]:
        """Prompts with both: all that DPO can learn from."""
        return tuple(prompt for prompt in self.liked if prompt in self.disliked)

    @property
    def drawn(self) -> tuple[np.ndarray, np.ndarray]:
        """What the seed draws: angles (P,) in degrees, the reference's parameters (K, A)."""
        chance = np.random.default_rng(self.seed)
        angles = np.array(PROMPT_ANGLES, dtype=float) + chance.integers(-3, 4, len(PROMPT_ANGLES))
        return angles, chance.normal(0, 0.5, (len(CENTRES), len(TOY_ANSWERS)))

    def vectors(self) -> Tensor:
        """What the encoder sees: unit vectors (P, 2)."""
        radians = torch.tensor(self.drawn[0]) * math.pi / 180
        return torch.stack([radians.cos(), radians.sin()], dim=1)

    def weights(self, tau: float) -> Tensor:
        """Contrast weights (M, N)."""
        vectors = self.vectors()
        return contrast_weights(vectors[list(self.liked)], vectors[list(self.disliked)], tau)

    def features(self) -> Tensor:
        """What the policy sees: unit rows (P, K), each feature a bell of this width around its centre."""
        bells = (-0.5 * ((torch.tensor(self.drawn[0])[:, None] - torch.tensor(CENTRES)) / self.width) ** 2).exp()
        return bells / bells.norm(dim=1, keepdim=True)


@dataclass(frozen=True)
class ToyRun:
    """After each step, the reference first: log-ratios (steps + 1, P, A) in nats, and cosines (steps + 1,).

    The cosine is that of the method's next step with the one that DPO would take from there.
    """

    method: Method
    ratios: Tensor
    cosines: Tensor

    @property
    def margins(self) -> Tensor:
        """How much likelier the good answer has become against the bad one, (steps + 1, P) nats."""
        return self.ratios[..., GOOD] - self.ratios[..., BAD]


def train_toy(toy: Toy, method: Method, tau: float, steps: int = 60) -> ToyRun:
    """Train a fresh policy by one method; deterministic."""
    features, start = toy.features(), torch.tensor(toy.drawn[1])
    parameters, reference, weights = start.clone().requires_grad_(), (features @ start).log_softmax(1), toy.weights(tau)
    ratios, cosines = [], []
    for _ in range(steps + 1):
        now = (features @ parameters).log_softmax(1) - reference
        own, step = (
            torch.autograd.grad(toy_loss(toy, one, now, weights), parameters, retain_graph=True)[0]
            for one in (Method.DPO, method)
        )
        ratios.append(now.detach())
        cosines.append(torch.cosine_similarity(own.flatten(), step.flatten(), dim=0))
        with torch.no_grad():
            parameters -= STEP_LENGTH * step / step.norm()
    return ToyRun(method, torch.stack(ratios), torch.stack(cosines))


def toy_margins(toy: Toy, tau: float, steps: int = 60, every: int = 10) -> MarginsOverTraining:
    """Every margin of a world while RPO trains it, at every so many steps, and where its gradient goes."""
    ratios, vectors = train_toy(toy, Method.RPO, tau, steps).ratios[::every], toy.vectors()
    sides = ratios[:, list(toy.liked), GOOD], ratios[:, list(toy.disliked), BAD]
    margins = margins_over_training(*sides, TOY_BETA)
    push = cell_gradients(margins / TOY_BETA, toy.weights(tau), TOY_BETA)
    cosines = vectors[list(toy.liked)] @ vectors[list(toy.disliked)].T
    return over_training(range(0, steps + 1, every), margins, push, cosines, toy.paired)


def toy_loss(toy: Toy, method: Method, ratios: Tensor, weights: Tensor) -> Tensor:
    """One method's loss of log-ratios (P, A); only RPO reads the weights (M, N)."""
    if method is Method.DPO:
        own = list(toy.pairs)
        return dpo_loss(ratios[own, GOOD], ratios[own, BAD], TOY_BETA)
    used = weights if method is Method.RPO else uniform_weights(*weights.shape).double()
    return rpo_loss(ratios[list(toy.liked), GOOD], ratios[list(toy.disliked), BAD], used, TOY_BETA)
