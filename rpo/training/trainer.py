"""The training loop: log-ratios of a batch, one contrast over all of them, one update, figures, checkpoints.

Exact for any micro-batch and any number of processes (`gradients`), repeatable, and able to go on where it was killed
(`checkpoint`). It writes only into its run's folder and the caches that runs share.
"""

import time
from collections.abc import Callable, Sequence
from itertools import islice
from statistics import fmean
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rpo import embeddings
from rpo.glossary import quantity
from rpo.jobs import Progress, Stopped
from rpo.jsonl import read_lines
from rpo.models.device import describe, device, precision
from rpo.models.distributed import ALONE, Distributed
from rpo.models.load import open_policy
from rpo.models.policy import Policy
from rpo.preferences import PreferenceSet, View
from rpo.records import AnswerRecord
from rpo.runs import answers, inputs
from rpo.runs.data import data_of
from rpo.runs.recorder import Recorder, recording
from rpo.runs.run import Records, Run
from rpo.spec import KL_POINTS, Control, RunSpec
from rpo.training import checkpoint, summary
from rpo.training.batches import Batch
from rpo.training.clock import Clock, Phase
from rpo.training.dataset import Examples, ReferenceStore, examples
from rpo.training.evaluation import UNTRAINED_FIGURES, divergence, evaluate, held_out_loss, rewards, score, spread, untrained
from rpo.training.gradients import backward
from rpo.training.optim import lr_multiplier, optimizer_of, update
from rpo.training.seen import Loss, as_seen, nll_loss, objective, random_vectors
from rpo.training.sft import learn_first

SFT_PART, VECTORS_PART, STEPS_PART, BASELINE_PART, ANSWERS_PART = (
    (0.02, 0.04),
    (0.04, 0.05),
    (0.05, 0.8),
    (0.8, 0.9),
    (0.9, 1.0),
)  # of a run's progress


def train(run: Run, report: Callable[[float, str], None], world: Distributed = ALONE) -> None:
    """Do what the run's spec says and leave curves, adapter, answers and a summary in its folder."""
    with recording(run, first=world.first) as recorder:
        clock = Clock(recorder)
        try:
            _work(recorder, run.spec, clock, clock.heard(report), world)
        finally:
            clock.write()


def _work(recorder: Recorder, spec: RunSpec, clock: Clock, report: Progress, world: Distributed) -> None:
    run = recorder.run
    progress = world.never_stops(report)
    progress(0.0, "reading the data")
    data = data_of(spec)
    inputs.tie(run, first=world.first)
    embeddings.make_room(device().type)
    progress(0.01, f"opening {spec.model}; the first time it is checked how it scores")
    policy = open_policy(spec, world=world)
    train_on, held_out = _splits(recorder, spec, data, policy, report, world)
    try:
        _fit(recorder, spec, data, train_on, held_out, report.part(*STEPS_PART), world)
    except Stopped:
        policy.save(run.folder / "adapter", on_disk=world.first)
        raise
    policy.save(run.folder / "adapter", on_disk=world.first)
    clock.enter(Phase.ANSWERS)
    try:
        if world.first or world.sharded:
            written = _sampled_answers(recorder, policy, data, progress if world.sharded else report, world)
            clock.write()
            if world.first:
                summary.write_summary(recorder, train_on, held_out is not None, written, clock, world)
                checkpoint.clear(run.folder / "checkpoints")
    finally:
        world.wait()


def _splits(
    recorder: Recorder, spec: RunSpec, data: PreferenceSet, policy: Policy, report: Progress, world: Distributed
) -> tuple[Examples, Examples | None]:
    """The examples to train on and those to measure on, with vectors where needed; the SFT stage, if any, comes first."""
    run, progress = recorder.run, world.never_stops(report)
    progress(0.02, f"on {describe(spec, policy.device)}")
    held = precision(spec, policy.device)
    inputs.note_model(recorder, policy)
    world.wait()
    if spec.sft_steps:
        learn_first(recorder, policy, data, held, report.part(*SFT_PART), world)
    store = ReferenceStore(run.reference_name(held))
    kept = _sample(data.held_out, spec)
    train_on = examples(policy, data.train, data.kind, store)
    held_out = examples(policy, kept, data.kind, store) if len(kept) else None
    if spec.needs_vectors:
        wanted = [*data.train["prompt"], *kept["prompt"]]
        found = _vectors(spec, data.prompts, wanted, progress.part(*VECTORS_PART), world)
        inputs.tie_vectors(run, found, first=world.first)
        vectors = torch.tensor(found, device=policy.device)
        train_on.vectors = vectors[: len(train_on.rows)]
        if held_out:
            held_out.vectors = vectors[len(train_on.rows) :]
    return train_on, held_out


