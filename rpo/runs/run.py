"""A run, as recorded in its folder: spec, state, curves, log, adapter, answers. The folder is the truth, this is a view.

Not the process that trains (`rpo.training.trainer`) and not the one that starts it (`rpo.runs.launch`).
"""

import time
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rpo import jobs, storage, weights
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.jsonl import read_lines
from rpo.records import (
    CurveRecord,
    EvaluationRecord,
    Label,
    Launch,
    LogratiosRecord,
    Opened,
    SampleRecord,
    SftRecord,
    Submission,
    Summary,
    TrackerNote,
)
from rpo.runs.backends.backend import place_of
from rpo.spec import RunSpec
from rpo.tokens.cuts import Cuts, recorded_cuts

HOW = ("layout", "writing", "tokens", "numbers")
SCORING_VERSION = 2  # version of what kept log-probabilities and answers mean: those of another version are not read again


class Records(StrEnum):
    """Kinds of records, a line each in a file of this name in the run's folder."""

    METRICS = "metrics.jsonl"
    EVALUATIONS = "evaluations.jsonl"
    LOGRATIOS = "logratios.jsonl"
    SAMPLES = "samples.jsonl"
    SFT = "sft.jsonl"
    ANSWERS = "answers.jsonl"
    BASELINE = "baseline.jsonl"  # in an example alone: all other runs of a model share its baseline's answers


class File(StrEnum):
    """The other files of a run's folder, besides those of its job (`rpo.jobs`) and of its texts' cuts (`rpo.tokens.cuts`)."""

    SPEC = "spec.json"
    LABEL = "label.json"
    LAUNCH = "launch.json"
    ESTIMATE = "estimate.json"
    INPUTS = "inputs.json"
    OPENED = "opened.json"
    SECONDS = "seconds.json"
    TRACKER = "tracker.json"
    SUMMARY = "summary.json"
    RAY = "ray.json"
    PROGRESS = "progress.json"


