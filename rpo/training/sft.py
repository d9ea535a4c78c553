"""The stage before preferences: the adapter learns to write the chosen (or liked) answers, and becomes the reference.

As in arXiv 2402.10958's set-up. What it learns depends on a few fields of the spec and the data alone, so it is kept by these
and shared by all runs that ask for the same; a run's folder holds a copy, which makes it whole. The saved policy adapter
contains this stage: it opens alone. Not a general trainer of language models.
"""

import shutil
from itertools import islice

import torch

from rpo import home, weights
from rpo.jobs import Stopped
from rpo.preferences import Kind, PreferenceSet
from rpo.training import checkpoint
from rpo.training.batches import paired_batches
from rpo.training.gradients import backward
from rpo.training.optimizing import pace, update
from rpo.training.packing import Row
from rpo.training.parallel import Report, World
from rpo.training.policy import Policy
from rpo.training.records import append_line, keep_lines
from rpo.training.run import Run
from rpo.training.spec import RunSpec

FIELDS = (
    "sft_steps",
    "sft_lr",
    "contrast_size",
    "contrasts",
    "lora_rank",
    "lora_alpha",
    "target_modules",
    "prompt_tokens",
    "answer_tokens",
    "seed",
)


def learn_first(run: Run, policy: Policy, data: PreferenceSet, precision: str, report: Report, world: World) -> None:
    """Let policy and reference be the model that has learned the chosen answers; the run's folder gets that adapter."""
    spec = run.spec
    asked = [str(getattr(spec, name)) for name in FIELDS]
    key = home.digest(weights.fingerprint(spec.model), precision, *asked, more=data.train["id"])
    kept = home.folder("sft") / key
    if world.agree(not (kept / "adapter_model.safetensors").exists()):  # another run may write it while they look
        _learn(run, spec, policy, rows_of(policy, data), report, world)
        policy.save(kept, on_disk=world.first)
        if world.first:
            shutil.copy(run.folder / "sft.jsonl", kept)
    if world.first:
        home.write_folder(run.folder / "reference", lambda place: shutil.copytree(kept, place, dirs_exist_ok=True))
        shutil.copy(kept / "sft.jsonl", run.folder)
    world.wait()
    policy.begin_at(run.folder / "reference")


def rows_of(policy: Policy, data: PreferenceSet) -> list[Row]:
    """Each training prompt with its chosen answer, or with the answer that was liked."""
    rows = data.train
    if data.kind is Kind.PAIRED:
        return [policy.row(prompt, answer) for prompt, answer in zip(rows["prompt"], rows["chosen"], strict=True)]
    judged = zip(rows["prompt"], rows["answer"], rows["liked"], strict=True)
    return [policy.row(prompt, answer) for prompt, answer, liked in judged if liked]


def _learn(run: Run, spec: RunSpec, policy: Policy, rows: list[Row], report: Report, world: World) -> None:
    """Minimise the mean negative log-probability of an answer's token, with AdamW."""
    parameters, saves = policy.trainable(), run.folder / "sft-checkpoints"
    optimizer = torch.optim.AdamW(parameters.values(), lr=spec.sft_lr, weight_decay=0.0)
    done = checkpoint.load(saves, parameters, optimizer)
    if world.first:
        keep_lines(run.folder / "sft.jsonl", lambda record: record["step"] <= done)
    batches = paired_batches(len(rows), min(spec.contrast_size * spec.contrasts, len(rows)), spec.seed)
    for step, batch in zip(range(done + 1, spec.sft_steps + 1), islice(batches, done, None), strict=False):
        picked = [rows[row] for row in batch.chosen]
        tokens = sum(len(answer) for row in picked for answer in row.answers)
        nothing = torch.zeros(len(picked), device=policy.device)
        loss, _ = backward(policy, picked, nothing, lambda logprobs, n=tokens: -logprobs.sum() / n, spec.micro_batch, world)
        lr = spec.sft_lr * pace(step - 1, spec.sft_steps, max(1, spec.sft_steps // 10))
        norm = update(optimizer, lr, spec.clip, step)
        if world.first:
            append_line(run.folder / "sft.jsonl", {"step": step, "loss": loss.item(), "grad_norm": norm, "lr": lr})
        if step % spec.save_every == 0 and step < spec.sft_steps:
            checkpoint.save(saves, step, parameters, optimizer, world)
        words = f"SFT step {step} of {spec.sft_steps}, {loss.item():.2f} nats a token"
        if world.asked_to_stop(report, step / spec.sft_steps, words):
            checkpoint.save(saves, step, parameters, optimizer, world)
            raise Stopped
    checkpoint.clear(saves)