def _vectors(spec: RunSpec, prompts: Sequence[str], wanted: list[str], progress: Progress, world: Distributed) -> np.ndarray:
    """Vectors (rows, D) of the wanted ones of all prompts, or what the spec's control puts in their place.

    The first process embeds for all, and the whole set as its map does, so that no text is embedded twice.
    """
    if not world.first:
        world.wait()
    vectors = embeddings.embed(prompts, spec.encoder, View(spec.view), progress)
    if world.first:
        world.wait()
    if spec.control is Control.RANDOM:
        return random_vectors(wanted, vectors.shape[1], spec.seed)
    rows = {prompt: row for row, prompt in enumerate(prompts)}
    return vectors[[rows[prompt] for prompt in wanted]]


def _fit(
    recorder: Recorder,
    spec: RunSpec,
    prompts: PreferenceSet,
    data: Examples,
    held_out: Examples | None,
    report: Progress,
    world: Distributed,
) -> None:
    run = recorder.run
    parameters, saves = data.policy.trainable(), run.folder / "checkpoints"
    optimizer = optimizer_of(spec, parameters.values())
    done = checkpoint.load_checkpoint(saves, parameters, optimizer)
    _open_records(recorder, spec, done, held_out, world)
    if done == 0:
        world.never_stops(report)(0.0, "writing the answers before the first step")
        _probed(recorder, spec, prompts, data.policy, 0, world)
    batches, loss_of = islice(data.batches(spec), done * spec.contrasts, None), objective(spec)
    taken = [_taken(record) for record in run.metrics]  # by all steps so far, whichever process took them
    best = checkpoint.Best(run, spec, world)
    for step in range(done + 1, spec.steps + 1):
        figures, seen = _step(data, spec, loss_of, optimizer, world, step, list(islice(batches, spec.contrasts)))
        for ratios in seen:
            recorder.record(Records.LOGRATIOS, {"step": step, "split": "train", **ratios})
        measured = _measured(recorder, spec, held_out, step, best, world)
        record = {"step": step, **figures, **measured, **_probed(recorder, spec, prompts, data.policy, step, world)}
        recorder.record(Records.METRICS, record)
        taken.append(_taken(record))
        if step % spec.save_every == 0 or step == spec.steps:
            checkpoint.save_checkpoint(saves, step, parameters, optimizer, world)
        words = _words(step, spec, fmean(taken), data.policy, world)
        if world.asked_to_stop(report, step / spec.steps, words):
            checkpoint.save_checkpoint(saves, step, parameters, optimizer, world)
            raise Stopped
        if best.enough:
            return


def _taken(record: dict[str, Any]) -> float:
    """Seconds of a step and of what was measured after it."""
    return sum(record.get(part) or 0.0 for part in ("seconds", "measuring_seconds", "probing_seconds"))


