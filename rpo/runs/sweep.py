"""A sweep: a grid of runs as one group, one after the other, compared in one table with the spread over seeds.

A folder like a run's: `sweep.json` names the grid and its runs, and a process of its own starts them in turn. Each run is an
ordinary run, so one that fails costs only itself; all share vectors and reference log-probabilities on disk. Not a search:
every cell of the grid is run.
"""

import math
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product
from pathlib import Path
from reprlib import repr as brief
from statistics import fmean, stdev
from typing import Any, NotRequired

from typing_extensions import TypedDict

from rpo import jobs, storage
from rpo.errors import RpoError
from rpo.fields import Weighting
from rpo.glossary import quantity
from rpo.jobs import Status
from rpo.resources.span import NO_TIME, TimeSpan
from rpo.runs.data import data_to_start
from rpo.runs.launch import new_folder, resume
from rpo.runs.needs import Need, need
from rpo.runs.run import File, Run
from rpo.settings import figures_of, in_words, varying
from rpo.spec import DEFAULTS, FIELDS, RunSpec, looks_at

AXES = tuple(varying())
FIGURES = ("accuracy", "margin", "kl", "loss")
MOST_RUNS = 200  # runs of one sweep


class SweepRecord(TypedDict):
    """A sweep as it is written down: the spec that is varied, field -> values, and its runs' folders."""

    base: NotRequired[dict[str, Any]]
    axes: dict[str, list[Any]]
    runs: list[str]


@dataclass(frozen=True)
class Sweep(jobs.Job):
    """One sweep's folder under `home()/sweeps`."""

    @property
    def base(self) -> RunSpec:
        """The spec that is varied."""
        return RunSpec.from_dict(self._record.get("base", {}))

    @property
    def axes(self) -> dict[str, list[Any]]:
        """What is varied: field -> values."""
        return self._record["axes"]

    @property
    def runs(self) -> tuple[Run, ...]:
        """Its runs, in the order in which they are made; a folder that was deleted is left out."""
        runs = (Run(storage.folder("runs") / name) for name in self._record["runs"])
        return tuple(run for run in runs if (run.folder / File.SPEC).exists())

    @property
    def reached(self) -> str:
        """How many of its runs are done, in words: what is true of a sweep that rests."""
        runs = self.runs
        done = sum(not run.trouble and run.state.status is Status.DONE for run in runs)
        return f"{done} of {quantity(len(runs), 'run')} done"

    @property
    def title(self) -> str:
        """What it varies, and when it began."""
        varied = [f"{FIELDS[name].sign or FIELDS[name].title} {_some(values)}" for name, values in self.axes.items()]
        day, hour = self.name[6:8] + "." + self.name[4:6] + ".", f"{self.name[9:11]}:{self.name[11:13]}"
        return f"{', '.join(varied) or quantity(len(self.runs), 'run')} · {day} {hour}"

    @property
    def standing(self) -> str:
        """What it is doing, in words without a time that is left once it rests."""
        state = self.state
        if self.stopping:
            return f"stopping after this step…, {self.reached}"
        if state.active and state.message:
            return f"{state.status}, {state.message}"
        why = {Status.LOST: ": its process ended without a word", Status.FAILED: f": {state.message}"}.get(state.status, "")
        named = {Status.DONE: "finished", Status.LOST: "interrupted", Status.NEW: "not started yet"}
        return f"{named.get(state.status, state.status)}, {self.reached}{why}"

    def stop(self) -> None:
        """Stop the run at work and start no other; `again` goes on."""
        super().stop()
        for run in self.runs:
            if run.state.active:
                run.stop()

    def again(self) -> None:
        """Go on with the runs that are not done."""
        jobs.start("rpo.runs.sweep", self.folder)

    @property
    def _record(self) -> SweepRecord:
        path = self.folder / "sweep.json"
        record = storage.read_json(path, SweepRecord)
        if strange := [name for name in record["runs"] if not storage.plain(name)]:
            raise RpoError(f"{path} must name runs by their folders, it says {brief(strange[0])}; correct it or restore a copy")
        return record


