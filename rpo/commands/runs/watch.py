"""`rpo watch`: follow a run or a sweep, live in a terminal, a line for each change elsewhere."""

import sys
import time
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from rpo.commands.runs.named import job_named, takes_run
from rpo.commands.terminal import digits, in_columns
from rpo.commands.verb import Verb
from rpo.jobs import Status

if TYPE_CHECKING:
    from rpo.runs import Run, Sweep

SECONDS = 0.5  # between two looks
CURVE = ("loss", "margin", "accuracy")  # of the last training batch


def _options(parser: ArgumentParser) -> None:
    takes_run(parser, sweeps=True)


def _watch(choice: Namespace) -> int:
    return follow(job_named(choice.run))


def follow(job: "Run | Sweep") -> int:
    """Show the job until it ends; 0 where it ends well, else 1. Ctrl-C ends the showing alone."""
    try:
        (_live if sys.stdout.isatty() else _lines)(job)
    except KeyboardInterrupt:
        print(f"\nrpo: {job.name} goes on; `rpo watch {job.name}` shows it again, `rpo stop {job.name}` ends it", file=sys.stderr)
        raise
    state = job.state
    if state.status in (Status.FAILED, Status.LOST):
        print(f"rpo: {state.message}; `rpo resume {job.name}` goes on, {job.folder / 'log.txt'} says more", file=sys.stderr)
    return 0 if state.status is Status.DONE else 1


def _lines(job: "Run | Sweep") -> None:
    said = ""
    while True:
        active = job.state.active  # before it is described: what is described last is its end
        if (words := _words(job)) != said:
            print(words, flush=True)
            said = words
        if not active:
            return
        time.sleep(SECONDS)


def _live(job: "Run | Sweep") -> None:
    from rich.live import Live

    with Live(_screen(job), refresh_per_second=4, transient=False) as live:
        active = True
        while active:
            active = job.state.active
            live.update(_screen(job))
            time.sleep(SECONDS if active else 0)


def _words(job: "Run | Sweep") -> str:
    """What it is doing, with the last batch's figures where it is a run."""
    from rpo.charts.reading import printable
    from rpo.runs import Run, standing_of

    if not isinstance(job, Run):
        return printable(job.standing)
    how, metrics = standing_of(job), job.metrics
    last = metrics[-1] if metrics else {}
    figures = [f"{name} {last[name]:.3f}" for name in CURVE if last.get(name) is not None]
    step = [f"step {last['step']} of {job.spec.steps}"] if last and how.state.active else []
    return printable(" · ".join(filter(None, [how.words, how.more if not step else "", *step, *figures])))


def _screen(job: "Run | Sweep") -> Any:
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    from rpo.charts.reading import printable

    title = Text(printable(job.title), "bold")
    return Group(title, Text(_words(job)), ProgressBar(1.0, job.state.progress, width=60), _table(job))


def _table(job: "Run | Sweep") -> Any:
    """A run's four figures as Watch shows them; a sweep's runs."""
    from rpo.courses import latest_figures
    from rpo.runs import Run, run_rows

    if isinstance(job, Run):
        figures = [] if job.trouble else latest_figures(job)
        return in_columns(("figure", "value", ""), [(one.title, digits(one.value), one.words) for one in figures])
    rows = [(row.run.name, row.title, row.state, row.steps, digits(row.accuracy)) for row in run_rows(job.runs)]
    return in_columns(("name", "run", "state", "steps", "accuracy"), rows)


VERB = Verb("watch", "follow a run or a sweep to its end; Ctrl-C leaves it running", _watch, _options)
