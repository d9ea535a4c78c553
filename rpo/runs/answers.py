"""Answers of the baseline and of a run to held-out prompts: the raw material of the blind panel and of the rule's figures.

Written batch by batch to JSONL and continued where they stopped. The baseline's answers are shared by all runs of the same
model, lengths and, where they are sampled, the same draw. Not a judge: nothing here says which is better.
"""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpo import jobs, storage
from rpo.errors import RpoError
from rpo.fields import Decides
from rpo.jsonl import read_lines
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, directness, load
from rpo.records import AnswerRecord
from rpo.runs import inputs
from rpo.runs.recorder import Recorder
from rpo.runs.run import Records, Run
from rpo.settings import keyed
from rpo.spec import RunSpec

if TYPE_CHECKING:
    from rpo.models.distributed import Distributed
    from rpo.models.policy import Policy

PANEL = 200  # prompts of a panel
GREEDY_FIELDS = (
    "prompt_tokens",
    "new_tokens",
)  # the fields whose values every key holds, in this order: by them answers are found
SAMPLED_FIELDS = (*GREEDY_FIELDS, "top_p", "seed")  # and where answers are sampled


@dataclass(frozen=True)
class AnswerPair:
    """What the baseline and the run wrote to one held-out prompt, and whether the limit of tokens cut it short.

    Answers of older versions do not know whether they were cut, and count as whole.
    """

    prompt: str
    baseline: str
    candidate: str
    slice: str = ""
    baseline_cut: bool = False
    candidate_cut: bool = False

    @property
    def row(self) -> dict[str, object]:
        """It as a row of which a panel's comparisons are made."""
        return asdict(self)

    def beside(self, other: "AnswerPair") -> "AnswerPair":
        """What another run wrote to this prompt in the baseline's place."""
        return replace(self, baseline=other.candidate, baseline_cut=other.candidate_cut)


def pairs_of_two(first: Run, second: Run) -> list[AnswerPair]:
    """What two runs wrote to the held-out prompts that both have answered, the first in the baseline's place."""
    wrote = {one.prompt: one for one in answer_pairs(first)}
    return [one.beside(wrote[one.prompt]) for one in answer_pairs(second) if one.prompt in wrote]


def baseline_file(run: Run) -> Path:
    """Where the answers of the run's reference are kept: the untrained model, or what its SFT stage made of it."""
    if run.example:  # weights may be missing here, and another run's own baseline must not be one of another machine
        return run.folder / Records.BASELINE
    spec = run.spec
    what, always = (Decides.ANSWERS | Decides.SAMPLED, SAMPLED_FIELDS) if spec.top_p else (Decides.ANSWERS, GREEDY_FIELDS)
    found = keyed(spec, what, always)
    how = [str(value) if name in always else f"{name} {value}" for name, value in found.items()]
    name = run.reference_name("4 bit" if spec.quantised else "")
    return storage.folder("answers") / f"baseline-{storage.digest(name, *how)}.jsonl"


def candidate_file(run: Run) -> Path:
    """Where a run's answers are kept."""
    return run.folder / Records.ANSWERS


def write_answers(
    policy: "Policy",
    prompts: Sequence[str],
    path: Path,
    recorder: Recorder,
    progress: jobs.Progress,
    world: "Distributed | None" = None,
) -> dict[str, str]:
    """Answers to `prompts`, those already in `path` taken from there; short prompts are batched with short ones."""
    spec = recorder.run.spec
    have = {record["prompt"]: record["answer"] for record in read_lines(path, AnswerRecord)}
    todo = sorted({prompt for prompt in prompts if prompt not in have}, key=len)
    if world is not None and world.sharded:
        world.wait()  # all processes write together, so all must have read before the first one adds to the file
    for start in range(0, len(todo), spec.answer_batch):
        progress(start / len(todo), f"writing answers, {len(prompts) - len(todo) + start} of {len(prompts)}")
        batch = todo[start : start + spec.answer_batch]
        for prompt, answer in zip(batch, policy.answers(batch, spec.new_tokens, spec.top_p, spec.seed), strict=True):
            recorder.add(path, {"prompt": prompt, "answer": answer.text, "cut": answer.cut})
            have[prompt] = answer.text
    return {prompt: have[prompt] for prompt in prompts}


