"""What a run leaves behind in its summary: held-out figures before and after, and how long it took.

Not the curves: each step's figures are among its metrics (`rpo.training.trainer`).
"""

from dataclasses import dataclass, replace
from typing import Any

from rpo import storage
from rpo.models.device import describe
from rpo.models.distributed import Distributed
from rpo.records import EstimatedTime
from rpo.resources.shapes import Lengths, shape
from rpo.runs import answers, timing
from rpo.runs.recorder import Recorder
from rpo.runs.run import File
from rpo.training.clock import Clock
from rpo.training.dataset import Examples


@dataclass(frozen=True)
class WrittenAnswers:
    """Answers of reference and policy to held-out prompts; so many of the policy's are `fresh`, written in `seconds`."""

    before: dict[str, str]
    after: dict[str, str]
    fresh: int
    seconds: float


def write_summary(
    recorder: Recorder, data: Examples, measured: bool, written: WrittenAnswers, clock: Clock, world: Distributed
) -> None:
    """Write the summary of a run that has ended; `measured` says whether there were held-out rows."""
    run = recorder.run
    spec, metrics, evaluations = run.spec, run.metrics, run.evaluations
    lengths = replace(Lengths.of(data.rows), packed=data.policy.layout.packed or not data.paired).laid_out
    steps = timing.operations(spec, shape(spec.model), lengths, metrics, world.size)
    summary: dict[str, Any] = {
        "device": describe(spec, data.policy.device),
        "seed": spec.seed,
        "seconds": {str(phase): seconds for phase, seconds in clock.spent.items()},
        "tokens": sum(map(_tokens, metrics)),
        "work": {**steps, "answers": written.fresh, "answering": written.seconds},
    }
    if estimate := storage.read_json(run.folder / File.ESTIMATE, EstimatedTime, missing=None):
        summary["estimated"] = estimate
    for when, moment, texts in (("before", 0, written.before), ("after", -1, written.after)):
        figures = evaluations[moment] if measured and evaluations else {}
        summary[when] = {**figures, "rule": answers.rule_score(spec, texts), "answers": len(texts)}
    recorder.write(File.SUMMARY, summary)


def _tokens(step: dict[str, Any]) -> int:
    """Tokens of a step, which an older version recorded as a rate only."""
    return step.get("tokens") or round((step.get("tokens_per_second") or 0.0) * (step.get("seconds") or 0.0))
