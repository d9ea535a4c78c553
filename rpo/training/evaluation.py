"""What a run reports of itself: figures of a training batch, and held-out figures taken along the way.

Rewards are beta times the mean log-ratio; accuracy compares answers to the same prompt where data is paired, all chosen with
all rejected where it is not, and a tie counts half. Log-ratios are sums over an answer's tokens here, also where the loss sees
means (`RunSpec.length_normalised`), so that runs can be compared; the losses alone are the objective's own. A training batch of
an objective without a reference (SimPO) has no log-ratios: its rewards are beta times what the loss sees, the policy's mean
log-probability a token, and its accuracy counts these. Held-out figures compare with the reference all the same. No figure
depends on the micro-batch.
"""

from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rpo.contrast import effective_contrasts
from rpo.models.distributed import ALONE, Distributed
from rpo.spec import KL_ROWS, RunSpec
from rpo.training.batches import Batch
from rpo.training.dataset import Examples, in_parts
from rpo.training.gradients import batch_logprobs
from rpo.training.seen import as_seen, nll_loss, objective

UNTRAINED_FIGURES = {"accuracy": 0.5, "chosen_reward": 0.0, "rejected_reward": 0.0, "margin": 0.0, "kl": 0.0}
"""What `evaluate` gives before the first step, where the policy is its reference: known without computing it."""


@dataclass(frozen=True)
class Scored:
    """Summed log-probabilities of all rows' answers, each (answers,) in nats: the policy's and its reference's."""

    policy: Tensor
    reference: Tensor

    @property
    def ratios(self) -> Tensor:
        """Log-ratios (answers,)."""
        return self.policy - self.reference


def rewards(chosen: Tensor, rejected: Tensor, beta: float, paired: bool) -> dict[str, float]:
    """Figures of log-ratios, or of what stands in their place: chosen (M,) and rejected (N,)."""
    won = (chosen - rejected).sign() if paired else (chosen[:, None] - rejected).sign()
    return {
        "accuracy": (won.mean().item() + 1) / 2,
        "chosen_reward": beta * chosen.mean().item(),
        "rejected_reward": beta * rejected.mean().item(),
        "margin": beta * (chosen.mean() - rejected.mean()).item(),
    }


def spread(weights: Tensor, paired: bool) -> dict[str, float]:
    """Figures of the weights (M, N): effective contrasts a row, and without the own pair, whose share is one; largest column sum.

    `others` is NaN where no other has any weight.
    """
    rest = weights.double()
    rest = rest - rest.diagonal().diag() if paired else rest
    return {
        "rivals": effective_contrasts(weights).mean().item(),
        "others": effective_contrasts(rest / rest.sum(1, keepdim=True)).mean().item(),
        "diagonal": weights.diagonal().mean().item() if paired else float("nan"),
        "column": weights.sum(0).max().item(),
    }


@torch.no_grad()
def score(held_out: Examples, spec: RunSpec, world: Distributed = ALONE) -> Scored:
    """All rows as they are scored now."""
    rows, micro = held_out.rows, spec.micro_batch
    return Scored(batch_logprobs(held_out.policy, rows, micro, world), held_out.reference(rows, micro, world))


def untrained(held_out: Examples, spec: RunSpec, world: Distributed = ALONE) -> Scored:
    """All rows before the first step, where the policy is its reference: not computed for a loss that sees log-ratios alone."""
    if spec.objective.entry.reference and not spec.nll:
        nothing = held_out.nothing(held_out.rows)
        return Scored(nothing, nothing)
    known = held_out.reference(held_out.rows, spec.micro_batch, world)
    return Scored(known, known)


@torch.no_grad()
def evaluate(held_out: Examples, spec: RunSpec, scored: Scored, world: Distributed = ALONE) -> dict[str, Any]:
    """Held-out figures of all rows, and the KL to the reference."""
    ratios = scored.ratios
    if held_out.liked is None:
        everyone = np.arange(len(held_out.rows))
        chosen, rejected = held_out.sides(ratios, Batch(everyone, everyone))
    else:
        liked = torch.tensor(held_out.liked, device=ratios.device)
        chosen, rejected = ratios[liked], ratios[~liked]
    figures = rewards(chosen, rejected, spec.beta, held_out.paired)
    loss = held_out_loss(held_out, spec, scored, world)
    return {"loss": loss, **figures, "kl": divergence(held_out, spec), "n": len(held_out.rows)}


def held_out_loss(held_out: Examples, spec: RunSpec, scored: Scored, world: Distributed = ALONE) -> float:
    """The objective itself on one epoch of held-out batches of M (or of all there are, if fewer)."""
    size = min(spec.contrast_size, held_out.side)
    if size == 0:
        return float("nan")
    values = scored.ratios if spec.objective.entry.reference else scored.policy
    loss_of, losses = objective(spec), []
    for number, batch in enumerate(islice(held_out.batches(replace(spec, contrast_size=size)), held_out.side // size)):
        rows = [held_out.rows[row] for row in held_out.picked(batch)]
        kl = held_out.mismatch(rows, spec.micro_batch, world) if spec.objective.entry.mismatched else 0.0
        sides = held_out.sides(as_seen(spec, held_out.of(values, batch), rows), batch)
        compared = loss_of(*sides, held_out.weights(batch, spec, number), kl)
        losses.append(float(compared + nll_loss(spec, held_out.of(scored.policy, batch), rows)))
    return float(np.mean(losses))


def divergence(held_out: Examples, spec: RunSpec) -> float:
    """KL(policy ‖ reference), nats a token, on the first held-out rows: the mean over all their answers' tokens."""
    some = in_parts(held_out.rows[:KL_ROWS], spec.micro_batch)
    tokens = [sum(len(answer) for row in part for answer in row.answers) for part in some]
    return sum(held_out.policy.kl(part) * count for part, count in zip(some, tokens, strict=True)) / sum(tokens)
