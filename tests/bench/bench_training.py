"""How long one training step takes, ours against TRL's DPOTrainer: same model, adapter, pairs, lengths, precision.

    pip install -e ".[bench]" && python tests/bench/bench_training.py --data FILE --rounds 3

Pairs are a seeded sample of those that fit the length without a cut; each step meets other ones, in the same order everywhere.
Every engine runs in a process of its own, the engines in turn, so that a noisy machine is noisy to all: ours as `rpo.jobs` starts
them, TRL as its users do. Seconds are CPU seconds of the process between two steps. Losses of the DPO engines must agree to four
digits, or the comparison is void.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from statistics import median

import torch

from rpo.jobs import QUIET_LIBRARIES
from rpo.models.load import open_policy
from rpo.preferences import EMBEDDED, load
from rpo.spec import Objective, RunSpec
from rpo.training.gradients import backward
from rpo.training.seen import objective

LENGTH, LR, CLIP, SEED = 256, 1e-4, 10.0, 0
ENGINES = ("trl", "trl, reference precomputed", "ours, DPO", "ours, RPO", "ours, DPO, reference not yet known")


def pairs_of(source, count, policy):
    """A seeded sample of the data's training pairs that fit the length."""
    found, rows = [], list(load(source).train)
    random.Random(SEED).shuffle(rows)
    for example in rows:
        row = policy.row(example["prompt"], example["chosen"], example["rejected"])
        whole = max(map(len, row.answers)) < LENGTH and len(row.prompt) < LENGTH  # neither was cut
        if whole and len(row.prompt) + max(map(len, row.answers)) <= LENGTH:
            found.append((example, row))
        if len(found) == count:
            return found
    raise SystemExit(f"{source} has only {len(found)} pairs of at most {LENGTH} tokens, {count} are needed")


def ours(name, policy, batches):
    """Losses and CPU seconds of our steps; the reference is known unless it is said otherwise."""
    spec = RunSpec(objective=Objective.RPO_PAIRED if name.endswith("RPO") else Objective.DPO)
    loss_of, size = objective(spec), len(batches[0])
    weights = torch.rand(size, size, generator=torch.Generator().manual_seed(0)).softmax(1)
    parameters = list(policy.trainable().values())
    optimizer = torch.optim.AdamW(parameters, lr=LR, weight_decay=0.0)
    known = [None if "not yet" in name else reference_of(policy, rows) for rows in batches]
    losses, times = [], []
    for rows, reference in zip(batches, known, strict=True):
        began = time.process_time()
        reference = reference_of(policy, rows) if reference is None else reference
        loss, _ = backward(policy, rows, reference, lambda x: loss_of(x[0::2], x[1::2], weights, 0.0), size)
        torch.nn.utils.clip_grad_norm_(parameters, CLIP)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        times.append(time.process_time() - began)
    return losses, times


def reference_of(policy, rows):
    """Reference log-probabilities of the rows' answers."""
    with torch.no_grad(), policy.reference():
        return policy.logprobs(rows)


def trl(name, policy, pairs, size):
    """Losses and CPU seconds of TRL's steps on the same adapter, in the same order."""
    from datasets import Dataset
    from torch.utils.data import SequentialSampler
    from transformers import TrainerCallback
    from trl import DPOConfig, DPOTrainer

    class Clock(TrainerCallback):
        """CPU time at each step's ends, and the losses logged."""

        def __init__(self):
            self.times, self.losses, self.began = [], [], 0.0

        def on_step_begin(self, *_args, **_kwargs):
            self.began = time.process_time()

        def on_step_end(self, *_args, **_kwargs):
            self.times.append(time.process_time() - self.began)

        def on_log(self, _args, _state, _control, logs=None, **_kwargs):
            if logs and "loss" in logs:
                self.losses.append(float(logs["loss"]))

    class InOrder(DPOTrainer):
        """TRL's trainer, batches in the order of the data."""

        def _get_train_sampler(self, dataset=None):
            return SequentialSampler(dataset if dataset is not None else self.train_dataset)

    tokenizer, clock = policy.tokenizer, Clock()
    data = [
        {"prompt": tokenizer.decode(row.prompt), **{side: tokenizer.decode(ids[:-1]) for side, ids in sides(row)}}
        for _, row in pairs
    ]
    with tempfile.TemporaryDirectory() as folder:
        config = DPOConfig(
            output_dir=folder,
            per_device_train_batch_size=size,
            num_train_epochs=1,
            learning_rate=LR,
            lr_scheduler_type="constant",
            max_grad_norm=CLIP,
            weight_decay=0.0,
            max_length=LENGTH,
            beta=0.1,
            gradient_checkpointing=False,
            bf16=False,
            use_cpu=not torch.cuda.is_available(),
            precompute_ref_log_probs="precomputed" in name,
            logging_steps=1,
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
            seed=0,
        )
        policy.model.train()
        trainer = InOrder(
            model=policy.model, args=config, train_dataset=Dataset.from_list(data), processing_class=tokenizer, callbacks=[clock]
        )
        trainer.train()
    return clock.losses, clock.times