@dataclass(frozen=True)
class SweepCell:
    """Runs that differ in their seed alone: mean and standard deviation over `seeds` finished ones; nan where there is none."""

    label: str
    fields: Mapping[str, Any]
    seeds: int
    pairs: int
    mean: Mapping[str, float]
    sd: Mapping[str, float]


def grid(base: RunSpec, axes: Mapping[str, Sequence[Any]]) -> tuple[RunSpec, ...]:
    """All specs of the grid, each once: what an objective does not look at is not varied for it."""
    unknown = sorted(set(axes) - set(AXES))
    if unknown:
        raise RpoError(f"a sweep varies {', '.join(AXES)}, got {', '.join(unknown)}; leave it out")
    values = [axes.get(name) or [getattr(base, name)] for name in AXES]
    chosen = (dict(zip(AXES, cell, strict=True)) for cell in product(*values))
    found = tuple(dict.fromkeys(_seen(base, cell) for cell in chosen))
    if len(found) > MOST_RUNS:
        raise RpoError(f"a sweep may hold {MOST_RUNS} runs, this grid has {len(found)}; vary less")
    return found


def start_sweep(base: RunSpec, axes: Mapping[str, Sequence[Any]]) -> Sweep:
    """Check every spec, make all run folders, and start the process that works through them."""
    specs = grid(base, axes)
    for spec in _of_kinds(specs).values():
        data_to_start(spec)
    needed = sweep_needs(specs)
    if trouble := next((one.refusal for one in needed if one.refusal), None):
        raise RpoError(trouble)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    folder = storage.folder("sweeps", f"{stamp}-{len(specs)}-runs")
    runs = [new_folder(spec, cuts=one.cuts, time_needed=one.time).name for spec, one in zip(specs, needed, strict=True)]
    varied = {name: [_json(value) for value in values] for name, values in axes.items()}
    storage.write_json(folder / "sweep.json", {"base": base.as_dict(), "axes": varied, "runs": runs})
    sweep = Sweep(folder)
    sweep.again()
    return sweep


def sweep_needs(specs: Sequence[RunSpec], need_of: Callable[[RunSpec], Need] = need) -> tuple[Need, ...]:
    """What each of a grid's specs needs on this machine; runs that differ in their weights, batches or seed need the same."""
    found = {kind: need_of(spec) for kind, spec in _of_kinds(specs).items()}
    return tuple(found[_kind(spec)] for spec in specs)


def _of_kinds(specs: Sequence[RunSpec]) -> dict[RunSpec, RunSpec]:
    """One spec of a grid for each kind."""
    return {_kind(spec): spec for spec in specs}


def _kind(spec: RunSpec) -> RunSpec:
    """The spec without the axes that change nothing of what a run needs: its data, memory and time."""
    light = [name for name, axis in varying().items() if not axis.needs]
    return replace(spec, **{name: getattr(DEFAULTS, name) for name in light})


def time_of(specs: Sequence[RunSpec]) -> TimeSpan:
    """Seconds of all of a grid's runs, one after the other."""
    return sum((one.time for one in sweep_needs(specs)), NO_TIME)


def sweeps() -> tuple[Sweep, ...]:
    """All sweeps, the newest first."""
    folders = sorted(storage.folder("sweeps").iterdir(), key=lambda path: path.name, reverse=True)
    return tuple(Sweep(path) for path in folders if (path / "sweep.json").exists())


def compare(runs: Sequence[Run]) -> tuple[SweepCell, ...]:
    """The last held-out figures of the runs that can be read, those that differ in the seed alone taken together."""
    groups = _groups(runs)
    varied = _varied(groups)
    return tuple(_cell(spec, group, varied) for spec, group in groups.items())