@dataclass(frozen=True)
class Run(jobs.Job):
    """One run folder under `home()/runs`; asked to stop it ends after the current step, and its adapter so far is kept."""

    @property
    def title(self) -> str:
        """What it is, for people: the name they gave it, or objective, tau and M where they matter, steps, day and time."""
        if self.trouble:
            return f"{self.name} (cannot be read)"
        return self.label.get("name") or self.described

    @property
    def described(self) -> str:
        """What it is by its settings and its start, whatever people call it."""
        spec, moment = self.spec, self.name[:15]
        contrast = f", {spec.weights_in_words}" if spec.objective.contrasts else ""
        steps = quantity(spec.steps, "step")
        words = f"{spec.objective}{contrast}, {steps}"
        return f"Example: {words}" if self.example else f"{words} · {moment[6:8]}.{moment[4:6]}. {moment[9:11]}:{moment[11:13]}"

    @property
    def trouble(self) -> str:
        """Why its spec, state or name cannot be read, in words; "" if they can."""
        try:
            _ = self.spec, self.state, self.label
        except RpoError as error:
            return str(error)
        return ""

    @property
    def spec(self) -> RunSpec:
        """What was asked for; a folder edited by hand is refused in words."""
        path = self.folder / File.SPEC
        raw = storage.read_json(path)
        try:
            return RunSpec.from_dict(raw)
        except RpoError as error:
            raise RpoError(f"{path}: {error}") from error

    @property
    def reached(self) -> str:
        """How far its steps came, in words without a time: what is true of a run that rests."""
        step = max((record["step"] for record in self.metrics), default=0)
        return f"step {step} of {self.spec.steps}" if step else "before the first step"

    @property
    def label(self) -> Label:
        """Its name and the note on it, where people gave it any."""
        return storage.read_json(self.folder / File.LABEL, Label, missing=Label())

    @property
    def launch(self) -> Launch:
        """How it was started."""
        return storage.read_json(self.folder / File.LAUNCH, Launch, missing=Launch(processes=1))

    @property
    def example(self) -> bool:
        """Whether it came with the package: trained elsewhere, without its adapter. An edited `launch.json` makes no example."""
        try:
            return self.launch.get("example", False)
        except RpoError:
            return False

    def needs_adapter(self, act: str) -> None:
        """Refuse an example what takes the adapter or the checkpoints, which it comes without; `act` is what was to be done."""
        if self.example:
            raise RpoError(
                f"a run must have its adapter or checkpoints here to {act}, {self.name} is an example and comes without them; "
                "start the preset First run on Train to get one, 4 to 7 minutes on 2 CPU cores"
            )

    @property
    def untracked(self) -> str:
        """Why its tracker does not show all of this run, in a sentence; "" where it does, or none was asked for."""
        note = storage.read_json(self.folder / File.TRACKER, TrackerNote, missing=None)
        return f"{note['tracker']} lacks records of this run, its folder has them all: {note['trouble']}" if note else ""

    @property
    def submitted(self) -> Submission | None:
        """Its job on a Ray cluster, if it has one."""
        return storage.read_json(self.folder / File.RAY, Submission, missing=None)

    @property
    def where(self) -> str:
        """Where it runs or ran, in words: the place, how many processes, the cluster's name for the job."""
        if self.example:
            return "another machine"
        launch, job = self.launch, self.submitted
        many = quantity(launch["processes"], "process", "processes") if launch["processes"] > 1 else ""
        return ", ".join(filter(None, [place_of(launch).name, many, job and f"job {job['submission']}"]))

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """One record a training step, all kept."""
        return read_lines(self.folder / Records.METRICS, CurveRecord)

    @property
    def evaluations(self) -> list[dict[str, Any]]:
        """Held-out figures, one record each time they were taken."""
        return read_lines(self.folder / Records.EVALUATIONS, EvaluationRecord)

    def logratios(self, split: str = "held-out") -> dict[str, tuple[float, ...]]:
        """The latest log-ratios, in nats, of each preference of a split, by its id: chosen and rejected, or a judged answer's.

        Held-out ones ("held-out") are those of the last evaluation, all of one policy; a training row's ("train") were taken
        when a batch held it, just before that step. A run made by an older version has none.
        """
        known: dict[str, tuple[float, ...]] = {}
        for ratios in self.ratios_by_step(split).values():
            known |= ratios
        return known

    def ratios_by_step(self, split: str = "held-out") -> dict[int, dict[str, tuple[float, ...]]]:
        """The log-ratios, as in `logratios`, of each step at which a split's were taken: all held-out rows, or a batch."""
        known: dict[int, dict[str, tuple[float, ...]]] = {}
        path = self.folder / Records.LOGRATIOS
        for number, record in enumerate(read_lines(path, LogratiosRecord), 1):
            if len(record["ids"]) != len(record["ratios"]) or not all(1 <= len(ratios) <= 2 for ratios in record["ratios"]):
                raise RpoError(f"{path}, line {number}, must give each id its one or two ratios; remove that line")
            if record["split"] == split:
                taken = {name: tuple(ratios) for name, ratios in zip(record["ids"], record["ratios"], strict=True)}
                known[record["step"]] = known.get(record["step"], {}) | taken
        return known

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits whose log-ratios it keeps; those of rows it trains on are not known where it trains without a reference."""
        return ("held-out", "train") if self.spec.objective.entry.reference else ("held-out",)

    @property
    def summary(self) -> Summary | None:
        """Before and after, once the run has ended."""
        return storage.read_json(self.folder / File.SUMMARY, Summary, missing=None)

    @property
    def adapter(self) -> Path | None:
        """The saved adapter's folder, once there is one."""
        path = self.folder / "adapter"
        return path if (path / "adapter_model.safetensors").exists() else None

    @property
    def best_step(self) -> int | None:
        """The step after which the held-out loss was lowest, the first of several; None before anything was measured."""
        losses = {record["step"]: record.get("loss") for record in self.evaluations if record["step"]}
        losses = {step: loss for step, loss in losses.items() if loss is not None}  # NaN is written as null
        return min(losses, key=lambda step: (losses[step], step), default=None)

    @property
    def best(self) -> int | None:
        """The same step where its adapter is kept beside the last one; None where the last one is the best."""
        step = self.best_step
        kept = step is not None and (best_folder(self.folder, step) / "adapter_model.safetensors").exists()
        return step if kept else None

    @property
    def reference(self) -> Path | None:
        """The adapter that an SFT stage left, if there was one: with it the model is the run's reference."""
        path = self.folder / "reference"
        return path if (path / "adapter_model.safetensors").exists() else None

    @property
    def sft(self) -> list[dict[str, Any]]:
        """One record a step of the SFT stage."""
        return read_lines(self.folder / Records.SFT, SftRecord)

    @property
    def samples(self) -> list[dict[str, Any]]:
        """Answers to fixed prompts, written along the way."""
        return read_lines(self.folder / Records.SAMPLES, SampleRecord)

    @property
    def opened(self) -> Opened | None:
        """How its process opened the model: `layout` of rows, way of `writing`, rule for `tokens`, kind of `numbers`.

        An older version took the first `unchecked` steps; None where nothing else has opened it.
        """
        return storage.read_json(self.folder / File.OPENED, Opened, missing=None)

    @property
    def cuts(self) -> Cuts | None:
        """How many texts of its data its lengths cut, as counted when it was started; None where that was not recorded."""
        return recorded_cuts(self.folder)

    def reference_name(self, precision: str) -> str:
        """A name that changes with whatever changes the reference or its figures.

        That is its weights, their precision, the SFT stage's adapter, and how the model was opened.
        """
        tuned = (self.reference / "adapter_model.safetensors").read_bytes() if self.reference else b""
        opened = self.opened
        how = [opened[name] if opened else "" for name in HOW]
        return storage.digest(weights.fingerprint(self.spec.model), precision, tuned, str(SCORING_VERSION), *how)

    def log(self, lines: int = 40) -> str:
        """The end of what the process printed."""
        path = self.folder / jobs.LOG_FILE
        try:
            with storage.reading(path), path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - 400 * lines))
                return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""

    def wait(self, look: float = 0.5) -> "Run":
        """Wait for the end, looking every so many seconds; returns the run, refuses in words where it did not end well."""
        while (state := self.state).active:
            time.sleep(look)
        if state.status is not jobs.Status.DONE:
            rule = f"run {self.name} must end well, it is {state.status}"
            if state.status is jobs.Status.FAILED:  # what ended it would end it again, and the message says what to do
                raise RpoError(f"{rule}: {state.message or 'see its log'}")
            raise RpoError(f"{rule}{state.message and f' ({state.message})'}; resume it")
        return self


