"""The stage before preferences: the adapter learns to write the chosen (or liked) answers, and becomes the reference.

As in arXiv 2402.10958's set-up. What it learns depends on a few fields of the spec and the data alone, so it is kept by these
and shared by all runs that ask for the same; a run's folder holds a copy, which makes it whole. The saved policy adapter
contains this stage: it opens alone. Not a general trainer of language models.
"""

import shutil
from collections.abc import Sequence
from itertools import islice

import torch

from rpo import storage, weights
from rpo.fields import Decides
from rpo.jobs import Progress, Stopped
from rpo.models.distributed import Distributed
from rpo.models.packing import Layout
from rpo.models.policy import Policy
from rpo.preferences import Kind, PreferenceSet
from rpo.runs.recorder import Recorder
from rpo.runs.run import SCORING_VERSION, Records
from rpo.settings import keyed
from rpo.spec import RunSpec
from rpo.tokens.types import Row
from rpo.training import checkpoint
from rpo.training.batches import paired_batches
from rpo.training.gradients import backward
from rpo.training.optim import lr_multiplier, update

RECIPE = "AdamW, no weight decay, warm-up of a tenth, linear decay to a tenth"  # what `_learn` does whatever the spec says
KEYED = ("model", "contrast_size", "contrasts", "quantised", "sft_steps", "sft_lr", "clip", "lora_rank", "lora_alpha")
KEYED += ("target_modules", "seed")  # the fields that every key names, in this order: adapters on disk are found by them


def learn_first(
    recorder: Recorder, policy: Policy, data: PreferenceSet, precision: str, report: Progress, world: Distributed
) -> None:
    """Let policy and reference be the model that has learned the chosen answers; the run's folder gets that adapter."""
    run = recorder.run
    spec, rows = run.spec, sft_rows(policy, data)
    kept = storage.folder("sft") / sft_key(spec, rows, precision, policy.layout)
    if world.agree(not (kept / "adapter_model.safetensors").exists()):  # another run may write it while they look
        _learn(recorder, spec, policy, rows, report, world)
        policy.save(kept, on_disk=world.first)
        recorder.leave(Records.SFT, kept)
    if world.first:
        storage.write_folder(run.folder / "reference", lambda place: shutil.copytree(kept, place, dirs_exist_ok=True))
    recorder.adopt(Records.SFT, kept)
    world.wait()
    policy.init_from_adapter(run.folder / "reference")


def sft_key(spec: RunSpec, rows: Sequence[Row], precision: str, layout: Layout) -> str:
    """A name for all that makes the stage's adapter: the base model, how it is held and scored, the recipe, the rows in tokens.

    The rows stand for the data, their kind, the lengths, the template and the tokenizer. Which fields of the
    spec count, their descriptions say (`Decides.STAGE`). What else changes a log-probability belongs here.
    """
    asked = [f"{name} {value}" for name, value in keyed(spec, Decides.STAGE, KEYED).items()]
    learned = (" ".join(map(str, ids)) for row in rows for ids in (row.prompt, *row.answers))
    return storage.digest(weights.fingerprint(spec.model), precision, f"{SCORING_VERSION} {layout}", RECIPE, *asked, more=learned)


def sft_rows(policy: Policy, data: PreferenceSet) -> list[Row]:
    """Each training prompt with its chosen answer, or with the answer that was liked."""
    rows = data.train
    if data.kind is Kind.PAIRED:
        return [policy.row(prompt, answer) for prompt, answer in zip(rows["prompt"], rows["chosen"], strict=True)]
    judged = zip(rows["prompt"], rows["answer"], rows["liked"], strict=True)
    return [policy.row(prompt, answer) for prompt, answer, liked in judged if liked]


def _learn(recorder: Recorder, spec: RunSpec, policy: Policy, rows: list[Row], report: Progress, world: Distributed) -> None:
    """Minimise the mean negative log-probability of an answer's token, with AdamW."""
    parameters, saves = policy.trainable(), recorder.run.folder / "sft-checkpoints"
    optimizer = torch.optim.AdamW(parameters.values(), lr=spec.sft_lr, weight_decay=0.0)
    done = checkpoint.load_checkpoint(saves, parameters, optimizer)
    recorder.go_on(done, Records.SFT)
    batches = paired_batches(len(rows), min(spec.contrast_size * spec.contrasts, len(rows)), spec.seed)
    for step, batch in zip(range(done + 1, spec.sft_steps + 1), islice(batches, done, None), strict=False):
        picked = [rows[row] for row in batch.chosen]
        tokens = sum(len(answer) for row in picked for answer in row.answers)
        nothing = torch.zeros(len(picked), device=policy.device)
        loss, _ = backward(policy, picked, nothing, lambda logprobs, n=tokens: -logprobs.sum() / n, spec.micro_batch, world)
        lr = spec.sft_lr * lr_multiplier(step - 1, spec.sft_steps, max(1, spec.sft_steps // 10))
        norm = update(optimizer, lr, spec.clip, step)
        recorder.record(Records.SFT, {"step": step, "loss": loss.item(), "grad_norm": norm, "lr": lr})
        if step % spec.save_every == 0 and step < spec.sft_steps:
            checkpoint.save_checkpoint(saves, step, parameters, optimizer, world)
        words = f"SFT step {step} of {spec.sft_steps}, {loss.item():.2f} nats a token"
        if world.asked_to_stop(report, step / spec.sft_steps, words):
            checkpoint.save_checkpoint(saves, step, parameters, optimizer, world)
            raise Stopped
    checkpoint.clear(saves)
