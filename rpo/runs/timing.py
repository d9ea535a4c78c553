"""How long a run will take: the estimate's arithmetic, corrected by what this machine's finished runs of the same model took.

Each finished run keeps the `work` it did and its seconds in `summary.json`. Where there is none, the trial of `machine` must do,
within a factor of about two. What comes out is a span, never one figure: a machine has other work, and the arithmetic has limits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import Any

from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.jobs import Status
from rpo.records import Summary, Work
from rpo.resources.hardware import Machine
from rpo.resources.memory import OPENING, Estimate, answering_seconds, speed, stepping
from rpo.resources.shapes import Lengths, ModelShape
from rpo.resources.span import TimeSpan
from rpo.runs.run import Run, all_runs
from rpo.spec import RunSpec

LATEST_RUNS = 5  # finished runs that are asked
ENOUGH = 3  # of them make up for the arithmetic's own doubt
TRIAL_SPAN = TimeSpan(0.7, 2.0)  # how far a run may lie from the arithmetic on a trial's speed
DOUBT = TimeSpan(1 / 1.2, 1.5)  # and from the fastest and the median of finished runs: the machine may be busier next time


@dataclass(frozen=True)
class StepTimes:
    """Multiples of the arithmetic's seconds that training and writing answers take, learned from so many finished `runs`."""

    training: TimeSpan = TRIAL_SPAN
    writing: TimeSpan = TRIAL_SPAN
    runs: int = 0
    busy: bool = False

    @classmethod
    def tried(cls, machine: Machine) -> "StepTimes":
        """From the trial alone: where more processes than cores are at work, a run gets its share of the cores."""
        crowd = max(1.0, machine.load)
        found = TimeSpan(TRIAL_SPAN.least, TRIAL_SPAN.most * crowd)
        return cls(found, found, busy=crowd > 1)

    @property
    def words(self) -> str:
        """Where it comes from."""
        if not self.runs:
            return "the time is from a trial of this machine" + ", which is busy now" * self.busy
        last = f"last {quantity(self.runs, 'run')}" if self.runs > 1 else "last run"
        return f"the time is from the {last} of this model here"

    def of(self, estimate: Estimate) -> TimeSpan:
        """Seconds of a run from its start to its summary."""
        return OPENING + estimate.training * self.training + estimate.writing * self.writing


def step_times(spec: RunSpec, shape: ModelShape, machine: Machine, device: str, processes: int = 1) -> StepTimes:
    """What finished runs of this model on this device with as many processes say, or the trial's own doubt."""
    found = list(islice(_alike(spec, device, processes), LATEST_RUNS))
    if not found:
        return StepTimes.tried(machine)
    stepped = [work["stepping"] * speed(of, machine, processes) / work["operations"] for of, work in found if work["operations"]]
    wrote = [work["answering"] / answering_seconds(of, shape, machine, work["answers"]) for of, work in found if work["answers"]]
    return StepTimes(_learned(stepped), _learned(wrote), len(found))


def operations(
    spec: RunSpec, shape: ModelShape, lengths: Lengths, metrics: Sequence[dict[str, Any]], processes: int
) -> dict[str, float]:
    """What a run's steps did, for whoever asks `pace`; the first, which wakes the machine, counts only if it is alone."""
    steps = [step for step in metrics[1:] or metrics if "reference_seconds" in step]
    taken = sum(step["seconds"] - step["reference_seconds"] for step in steps)
    return {"operations": len(steps) * stepping(spec, shape, lengths, processes), "stepping": taken}


def estimated(run: Run) -> TimeSpan | None:
    """How long a finished run was estimated to take before it started, if anybody did."""
    found = (run.summary or {}).get("estimated")
    return TimeSpan(found["least"], found["most"]) if found else None


def _alike(spec: RunSpec, device: str, processes: int) -> Iterator[tuple[RunSpec, Work]]:
    """Specs and work of the runs done here that can be compared, the newest first; edited and older ones do not say."""
    for run in all_runs():
        if run.spec.model != spec.model or run.spec.checkpointing != spec.checkpointing or run.state.status is not Status.DONE:
            continue
        summary = _summary(run)
        launched_alike = run.launch["processes"] == processes and not run.launch.get("ray")
        if launched_alike and summary and summary["device"] == device and "work" in summary:
            yield run.spec, summary["work"]


def _summary(run: Run) -> Summary | None:
    """Its summary, None where it has none or one that cannot be read: Watch says so, and other runs can be asked."""
    try:
        return run.summary
    except RpoError:
        return None


def _learned(factors: Sequence[float]) -> TimeSpan:
    if not factors:
        return TRIAL_SPAN
    found = TimeSpan(min(factors) * DOUBT.least, median(factors) * DOUBT.most)
    return found if len(factors) >= ENOUGH else TimeSpan(min(found.least, TRIAL_SPAN.least), found.most)