def best_folder(folder: Path, step: int) -> Path:
    """Where a run keeps the adapter that had its best held-out loss, after this step."""
    return folder / f"best-{step}"


RUN_FILES = (
    File.SPEC,
    jobs.STATE_FILE,
    Records.METRICS,
    "adapter",
)  # one of them makes a folder a run's, whatever else was deleted


def all_runs(broken: bool = False, examples: bool = False) -> tuple[Run, ...]:
    """All runs whose spec and state can be read, the newest first; with `broken` the others too, which say their `trouble`.

    An example is none of them, so that no estimate, comparison or default takes it for one; with `examples` it comes last.
    """
    place = storage.folder("runs")
    with storage.reading(place):
        folders = sorted((path for path in place.iterdir() if _is_run(path)), key=lambda path: path.name, reverse=True)
    found = [run for run in map(Run, folders) if broken or not run.trouble]
    own, others = ([run for run in found if run.example is kind] for kind in (False, True))
    return (*own, *others) if examples else tuple(own)


def titles() -> dict[str, str]:
    """The titles of all runs, examples too, by their names; where two would read alike the end of the name tells them apart."""
    named = {run.name: run.title for run in all_runs(examples=True)}
    often = Counter(named.values())
    return {name: f"{title} ({name.rsplit('-', 1)[-1]})" if often[title] > 1 else title for name, title in named.items()}


def _is_run(folder: Path) -> bool:
    """A folder that cannot be looked into may be one."""
    try:
        return any((folder / name).exists() for name in RUN_FILES)
    except PermissionError:
        return True