def by_setting(runs: Sequence[Run]) -> tuple[tuple[str, tuple[Run, ...]], ...]:
    """The runs that can be read, those that differ in the seed alone together, under what the setting is called among these."""
    groups = _groups(runs)
    varied = _varied(groups)
    return tuple((label(spec, varied), tuple(group)) for spec, group in groups.items())


def _groups(runs: Sequence[Run]) -> dict[RunSpec, list[Run]]:
    groups: dict[RunSpec, list[Run]] = defaultdict(list)
    for run in runs:
        if not run.trouble:
            groups[replace(figures_of(run.spec), seed=0)].append(run)
    return groups


def _varied(groups: Mapping[RunSpec, Any]) -> list[str]:
    return [name for name in _fields(groups) if len({getattr(spec, name) for spec in groups}) > 1]


def label(spec: RunSpec, varied: Sequence[str]) -> str:
    """A spec's name among others: its objective, and the other fields in which they differ from it and from plain RPO."""
    words = (_word(name, getattr(spec, name)) for name in varied if name != "objective")
    return ", ".join([str(spec.objective), *filter(None, words)])


def _word(name: str, value: Any) -> str:
    """A choice stands for itself, and for nothing where it is the usual one."""
    if isinstance(value, StrEnum):
        return "" if value == getattr(DEFAULTS, name) else str(value)
    return in_words(name, value)


def _fields(groups: Mapping[RunSpec, Any]) -> list[str]:
    return [name for name in next(iter(groups)).as_dict() if name != "seed"] if groups else []


def _cell(spec: RunSpec, runs: Sequence[Run], varied: Sequence[str]) -> SweepCell:
    ended = [run.evaluations[-1] for run in runs if run.state.status is Status.DONE and run.evaluations]
    seen = {name: [one[name] for one in ended if one.get(name) is not None] for name in FIGURES}
    return SweepCell(
        label=label(spec, varied),
        fields={name: getattr(spec, name) for name in AXES if name != "seed"},
        seeds=len(ended),
        pairs=ended[0]["n"] if ended else 0,
        mean={name: fmean(values) if values else math.nan for name, values in seen.items()},
        sd={name: stdev(values) if len(values) > 1 else math.nan for name, values in seen.items()},
    )


def _seen(base: RunSpec, cell: Mapping[str, Any]) -> RunSpec:
    """A cell's spec, in which what its objective does not look at is not varied."""
    found = base.with_objective(cell["objective"])
    found = replace(found, **{name: value for name, value in cell.items() if looks_at(found.objective, found.weighting, name)})
    if found.objective.contrasts:
        return found if found.weighting is Weighting.CONTRAST else replace(found, tau=base.tau)
    return replace(found, tau=base.tau, control=base.control)


def _some(values: Sequence[Any]) -> str:
    """Some values in words, the first ones of many."""
    return ", ".join(map(str, values[:4])) + "…" * (len(values) > 4)


def _json(value: Any) -> Any:
    return value if isinstance(value, int | float) else str(value)


def _work(sweep: Sweep, report: jobs.Report) -> None:
    """Start each run that is not done and wait for it; a run that fails is left behind."""
    runs = sweep.runs
    for number, run in enumerate(runs):
        part = report.part(number / len(runs), (number + 1) / len(runs), f"run {number + 1} of {len(runs)}")
        part(0.0, "")  # before another is started: here a stop is noticed
        if run.state.status is Status.DONE:
            continue
        if not run.state.active:
            try:
                resume(run)
            except RpoError as error:
                jobs.fail(run.folder, str(error))
        for state in _until_ended(run):
            part(state.progress, f": {state.message}")
    bad = [run.name for run in runs if run.state.status is not Status.DONE]
    if bad:
        raise RpoError(
            f"every run must end well, {len(bad)} of {len(runs)} did not ({', '.join(bad[:3])}); read their logs, then go on"
        )


def _until_ended(run: Run) -> Iterator[jobs.State]:
    while (state := run.state).active:
        yield state
        time.sleep(jobs.WRITE_SECONDS)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    with jobs.work(place) as voice:
        _work(Sweep(place), voice)
