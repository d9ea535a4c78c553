"""How long one training step takes, ours against TRL's DPOTrainer: same model, adapter, pairs, lengths, precision.

    pip install -e ".[bench]" && python tests/bench/bench_training.py --data FILE --rounds 3

Every engine runs in a process of its own, the engines in turn, so that a noisy machine is noisy to all. Seconds are CPU seconds
of the whole process between two steps. Losses of the DPO engines must agree to four digits, or the comparison is void.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from statistics import median

import torch

from rpo.preferences import EMBEDDED, load
from rpo.training.gradients import backward
from rpo.training.objectives import objective
from rpo.training.opening import open_policy
from rpo.training.spec import Objective, RunSpec

LENGTH, LR, CLIP = 256, 1e-4, 10.0
ENGINES = ("trl", "trl, reference precomputed", "ours, DPO", "ours, RPO")


def pairs_of(source, count, policy):
    """The first pairs of the data that are long, and fit the length without a cut."""
    found = []
    for example in load(source).train:
        row = policy.row(example["prompt"], example["chosen"], example["rejected"])
        longest = len(row.prompt) + max(map(len, row.answers))
        if LENGTH // 2 <= longest <= LENGTH or source == EMBEDDED:
            found.append((example, row))
        if len(found) == count:
            return found
    raise SystemExit(f"{source} has only {len(found)} pairs of {LENGTH // 2} to {LENGTH} tokens, {count} are needed")


def ours(name, policy, pairs, steps):
    """Losses and CPU seconds of our steps; the reference is known, as after a run's first epoch."""
    spec = RunSpec(objective=Objective.DPO if name.endswith("DPO") else Objective.RPO_PAIRED)
    rows, loss_of = [row for _, row in pairs], objective(spec)
    weights = torch.rand(len(rows), len(rows), generator=torch.Generator().manual_seed(0)).softmax(1)
    parameters = [p for p in policy.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=LR, weight_decay=0.0)
    with torch.no_grad(), policy.reference():
        reference = policy.logprobs(rows)
    losses, times = [], []
    for _ in range(steps):
        began = time.process_time()
        loss, _ = backward(policy, rows, reference, lambda x: loss_of(x[0::2], x[1::2], weights, 0.0), len(rows))
        torch.nn.utils.clip_grad_norm_(parameters, CLIP)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        times.append(time.process_time() - began)
    return losses, times


def trl(name, policy, pairs, steps):
    """Losses and CPU seconds of TRL's steps on the same adapter."""
    from datasets import Dataset
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

    tokenizer, clock = policy.tokenizer, Clock()
    data = [
        {"prompt": tokenizer.decode(row.prompt), **{side: tokenizer.decode(ids[:-1]) for side, ids in sides(row)}}
        for _, row in pairs
    ]
    with tempfile.TemporaryDirectory() as folder:
        config = DPOConfig(
            output_dir=folder,
            per_device_train_batch_size=len(pairs),
            max_steps=steps,
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
        trainer = DPOTrainer(
            model=policy.model, args=config, train_dataset=Dataset.from_list(data), processing_class=tokenizer, callbacks=[clock]
        )
        trainer.train()
    return clock.losses, clock.times


def sides(row):
    return zip(("chosen", "rejected"), row.answers, strict=True)


def one(name, source, count, steps):
    """Run one engine here; print one JSON line."""
    policy = open_policy(RunSpec(prompt_tokens=LENGTH, answer_tokens=LENGTH))
    pairs = pairs_of(source, count, policy)
    losses, times = (ours if name.startswith("ours") else trl)(name, policy, pairs, steps)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    tokens = sum(len(row.prompt) * 2 + sum(map(len, row.answers)) for _, row in pairs)
    print(json.dumps({"losses": losses, "seconds": times[1:], "gib": memory, "tokens": tokens}))


def main():
    """Run all engines in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=EMBEDDED, help="a file of pairs (default: the embedded set)")
    parser.add_argument("--pairs", type=int, default=4)
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
            done = subprocess.run([sys.executable, __file__, *sys.argv[1:], "--engine", name], stdout=subprocess.PIPE, check=True)
            found[name].append(json.loads(done.stdout.decode().splitlines()[-1]))
    report(found, choice)


def report(found, choice):
    """The table, and whether the losses agree."""
    seconds = {name: [value for run in runs for value in run["seconds"]] for name, runs in found.items()}
    base = median(seconds["trl"])
    tokens = found["trl"][0]["tokens"]
    print(f"{choice.pairs} pairs of {choice.data} ({tokens} tokens without sharing), {torch.get_num_threads()} threads, fp32")
    print(f"{'':<28}{'CPU s a step':>14}{'spread':>16}{'against TRL':>13}{'peak GiB':>10}")
    for name, values in seconds.items():
        spread = f"{min(values):.1f} to {max(values):.1f}"
        gib = max(run["gib"] for run in found[name])
        print(f"{name:<28}{median(values):>14.1f}{spread:>16}{base / median(values):>12.2f}x{gib:>10.1f}")
    dpo = [[f"{loss:.4f}" for loss in found[name][0]["losses"]] for name in ENGINES[:3]]
    print("losses", dpo[0], "agree to 4 digits" if dpo[0] == dpo[1] == dpo[2] else f"DIFFER: {dpo[1]} {dpo[2]}")


if __name__ == "__main__":
    main()
