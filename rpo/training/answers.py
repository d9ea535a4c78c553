"""Answers of the baseline and of a run to held-out prompts: the raw material of the blind panel and of the rule's figures.

Written batch by batch to JSONL and continued where they stopped. The baseline's answers are shared by all runs of the same
model and lengths. Greedy decoding, so the same weights give the same answers. Not a judge: nothing here says which is better.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rpo import home, jobs, weights
from rpo.errors import RpoError
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, directness, load
from rpo.training.records import append_line, read_lines
from rpo.training.run import Run
from rpo.training.spec import RunSpec

if TYPE_CHECKING:
    from rpo.training.policy import Policy

BATCH = 20  # prompts written together
PANEL = 200  # prompts of a panel

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class AnswerPair:
    """What the baseline and the run wrote to one held-out prompt."""

    prompt: str
    baseline: str
    candidate: str
    slice: str = ""


def baseline_file(spec: RunSpec) -> Path:
    """Where the answers of the spec's untrained model are kept."""
    key = home.digest(weights.fingerprint(spec.model), str(spec.prompt_tokens), str(spec.new_tokens))
    return home.folder("answers") / f"baseline-{key}.jsonl"


def candidate_file(run: Run) -> Path:
    """Where a run's answers are kept."""
    return run.folder / "answers.jsonl"


def write(policy: "Policy", prompts: Sequence[str], path: Path, new_tokens: int, progress: Progress) -> dict[str, str]:
    """Answers to `prompts`, those already in `path` taken from there; short prompts are batched with short ones."""
    have = {record["prompt"]: record["answer"] for record in read_lines(path)}
    todo = sorted({prompt for prompt in prompts if prompt not in have}, key=len)
    for start in range(0, len(todo), BATCH):
        progress(start / len(todo), f"writing answers, {len(prompts) - len(todo) + start} of {len(prompts)}")
        batch = todo[start : start + BATCH]
        for prompt, answer in zip(batch, policy.write(batch, new_tokens), strict=True):
            append_line(path, {"prompt": prompt, "answer": answer})
            have[prompt] = answer
    return {prompt: have[prompt] for prompt in prompts}


def pairs(run: Run) -> tuple[AnswerPair, ...]:
    """All prompts that both the baseline and the run have answered, in the run's order."""
    before = {record["prompt"]: record["answer"] for record in read_lines(baseline_file(run.spec))}
    after = read_lines(candidate_file(run))
    return tuple(
        AnswerPair(record["prompt"], before[record["prompt"]], record["answer"]) for record in after if record["prompt"] in before
    )


def rule_score(spec: RunSpec, answers: dict[str, str]) -> float | None:
    """Mean directness (0 to 1) of the answers where the data is ours and the rule is documented for it, else None."""
    if spec.data not in (EMBEDDED, EMBEDDED_LOG) or not answers:
        return None
    return sum(directness(answer).score for answer in answers.values()) / len(answers)


def request(run: Run) -> Path:
    """Start writing the panel's answers in the background; returns the job's folder, at once when it is at work already."""
    if run.adapter is None:
        raise RpoError(f"a run needs a saved adapter before it can answer, {run.name} has none yet; wait until it is done")
    folder = answering(run)
    if not jobs.look(folder).active:
        jobs.start("rpo.training.answers", folder)
    return folder


def answering(run: Run) -> Path:
    """The folder of the run's answering job."""
    return home.folder("runs", run.name, "answering")


def _answer(run: Run, report: jobs.Report) -> None:
    from rpo.training.policy import open_policy

    spec = run.spec
    prompts = load(spec.data).held_out_prompts[:PANEL]
    policy = open_policy(spec, run.adapter)
    with policy.reference():
        write(policy, prompts, baseline_file(spec), spec.new_tokens, lambda part, text: report(part / 2, f"baseline: {text}"))
    write(policy, prompts, candidate_file(run), spec.new_tokens, lambda part, text: report(0.5 + part / 2, f"run: {text}"))


if __name__ == "__main__":
    job = Path(sys.argv[1])
    with jobs.work(job, queue="compute") as voice:
        _answer(Run(job.parent), voice)