def probe(recorder: Recorder, policy: "Policy", prompts: Sequence[str], step: int) -> None:
    """Add what the policy answers to a few fixed prompts after this step to the run's samples; 0 is before the first."""
    spec = recorder.run.spec
    for prompt, answer in zip(prompts, policy.answers(prompts, spec.new_tokens, spec.top_p, spec.seed), strict=True):
        recorder.record(Records.SAMPLES, {"step": step, "prompt": prompt, "answer": answer.text, "cut": answer.cut})


def answer_pairs(run: Run) -> tuple[AnswerPair, ...]:
    """All prompts that both the baseline and the run have answered, in the run's order."""
    before = {record["prompt"]: record for record in read_lines(baseline_file(run), AnswerRecord)}
    after = [record for record in read_lines(candidate_file(run), AnswerRecord) if record["prompt"] in before]
    if not after:
        return ()
    slices = _slices(run, [record["prompt"] for record in after])
    both = ((before[record["prompt"]], record, name) for record, name in zip(after, slices, strict=True))
    return tuple(AnswerPair(b["prompt"], b["answer"], a["answer"], name, _cut(b), _cut(a)) for b, a, name in both)


def _cut(record: dict[str, Any]) -> bool:
    return record.get("cut") is True


def _slices(run: Run, prompts: Sequence[str]) -> list[str]:
    """The prompts' slices; none is known once the run's data went away, and the answers are still there to be judged."""
    try:
        slice_of = load(run.spec.data).slice_of
    except RpoError:
        return ["" for _ in prompts]
    return [slice_of(prompt) for prompt in prompts]


def generations_table(run: Run) -> tuple[dict[str, str], ...]:
    """What was written to the run's first prompts over time, a row each: prompt, before, step N …, after; "" where nothing is."""
    before = {record["prompt"]: record["answer"] for record in read_lines(baseline_file(run), AnswerRecord)}
    after = {record["prompt"]: record["answer"] for record in read_lines(candidate_file(run), AnswerRecord)}
    along = run.samples
    prompts = dict.fromkeys([*(record["prompt"] for record in along), *after])
    steps = sorted({record["step"] for record in along})
    written = {(record["step"], record["prompt"]): record["answer"] for record in along}
    return tuple(
        {
            "prompt": prompt,
            "before": before.get(prompt, ""),
            **{f"step {step}": written.get((step, prompt), "") for step in steps},
            "after": after.get(prompt, ""),
        }
        for prompt in prompts
    )


def rule_score(spec: RunSpec, answers: dict[str, str]) -> float | None:
    """Mean directness (0 to 1) of the answers where the data is ours and the rule is documented for it, else None."""
    if spec.data not in (EMBEDDED, EMBEDDED_LOG) or not answers:
        return None
    return sum(directness(answer).score for answer in answers.values()) / len(answers)


def askable(run: Run) -> int | None:
    """How many held-out prompts `request` has answered: those there are, at most a panel's; None where the data went away."""
    try:
        return len(load(run.spec.data).held_out_prompts[:PANEL])
    except RpoError:
        return None


def request_answers(run: Run) -> Path:
    """Start writing the panel's answers in the background; returns the job's folder, at once when it is at work already."""
    run.needs_adapter("write answers")
    if run.adapter is None:
        raise RpoError(f"a run needs a saved adapter before it can answer, {run.name} has none yet; wait until it is done")
    folder = answering(run)
    if not jobs.look(folder).active:
        jobs.start("rpo.runs.answers", folder)
    return folder


def answered(run: Run) -> bool:
    """Whether it has written answers, which `pairs` reads."""
    return candidate_file(run).exists()


def answering(run: Run) -> Path:
    """The folder of the run's answering job, made when that starts."""
    return run.folder / "answering"


def _answer(run: Run, report: jobs.Report) -> None:
    run.needs_adapter("write answers")
    from rpo.models.load import open_policy

    spec, recorder = run.spec, Recorder(run)
    prompts = load(spec.data).held_out_prompts[:PANEL]
    policy = open_policy(spec, run.adapter)
    if run.opened is None:
        inputs.note_model(recorder, policy)
    if run.reference is not None:
        policy.set_reference(run.reference)
    with policy.reference():
        write_answers(policy, prompts, baseline_file(run), recorder, report.part(0.0, 0.5, "baseline: "))
    write_answers(policy, prompts, candidate_file(run), recorder, report.part(0.5, 1.0, "run: "))


if __name__ == "__main__":
    job = Path(sys.argv[1])
    with jobs.work(job, queue="compute") as voice:
        _answer(Run(job.parent), voice)
