"""The training loop: log-ratios of a batch, one contrast over all of them, one update, figures, checkpoints.

Exact for any micro-batch and any number of processes (`gradients`), repeatable, and able to go on where it was killed
(`checkpoint`). It writes only into its run's folder and the two caches that runs share.
"""

import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rpo import home
from rpo.jobs import Stopped
from rpo.preferences import PreferenceSet, load
from rpo.prompts import View, embed
from rpo.training import answers, checkpoint
from rpo.training.batches import Batch
from rpo.training.examples import Examples, examples, mismatched
from rpo.training.gradients import backward, scores
from rpo.training.launcher import check
from rpo.training.measures import UNTRAINED, divergence, evaluate, rewards, spread
from rpo.training.objectives import Loss, objective
from rpo.training.parallel import ALONE, World
from rpo.training.policy import Policy, describe, open_policy
from rpo.training.records import append_line, keep_lines
from rpo.training.reference import ReferenceStore
from rpo.training.run import Run
from rpo.training.spec import Control, Objective, RunSpec

KL_POINTS = 10  # times the KL is taken along the way, besides the evaluations

Report = Callable[[float, str], None]
"""Progress from 0 to 1 and a few words; may raise `Stopped`."""


def train(run: Run, report: Report, world: World = ALONE) -> None:
    """Do what the run's spec says and leave curves, adapter, answers and `summary.json` in its folder."""
    started, spec = time.time(), run.spec
    report(0.0, "reading the data")
    data = load(spec.data)
    check(spec, data)
    report(0.01, f"opening {spec.model}")
    policy = open_policy(spec)
    train_on, held_out = _splits(spec, data, policy, report, world)
    try:
        _fit(run, spec, train_on, held_out, report, world)
    except Stopped:
        if world.first:
            policy.save(run.folder / "adapter")
        raise
    trained = time.time()
    if world.first:
        policy.save(run.folder / "adapter")
        written = _sampled_answers(run, spec, policy, data, report)
        _summarise(run, spec, policy, held_out, written, {"train": trained - started, "answers": time.time() - trained})
        checkpoint.clear(run.folder / "checkpoints")
    world.wait()


def _splits(spec: RunSpec, data: PreferenceSet, policy: Policy, report: Report, world: World) -> tuple[Examples, Examples | None]:
    """The examples to train on, with vectors where the objective or the batching needs them, and those to measure on."""
    store = ReferenceStore(spec.model, describe(policy.device).split(", ")[-1])
    report(0.02, f"on {describe(policy.device)}")
    train_on = examples(policy, data.train, data.kind, store)
    held_out = examples(policy, _sample(data.held_out, spec), data.kind, store) if len(data.held_out) and spec.held_out else None
    if spec.needs_vectors:
        train_on.vectors = torch.tensor(_vectors(spec, data.train["prompt"], report, world), device=policy.device)
    return train_on, held_out


def _vectors(spec: RunSpec, prompts: list[str], report: Report, world: World) -> np.ndarray:
    """The prompts' vectors (rows, D), or what the spec's control puts in their place; the first process embeds for all."""
    if not world.first:
        world.wait()
    vectors = embed(prompts, spec.encoder, View(spec.view), lambda part, text: report(0.02 + 0.03 * part, text))
    if world.first:
        world.wait()
    return random_vectors(prompts, vectors.shape[1], spec.seed) if spec.control is Control.RANDOM else vectors


def random_vectors(prompts: list[str], width: int, seed: int) -> np.ndarray:
    """Unit vectors (rows, width) that mean nothing; equal prompts share theirs, as real embeddings would."""
    rows = {prompt: row for row, prompt in enumerate(dict.fromkeys(prompts))}
    drawn = np.random.default_rng([seed, 0]).normal(size=(len(rows), width)).astype(np.float32)
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True))[[rows[prompt] for prompt in prompts]]


