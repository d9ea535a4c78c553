"""The training loop: log-ratios of a batch, one contrast over all of them, one update.

The loss sees the model only through M + N log-ratios, so it is exact for any micro-batch: when a batch needs several, a first
pass without gradient yields the log-ratios, the loss their M + N derivatives, and a second pass pulls those through the model
(GradCache, Gao et al. 2021, arXiv 2101.06983). Not distributed, and it writes only into its run's folder.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rpo import home
from rpo.contrast import contrast_weights, dpo_loss, ipo_loss, rpo_loss
from rpo.jobs import Stopped
from rpo.preferences import Kind, PreferenceSet, load
from rpo.prompts import View, embed
from rpo.training import answers
from rpo.training.batches import Batch, paired_batches, unpaired_batches
from rpo.training.launcher import check
from rpo.training.policy import Policy, Row, describe, open_policy
from rpo.training.run import Run, append_line
from rpo.training.spec import Objective, RunSpec

KL_ROWS = 8  # held-out rows on which the KL to the reference is taken
KL_POINTS = 10  # times it is taken along the way, besides the evaluations

UNTRAINED = {"accuracy": 0.5, "chosen_reward": 0.0, "rejected_reward": 0.0, "margin": 0.0, "kl": 0.0}
"""What `evaluate` gives before the first step, where the policy is its reference: known without computing it."""

Report = Callable[[float, str], None]
"""Progress from 0 to 1 and a few words; may raise `Stopped`."""

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(chosen log-ratios (M,), rejected log-ratios (N,), weights (M, N)) -> scalar."""


def objective(spec: RunSpec) -> Loss:
    """The spec's objective as a function of log-ratios and weights."""

    def contrast(chosen: Tensor, rejected: Tensor, weights: Tensor) -> Tensor:
        return rpo_loss(chosen, rejected, weights, spec.beta, spec.form)

    losses: dict[Objective, Loss] = {
        Objective.RPO_PAIRED: contrast,
        Objective.RPO_UNPAIRED: contrast,
        Objective.DPO: lambda chosen, rejected, _: dpo_loss(chosen, rejected, spec.beta),
        Objective.IPO: lambda chosen, rejected, _: ipo_loss(chosen, rejected, spec.beta),
    }
    return losses[spec.objective]


