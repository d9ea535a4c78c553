"""Does likeness matter? DPO, RPO and weights by two dials on Anthropic HH, compared at equal KL. Resumable: ended runs are kept.

    python tests/bench/study.py HOME HH.jsonl.gz [--seeds 3] [--steps 54] [--report-only]

HOME keeps the runs (an $RPO_HOME of its own); HH.jsonl.gz holds `chosen` and `rejected` transcripts. Pairs of at most 128
prompt and 64 answer tokens, split by prompt; every run is measured on the same held-out pairs, three times on its way. On a CPU
models are held in bf16, as on a GPU: that halves the hours. An arm is held against another where both stand equally far from
the reference: each pair's reward accuracy is interpolated between the evaluations around that KL. A test's unit is the held-out
pair, its value the mean over seeds of the difference; the interval and the smallest difference that 80 % of such studies would
find say what a null result is worth.
"""

import argparse
import gzip
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import combinations
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from rpo.courses import Course, difference

PROMPT_TOKENS, ANSWER_TOKENS, HELD_OUT = 128, 64, 0.4  # the last a share of the prompts
EVALUATIONS, M, OWN, NEAR = 3, 8, 0.5, 3
FILE, BETA = "hh-short.jsonl", 0.1


def pairs(source: Path) -> Iterator[dict[str, str]]:
    """The transcripts as prompt, chosen, rejected; held out by the prompt's own digest, so that no seed decides it."""
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        for line in lines:
            both = json.loads(line)
            (prompt, chosen), (other, rejected) = (both[side].rsplit("\n\nAssistant:", 1) for side in ("chosen", "rejected"))
            if prompt == other and chosen.strip() != rejected.strip() and chosen.strip() and rejected.strip():
                held = int(sha256(prompt.encode()).hexdigest()[:8], 16) / 16**8 < HELD_OUT
                start = f"{prompt}\n\nAssistant:"
                yield {"prompt": start, "chosen": chosen, "rejected": rejected, "split": "test" if held else "train"}


def write_data(source: Path) -> None:
    """The pairs that fit, as a file of the home's data folder; written once."""
    from transformers import AutoTokenizer

    from rpo import storage, weights

    path = storage.folder("data") / FILE
    if path.exists():
        return
    count = AutoTokenizer.from_pretrained(weights.locate(weights.MODEL))
    fit = [
        pair
        for pair in pairs(source)
        if len(count(pair["prompt"]).input_ids) <= PROMPT_TOKENS
        and max(len(count(pair[side]).input_ids) for side in ("chosen", "rejected")) <= ANSWER_TOKENS
    ]
    storage.write_with(path, lambda file: file.write("".join(json.dumps(pair) + "\n" for pair in fit).encode()))


def arms(steps: int) -> dict[str, object]:
    """The arms, each a spec with seed 0."""
    from rpo.fields import Control, Weighting
    from rpo.objectives import Objective
    from rpo.spec import RunSpec

    rpo = RunSpec(
        data=FILE, contrast_size=M, tau=0.5, lr=1e-3, steps=steps, warmup=5, evaluations=EVALUATIONS, held_out=100_000,
        samples=0, probes=0, prompt_tokens=PROMPT_TOKENS + 32, answer_tokens=ANSWER_TOKENS + 32, save_every=20,
    )  # fmt: skip
    dials = replace(rpo, weighting=Weighting.DIALS, own_share=OWN, likeness=NEAR)
    return {
        "DPO": rpo.with_objective(Objective.DPO),
        f"DPO, β · {OWN}": replace(rpo.with_objective(Objective.DPO), beta=rpo.beta * OWN),
        "RPO, τ 0.5": rpo,
        f"dials ({OWN}, {NEAR})": dials,
        f"dials ({OWN}, {NEAR}), others shuffled": replace(dials, control=Control.OTHERS),
        f"dials ({OWN}, all)": replace(dials, likeness=0),
    }