def _fit(run: Run, spec: RunSpec, data: Examples, held_out: Examples | None, report: Report, world: World) -> None:
    parameters = {name: p for name, p in data.policy.model.named_parameters() if p.requires_grad}
    optimizer = torch.optim.AdamW(parameters.values(), lr=spec.lr, weight_decay=0.0)
    saves = run.folder / "checkpoints"
    done = checkpoint.load(saves, parameters, optimizer)
    if world.first:
        _open_records(run, done, len(held_out.rows) if held_out else 0)
    take = partial(_step, data, spec, objective(spec), optimizer, world)
    moments = {round(spec.steps * k / spec.evaluations) for k in range(1, spec.evaluations + 1)} if spec.evaluations else set()
    for step, batch in zip(range(done + 1, spec.steps + 1), islice(data.batches(spec), done, None), strict=False):
        began = time.time()
        record = {"step": step, **take(step, batch)}
        if held_out and step in moments:
            figures = evaluate(held_out, spec, world)
            _write(run, "evaluations", {"step": step, **figures}, world)
        elif held_out and step % max(1, spec.steps // KL_POINTS) == 0:
            record["kl"] = divergence(held_out, spec)
        _write(run, "metrics", record, world)
        if world.first and (step % spec.save_every == 0 or step == spec.steps):
            checkpoint.save(saves, step, parameters, optimizer)
        words = _words(step, spec, time.time() - began, data.policy, world)
        if world.agree(_asked_to_stop(report, 0.05 + 0.75 * step / spec.steps, words)):
            if world.first:
                checkpoint.save(saves, step, parameters, optimizer)
            raise Stopped


def _asked_to_stop(report: Report, progress: float, words: str) -> bool:
    """Report, and catch the wish to end: all processes must end after the same step."""
    try:
        report(progress, words)
    except Stopped:
        return True
    return False


def _step(
    data: Examples, spec: RunSpec, loss_of: Loss, optimizer: torch.optim.Optimizer, world: World, step: int, batch: Batch
) -> dict[str, float]:
    """One step of the optimizer, and its figures."""
    began = time.time()
    weights, rows = data.weights(batch, spec, step), [data.rows[number] for number in data.picked(batch)]
    reference = data.reference(rows, spec.micro_batch, world)
    kl = _mismatch(data, rows, spec, world) if spec.objective is Objective.KTO else 0.0

    def aim(ratios: Tensor) -> Tensor:
        return loss_of(*data.sides(ratios, batch), weights, kl)

    loss, ratios = backward(data.policy, rows, reference, aim, spec.micro_batch, world)
    for group in optimizer.param_groups:
        group["lr"] = spec.lr * pace(step - 1, spec)
    norm = torch.nn.utils.clip_grad_norm_(optimizer.param_groups[0]["params"], spec.clip)
    optimizer.step()
    optimizer.zero_grad()
    seconds = time.time() - began
    return {
        "loss": loss.item(),
        **rewards(*data.sides(ratios, batch), spec.beta, data.paired),
        **spread(weights, data.paired),
        "grad_norm": norm.item(),
        "lr": optimizer.param_groups[0]["lr"],
        "tokens_per_second": sum(row.length for row in rows) / seconds,
        "seconds": seconds,
    }


def _mismatch(data: Examples, rows: list[Any], spec: RunSpec, world: World) -> float:
    """KTO's estimate of the KL: the mean log-ratio of answers that belong to other prompts, never below zero."""
    others = mismatched(rows)
    ratios = scores(data.policy, others, spec.micro_batch, world) - data.reference(others, spec.micro_batch, world)
    return max(0.0, ratios.mean().item())


def pace(step: int, spec: RunSpec) -> float:
    """The learning rate's share at a step counted from 0: linear warm-up, then linear decay to a tenth."""
    if step < spec.warmup:
        return (step + 1) / spec.warmup
    return max(0.1, 1 - 0.9 * (step - spec.warmup) / max(1, spec.steps - spec.warmup))


def _open_records(run: Run, done: int, held_out: int) -> None:
    """Curves begin, or go on after the step `done`: what was recorded later is taken again."""
    for name in ("metrics", "evaluations"):
        keep_lines(run.folder / f"{name}.jsonl", lambda record: record["step"] <= done)
    if held_out and not run.evaluations:
        append_line(run.folder / "evaluations.jsonl", {"step": 0, **UNTRAINED, "n": held_out})


def _write(run: Run, name: str, record: dict[str, Any], world: World) -> None:
    if world.first:
        append_line(run.folder / f"{name}.jsonl", record)


def _words(step: int, spec: RunSpec, seconds: float, policy: Policy, world: World) -> str:
    left = seconds * (spec.steps - step) / 60
    when = f"about {left:.0f} min of steps left" if left > 1 else "under a minute of steps left"
    many = f", {world.size} processes" if world.size > 1 else ""
    return f"step {step} of {spec.steps}, {when} · {describe(policy.device)}{many}"


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