def _measured(
    recorder: Recorder, spec: RunSpec, held_out: Examples | None, step: int, best: checkpoint.Best, world: Distributed
) -> dict[str, float]:
    """What is measured after a step besides the step itself: held-out figures now and then, the KL more often."""
    began = time.time()
    if held_out and step in spec.evaluated_after:
        scored = score(held_out, spec, world)
        figures = evaluate(held_out, spec, scored, world)
        recorder.record(Records.EVALUATIONS, {"step": step, **figures})
        best.measured(held_out.policy, step, figures["loss"])
        ratios = held_out.as_record(range(len(held_out.rows)), scored.ratios)
        recorder.record(Records.LOGRATIOS, {"step": step, "split": "held-out", **ratios})
        return {"measuring_seconds": time.time() - began}
    if held_out and step % max(1, spec.steps // KL_POINTS) == 0:
        return {"kl": divergence(held_out, spec), "measuring_seconds": time.time() - began}
    return {}


def _probed(
    recorder: Recorder, spec: RunSpec, data: PreferenceSet, policy: Policy, step: int, world: Distributed
) -> dict[str, float]:
    """Answer a few held-out prompts after this step, where the spec says so; the seconds that it took."""
    prompts = data.held_out_prompts[: min(spec.probes, spec.samples)]
    if step not in spec.probed_after or not prompts or not (world.first or world.sharded):
        return {}
    began = time.time()
    answers.probe(recorder, policy, prompts, step)
    return {"probing_seconds": time.time() - began}


def _step(
    data: Examples,
    spec: RunSpec,
    loss_of: Loss,
    optimizer: torch.optim.Optimizer,
    world: Distributed,
    step: int,
    batches: Sequence[Batch],
) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """One step of the optimizer over the mean of its batches' losses; its figures, and each batch's log-ratios before it.

    There are none where the loss looks at no reference.
    """
    began, referred = time.time(), data.referring
    numbered = enumerate(batches, (step - 1) * len(batches) + 1)
    each = [_contrast(data, spec, loss_of, world, number, batch, len(batches)) for number, batch in numbered]
    lr = spec.lr * lr_multiplier(step - 1, spec.steps, spec.warmup, spec.schedule)
    norm = update(optimizer, lr, spec.clip, step)
    seconds = time.time() - began
    figures = {key: fmean(one[key] for one, _ in each) for key in each[0][0]}
    tokens = sum(one["tokens"] for one, _ in each)
    figures |= {"tokens": tokens, "tokens_per_second": tokens / seconds, "seconds": seconds}
    figures |= {"reference_seconds": data.referring - referred, "grad_norm": norm, "lr": lr}
    return figures, [ratios for _, ratios in each if ratios]


def _contrast(
    data: Examples, spec: RunSpec, loss_of: Loss, world: Distributed, number: int, batch: Batch, of: int
) -> tuple[dict[str, float], dict[str, Any]]:
    """Add one batch's gradient, as one `of` so many; return its figures, and its log-ratios by row if the loss sees any."""
    entry, weights, rows = spec.objective.entry, data.weights(batch, spec, number), [data.rows[row] for row in data.picked(batch)]
    reference = data.reference(rows, spec.micro_batch, world) if entry.reference else data.nothing(rows)
    kl = data.mismatch(rows, spec.micro_batch, world) if entry.mismatched else 0.0

    def aim(values: Tensor) -> Tensor:
        compared = loss_of(*data.sides(as_seen(spec, values, rows), batch), weights, kl)
        return (compared + nll_loss(spec, values + reference, rows)) / of

    loss, values = backward(data.policy, rows, reference, aim, spec.micro_batch, world)
    rewarded = values if entry.reference else as_seen(spec, values, rows)
    figures = {
        "loss": loss.item() * of,
        **rewards(*data.sides(rewarded, batch), spec.beta, data.paired),
        **spread(weights, data.paired),
        "tokens": sum(row.length for row in rows),
    }
    return figures, data.as_record(data.picked(batch), values) if entry.reference else {}


def _open_records(recorder: Recorder, spec: RunSpec, done: int, held_out: Examples | None, world: Distributed) -> None:
    """Curves begin, or go on after the step `done`: what was recorded later is taken again."""
    recorder.go_on(done, Records.METRICS, Records.EVALUATIONS, Records.LOGRATIOS, Records.SAMPLES)
    if held_out and done == 0:
        loss = held_out_loss(held_out, spec, untrained(held_out, spec, world), world)
        recorder.record(Records.EVALUATIONS, {"step": 0, "loss": loss, **UNTRAINED_FIGURES, "n": len(held_out.rows)})


def _words(step: int, spec: RunSpec, seconds: float, policy: Policy, world: Distributed) -> str:
    left = seconds * (spec.steps - step) / 60
    when = f", about {left:.0f} min of steps left" if left > 1 else ", under a minute of steps left"
    shared = "sharing one model" if world.sharded else "with a model each"
    many = f", {quantity(world.size, 'process', 'processes')} {shared}" if world.size > 1 else ""
    return f"step {step} of {spec.steps}{when if step < spec.steps else ''} · {describe(spec, policy.device)}{many}"


def _sample(rows: Any, spec: RunSpec) -> Any:
    return rows.shuffle(seed=spec.seed).select(range(min(spec.held_out, len(rows))))


def _sampled_answers(
    recorder: Recorder, policy: Policy, data: PreferenceSet, report: Progress, world: Distributed
) -> summary.WrittenAnswers:
    run = recorder.run
    prompts = data.held_out_prompts[: run.spec.samples]
    with policy.reference():
        progress = report.part(*BASELINE_PART, "baseline: ")
        baseline = answers.write_answers(policy, prompts, answers.baseline_file(run), recorder, progress, world)
    file, began = answers.candidate_file(run), time.time()
    fresh = len(set(prompts) - {record["prompt"] for record in read_lines(file, AnswerRecord)})
    candidate = answers.write_answers(policy, prompts, file, recorder, report.part(*ANSWERS_PART, "run: "), world)
    return summary.WrittenAnswers(baseline, candidate, fresh, time.time() - began)