@dataclass
class Examples:
    """One split as token rows: a paired row holds both answers, an unpaired row one. Reference log-probabilities are
    computed once, when a row is first seen.
    """

    policy: Policy
    rows: list[Row]
    liked: np.ndarray | None
    vectors: Tensor | None = None
    known: dict[int, Tensor] = field(default_factory=dict)

    @property
    def paired(self) -> bool:
        """Whether each row carries a chosen and a rejected answer."""
        return self.liked is None

    def batches(self, size: int, seed: int) -> Iterator[Batch]:
        """Endless seeded batches of `size` pairs, or of `size` answers a side."""
        if self.liked is None:
            return paired_batches(len(self.rows), size, seed)
        return unpaired_batches(self.liked, size, seed)

    def picked(self, batch: Batch) -> list[int]:
        """The row numbers a batch needs, each row once."""
        return list(batch.chosen) if self.paired else [*batch.chosen, *batch.rejected]

    def sides(self, values: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Split per-answer values of a batch's rows into chosen (M,) and rejected (N,)."""
        if self.paired:
            return values[0::2], values[1::2]
        return values[: len(batch.chosen)], values[len(batch.chosen) :]

    def reference(self, numbers: Sequence[int], micro: int) -> Tensor:
        """Reference log-probabilities of the rows' answers, row by row."""
        unknown = [number for number in numbers if number not in self.known]
        with torch.no_grad(), self.policy.reference():
            for part in _parts(unknown, micro):
                rows = [self.rows[number] for number in part]
                found = self.policy.logprobs(rows).split([len(row.answers) for row in rows])
                self.known.update(zip(part, found, strict=True))
        return torch.cat([self.known[number] for number in numbers])

    def weights(self, batch: Batch, tau: float) -> Tensor:
        """The contrast weights (M, N); without an encoder each answer meets its own partner only."""
        if self.vectors is None:
            return torch.eye(len(batch.chosen), len(batch.rejected), device=self.policy.device)
        return contrast_weights(self.vectors[batch.chosen], self.vectors[batch.rejected], tau)


def examples(policy: Policy, rows: Any, kind: Kind) -> Examples:
    """Tokenize a split (a `datasets.Dataset` of preferences)."""
    if kind is Kind.PAIRED:
        triples = zip(rows["prompt"], rows["chosen"], rows["rejected"], strict=True)
        return Examples(policy, [policy.row(*triple) for triple in triples], None)
    couples = zip(rows["prompt"], rows["answer"], strict=True)
    return Examples(policy, [policy.row(*couple) for couple in couples], np.array(rows["liked"], dtype=bool))


def backward(
    policy: Policy, rows: Sequence[Row], reference: Tensor, loss_of: Callable[[Tensor], Tensor], micro: int
) -> tuple[Tensor, Tensor]:
    """Add the batch's gradient to the policy's parameters; returns the loss and the log-ratios, detached."""
    parts = _parts(rows, micro)
    if len(parts) == 1:
        ratios = policy.logprobs(rows) - reference
        loss = loss_of(ratios)
        loss.backward()
        return loss.detach(), ratios.detach()
    with torch.no_grad():
        ratios = torch.cat([policy.logprobs(part) for part in parts]) - reference
    leaf = ratios.requires_grad_()
    loss = loss_of(leaf)
    (pull,) = torch.autograd.grad(loss, leaf)
    for part, share in zip(parts, pull.split([sum(len(row.answers) for row in part) for part in parts]), strict=True):
        (policy.logprobs(part) * share).sum().backward()
    return loss.detach(), leaf.detach()


@torch.no_grad()
def evaluate(held_out: Examples, spec: RunSpec) -> dict[str, float]:
    """Held-out figures: reward accuracy (ties count half), rewards, how often the chosen answer is likelier, KL."""
    numbers = list(range(len(held_out.rows)))
    reference = held_out.reference(numbers, spec.micro_batch)
    scores = torch.cat([held_out.policy.logprobs([held_out.rows[n] for n in part]) for part in _parts(numbers, spec.micro_batch)])
    if held_out.liked is None:
        everyone = Batch(np.array(numbers), np.array(numbers))
        chosen, rejected = held_out.sides(scores - reference, everyone)
        won = (chosen - rejected).sign()
    else:
        ratios, liked = scores - reference, torch.tensor(held_out.liked)
        chosen, rejected = ratios[liked], ratios[~liked]
        won = (chosen[:, None] - rejected).sign()
    return {
        "accuracy": (won.mean().item() + 1) / 2,
        "chosen_reward": spec.beta * chosen.mean().item(),
        "rejected_reward": spec.beta * rejected.mean().item(),
        "margin": spec.beta * (chosen.mean() - rejected.mean()).item(),
        "kl": divergence(held_out, spec),
        "n": len(numbers),
    }


def divergence(held_out: Examples, spec: RunSpec) -> float:
    """KL(policy ‖ reference), nats a token, on the first held-out rows."""
    rows = held_out.rows[:KL_ROWS]
    parts = _parts(rows, spec.micro_batch)
    return sum(held_out.policy.kl(part) * len(part) for part in parts) / len(rows)


def train(run: Run, report: Report) -> None:
    """Do what the run's spec says and leave curves, adapter, answers and `summary.json` in its folder."""
    started = time.time()
    spec, data = run.spec, None
    report(0.0, "reading the data")
    data = load(spec.data)
    check(spec, data)
    report(0.01, f"opening {spec.model}")
    policy = open_policy(spec)
    report(0.02, f"on {describe(policy.device)}")
    train_on = examples(policy, data.train, data.kind)
    held_out = examples(policy, _sample(data.held_out, spec), data.kind) if len(data.held_out) and spec.held_out else None
    if spec.objective.contrasts:
        vectors = embed(data.train["prompt"], spec.encoder, View(spec.view), lambda part, text: report(0.02 + 0.03 * part, text))
        train_on.vectors = torch.tensor(vectors, device=policy.device)
    try:
        _fit(run, spec, train_on, held_out, report)
    except Stopped:
        policy.save(run.folder / "adapter")
        raise
    policy.save(run.folder / "adapter")
    trained = time.time()
    written = _sampled_answers(run, spec, policy, data, report)
    _summarise(run, spec, policy, held_out, written, {"train": trained - started, "answers": time.time() - trained})


def _fit(run: Run, spec: RunSpec, data: Examples, held_out: Examples | None, report: Report) -> None:
    optimizer = torch.optim.AdamW([p for p in data.policy.model.parameters() if p.requires_grad], lr=spec.lr, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _pace(step, spec))
    loss_of, batches = objective(spec), data.batches(spec.contrast_size, spec.seed)
    moments = {round(spec.steps * k / spec.evaluations) for k in range(1, spec.evaluations + 1)} if spec.evaluations else set()
    if held_out:
        append_line(run.folder / "evaluations.jsonl", {"step": 0, **UNTRAINED, "n": len(held_out.rows)})
    for step in range(1, spec.steps + 1):
        began = time.time()
        record = _step(data, next(batches), spec, loss_of, optimizer)
        record = {"step": step, **record, "lr": schedule.get_last_lr()[0]}
        schedule.step()
        if held_out and step in moments:
            append_line(run.folder / "evaluations.jsonl", {"step": step, **evaluate(held_out, spec)})
        elif held_out and step % max(1, spec.steps // KL_POINTS) == 0:
            record["kl"] = divergence(held_out, spec)
        append_line(run.folder / "metrics.jsonl", record)
        left = (time.time() - began) * (spec.steps - step) / 60
        words = f"about {left:.0f} min of steps left" if left > 1 else "under a minute of steps left"
        report(0.05 + 0.75 * step / spec.steps, f"step {step} of {spec.steps}, {words} · {describe(data.policy.device)}")


def _step(data: Examples, batch: Batch, spec: RunSpec, loss_of: Loss, optimizer: torch.optim.Optimizer) -> dict[str, float]:
    """One step of the optimizer, and its figures."""
    began = time.time()
    numbers, weights = data.picked(batch), data.weights(batch, spec.tau)
    reference = data.reference(numbers, spec.micro_batch)
    rows = [data.rows[number] for number in numbers]
    loss, ratios = backward(data.policy, rows, reference, partial(_aim, data, batch, weights, loss_of), spec.micro_batch)
    norm = torch.nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], spec.clip)
    optimizer.step()
    optimizer.zero_grad()
    seconds = time.time() - began
    return {
        "loss": loss.item(),
        **_figures(*data.sides(ratios, batch), weights, spec.beta, data.paired),
        "grad_norm": norm.item(),
        "tokens_per_second": sum(row.length for row in rows) / seconds,
        "seconds": seconds,
    }