def run_all(specs: dict[str, object], seeds: int) -> None:
    """Each arm and seed once, seed by seed, so that what is there at any time is balanced."""
    from rpo import runs
    from rpo.jobs import Status

    for seed in range(seeds):
        for name, spec in specs.items():
            wanted = replace(spec, seed=seed)
            known = next((run for run in runs.all_runs() if not run.trouble and run.spec == wanted), None)
            if known is None:
                print(f"{name}, seed {seed}: starts", flush=True)
                known = runs.start(wanted)
            elif known.state.status in (Status.STOPPED, Status.FAILED, Status.LOST):
                print(f"{name}, seed {seed}: goes on", flush=True)
                runs.resume(known)
            known.wait(5)


def courses(specs: dict[str, object], seeds: int) -> dict[str, list[Course]]:
    """What has ended, by arm."""
    from rpo import runs
    from rpo.jobs import Status

    ended = [run for run in runs.all_runs() if not run.trouble and run.state.status is Status.DONE]
    wanted = {name: [replace(spec, seed=seed) for seed in range(seeds)] for name, spec in specs.items()}
    return {name: [Course.of(run) for spec in each for run in ended if run.spec == spec][:seeds] for name, each in wanted.items()}


def report(found: dict[str, list[Course]]) -> None:
    """The tables: each arm at its end, all points, and the arms held against each other at equal KL."""
    found = {name: each for name, each in found.items() if each}
    print("\nAt the end: mean over seeds (standard deviation)\n")
    print("| arm | seeds | accuracy | margin | mean size of β · own margin | KL a token |\n|---|---:|---:|---:|---:|---:|")
    for name, each in found.items():
        figures = [
            [one.won[-1].mean() for one in each],
            [BETA * one.distances[-1].mean() for one in each],
            [BETA * np.abs(one.distances[-1]).mean() for one in each],
            [one.reached for one in each],
        ]
        print(
            f"| {name} | {len(each)} | " + " | ".join(f"{np.mean(f):.3f} ({np.std(f, ddof=len(f) > 1):.3f})" for f in figures),
            "|",
        )
    print("\nEvery evaluation: KL a token / accuracy, mean over seeds\n")
    for name, each in found.items():
        points = [
            (np.mean([one.along[e] for one in each]), np.mean([one.won[e].mean() for one in each]))
            for e in range(len(each[0].kl))
        ]
        print(f"- {name}: " + ", ".join(f"{kl:.3f} / {won:.3f}" for kl, won in points))
    print("\nAt equal KL, accuracy and margin of the first less the second, 95 % interval, and what 80 % of such studies find\n")
    print("| first | second | KL | accuracy | found from | margin |\n|---|---|---:|---:|---:|---:|")
    for one, other in combinations(found, 2):
        print(_held_against(one, other, found[one], found[other]))


def _held_against(one: str, other: str, first: list[Course], second: list[Course]) -> str:
    """A line of the last table."""
    found = difference(first, second)
    words = f"{found.accuracy:+.3f} ({found.ends[0]:+.3f} to {found.ends[1]:+.3f}), p {found.p:.2f}"
    return f"| {one} | {other} | {found.kl:.3f} | {words} | ±{found.found_from:.3f} | {BETA * found.distance:+.3f} |"


def main() -> None:
    """Run what has not ended, then report."""
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("home", type=Path)
    ask.add_argument("source", type=Path)
    ask.add_argument("--seeds", type=int, default=3)
    ask.add_argument("--steps", type=int, default=54)
    ask.add_argument("--report-only", action="store_true")
    choice = ask.parse_args()
    os.environ |= {"RPO_HOME": str(choice.home), "RPO_CPU_PRECISION": "bf16"}
    write_data(choice.source)
    specs = arms(choice.steps)
    if not choice.report_only:
        run_all(specs, choice.seeds)
    report(courses(specs, choice.seeds))


if __name__ == "__main__":
    main()