def sides(row):
    return zip(("chosen", "rejected"), row.answers, strict=True)


def one(name, source, count, steps):
    """Run one engine here; print one JSON line."""
    policy = open_policy(RunSpec(prompt_tokens=LENGTH, answer_tokens=LENGTH))
    pairs = pairs_of(source, count * steps, policy)
    batches = [[row for _, row in pairs[start : start + count]] for start in range(0, len(pairs), count)]
    losses, times = ours(name, policy, batches) if name.startswith("ours") else trl(name, policy, pairs, count)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    tokens = sum(len(row.prompt) * 2 + sum(map(len, row.answers)) for _, row in pairs[count:])
    print(json.dumps({"losses": losses, "seconds": times[1:], "gib": memory, "tokens": tokens}))


def main():
    """Run all engines in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=EMBEDDED, help="a file of pairs (default: the embedded set)")
    parser.add_argument("--pairs", type=int, default=8, help="a batch (8 is TRL's default)")
    parser.add_argument("--steps", type=int, default=4, help="the first of them warms up and is not counted")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    choice = parser.parse_args()
    if choice.engine:
        one(choice.engine, choice.data, choice.pairs, choice.steps)
        return
    found = {name: [] for name in ENGINES}
    for _ in range(choice.rounds):
        for name in ENGINES:
            command = [sys.executable, __file__, *sys.argv[1:], "--engine", name]
            place = {**os.environ, **(QUIET_LIBRARIES if name.startswith("ours") else {})}
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=place)
            found[name].append(json.loads(done.stdout.decode().splitlines()[-1]))
    report(found, choice)


def report(found, choice):
    """The table, and whether the losses agree. Means are over the same steps, so that long batches weigh for all alike."""
    totals = {name: [sum(run["seconds"]) / (choice.steps - 1) for run in runs] for name, runs in found.items()}
    base, known = (median(totals[name]) for name in ENGINES[:2])
    tokens = found["trl"][0]["tokens"] / (choice.steps - 1)
    print(f"{choice.rounds} rounds of {choice.steps - 1} steps of {choice.pairs} pairs ({tokens:.0f} tokens a step, seed {SEED})")
    print(f"{torch.get_num_threads()} threads, fp32, LoRA 8, at most {LENGTH} tokens; data: {choice.data}")
    print(f"{'':<38}{'CPU s a step':>14}{'spread':>16}{'TRL':>8}{'TRL, pre':>10}{'peak GiB':>10}")
    for name, values in totals.items():
        spread, middle = f"{min(values):.1f} to {max(values):.1f}", median(values)
        gib = max(run["gib"] for run in found[name])
        print(f"{name:<38}{middle:>14.1f}{spread:>16}{base / middle:>7.2f}x{known / middle:>9.2f}x{gib:>10.1f}")
    dpo = [[f"{loss:.4f}" for loss in found[name][0]["losses"]] for name in (*ENGINES[:3], ENGINES[4])]
    same = all(losses == dpo[0] for losses in dpo)
    print("losses", dpo[0], "agree to 4 digits" if same else f"DIFFER: {dpo[1:]}")


if __name__ == "__main__":
    main()