def _aim(data: Examples, batch: Batch, weights: Tensor, loss_of: Loss, ratios: Tensor) -> Tensor:
    return loss_of(*data.sides(ratios, batch), weights)


def _figures(chosen: Tensor, rejected: Tensor, weights: Tensor, beta: float, paired: bool) -> dict[str, float]:
    won = (chosen - rejected).sign() if paired else (chosen[:, None] - rejected).sign()
    entropy = torch.special.entr(weights).sum(1)
    return {
        "chosen_reward": beta * chosen.mean().item(),
        "rejected_reward": beta * rejected.mean().item(),
        "margin": beta * (chosen.mean() - rejected.mean()).item(),
        "accuracy": (won.mean().item() + 1) / 2,
        "rivals": entropy.exp().mean().item(),
        "diagonal": weights.diagonal().mean().item() if paired else float("nan"),
    }


def _pace(step: int, spec: RunSpec) -> float:
    """Linear warm-up, then linear decay to a tenth."""
    if step < spec.warmup:
        return (step + 1) / spec.warmup
    return max(0.1, 1 - 0.9 * (step - spec.warmup) / max(1, spec.steps - spec.warmup))


def _sample(rows: Any, spec: RunSpec) -> Any:
    return rows.shuffle(seed=spec.seed).select(range(min(spec.held_out, len(rows))))


def _sampled_answers(run: Run, spec: RunSpec, policy: Policy, data: PreferenceSet, report: Report) -> dict[str, dict[str, str]]:
    prompts = data.held_out_prompts[: spec.samples]
    before = answers.baseline_file(spec)
    with policy.reference():
        baseline = answers.write(
            policy, prompts, before, spec.new_tokens, lambda p, text: report(0.8 + 0.1 * p, f"baseline: {text}")
        )
    after = answers.candidate_file(run)
    candidate = answers.write(policy, prompts, after, spec.new_tokens, lambda p, text: report(0.9 + 0.1 * p, f"run: {text}"))
    return {"before": baseline, "after": candidate}


def _summarise(
    run: Run,
    spec: RunSpec,
    policy: Policy,
    held_out: Examples | None,
    written: dict[str, dict[str, str]],
    seconds: dict[str, float],
) -> None:
    evaluations = run.evaluations
    summary: dict[str, Any] = {"device": describe(policy.device), "seed": spec.seed, "seconds": seconds}
    for when, moment in (("before", 0), ("after", -1)):
        summary[when] = {
            **(evaluations[moment] if held_out and evaluations else {}),
            "rule": answers.rule_score(spec, written[when]),
            "answers": len(written[when]),
        }
    home.write_json(run.folder / "summary.json", summary)


def _parts(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
