"""`rpo stop` and `rpo resume`, as Watch does both."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from rpo.commands.runs.named import job_named, takes_run
from rpo.commands.runs.watch import follow
from rpo.commands.verb import Verb
from rpo.errors import RpoError

if TYPE_CHECKING:
    from rpo.runs import Run, Sweep


def _stoppable(parser: ArgumentParser) -> None:
    takes_run(parser, sweeps=True)


def _stop(choice: Namespace) -> int:
    job = job_named(choice.run)
    if not job.state.active:
        raise RpoError(f"what is stopped must be at work, {job.name} is {job.state.status}; `rpo runs` says what is")
    job.stop()
    print(f"{job.name} ends after its present step and keeps the adapter so far. `rpo resume {job.name}` goes on.")
    return 0


def _resumable(parser: ArgumentParser) -> None:
    takes_run(parser, sweeps=True)
    parser.add_argument("--watch", action="store_true", help="follow it to its end; Ctrl-C leaves it running")


def _resume(choice: Namespace) -> int:
    job = job_named(choice.run)
    _go_on(job)
    print(f"{job.name} goes on from its last checkpoint. `rpo watch {job.name}` follows it.", flush=True)
    return follow(job) if choice.watch else 0


def _go_on(job: "Run | Sweep") -> None:
    from rpo import runs

    if isinstance(job, runs.Run):
        runs.resume(job)
    else:
        job.again()


STOP = Verb("stop", "end a run after its present step, or a sweep; the adapter so far is kept", _stop, _stoppable)
RESUME = Verb("resume", "go on with a run from its last checkpoint, or with a sweep", _resume, _resumable)
