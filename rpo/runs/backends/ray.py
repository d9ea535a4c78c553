"""`python -m rpo.runs.backends.ray FOLDER`: follow one run on a Ray cluster. Submit it, pass on its log and progress, stop it.

It is the folder's local process; the run's own process lives on the cluster and writes curves, checkpoints and adapter into
the shared folder (`ray_worker`). `ray.json` remembers the job, so that a follower that was killed finds it again.
Not a queue and not a cluster: both are Ray's. All processes of a run share one node.
"""

import secrets
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rpo import jobs
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.jobs import Status
from rpo.jsonl import read_lines
from rpo.runs.backends.ray_client import TROUBLE, cluster_needs, connect, silent, submit, why
from rpo.runs.backends.ray_worker import read_report
from rpo.runs.recorder import Recorder
from rpo.runs.run import File, Records, Run

if TYPE_CHECKING:
    from ray.job_submission import JobDetails

T = TypeVar("T")
CLUSTER_POLL_SECONDS = 1.0  # seconds between two looks at the job
CLUSTER_TIMEOUT = 30.0  # seconds without any answer before the cluster is given up
CLUSTER_STOP_SECONDS = 60.0  # seconds a job that was asked to stop may take to save its adapter, besides its steps
LOG_PACE = 200_000  # characters of log a second: Ray gives the log whole each time, so a long one is looked at less often


def main(folder: Path) -> None:
    """Follow the run in `folder` to its end."""
    with jobs.work(folder) as report:
        Follower(folder, report).follow()


class Follower:
    """One run's job, seen from here."""

    def __init__(self, folder: Path, report: jobs.Report) -> None:
        launch = Run(folder).launch
        self.folder, self.report = folder, report
        self.address, self.processes = launch.get("ray") or "", launch["processes"]
        self.memory = dict[str, Any](Run(folder).submitted or {})
        self.log, self.log_due, self.grace_ends = "", 0.0, 0.0

    def follow(self) -> None:
        """Find or submit the job and stay with it; returns if it went well, raises `Stopped` or an `RpoError` if not."""
        if read_report(self.folder).status is Status.DONE:  # it ended well while nobody followed
            return
        self.say("reaching the cluster")
        self.client = connect(self.address)
        while True:
            self.patiently(self.attach)
            job = self.watch()
            if job.error_type != "JOB_SUPERVISOR_ACTOR_START_TIMEOUT":  # Ray gives up a job that waits 15 minutes for a node
                break
        self.conclude(job)

    def attach(self) -> None:
        """Submit a job, unless the one that `ray.json` remembers is still there."""
        known = {job.submission_id: job for job in self.client.list_jobs()}
        name = self.memory.get("submission", "")
        job = known.get(name)
        if job and not job.status.is_terminal() and not self.memory["left"]:
            return
        if job or not name:
            name = f"{self.folder.name}-{secrets.token_hex(4)}"
        resources = cluster_needs(self.address, self.processes)
        (self.folder / File.PROGRESS).unlink(missing_ok=True)
        # Remembered before it is submitted: whoever is killed in between asks again by the same name, which Ray takes once
        self.remember(submission=name, copied=0, left=False, needs=resources)
        submit(self.client, name, self.folder, self.processes, resources)

    def watch(self) -> "JobDetails":
        """Stay with the job until it ends."""
        name = self.memory["submission"]
        while True:
            job = self.patiently(lambda: self.client.get_job_info(name))
            over = job.status.is_terminal()
            self.copy_log(whole=over)
            if over:
                return job
            if (self.folder / "stop").exists():
                self.end(job)
            elif job.status == "PENDING":
                wanted = ", ".join(quantity(count, kind) for kind, count in self.memory["needs"].items())
                self.say(f"waiting on the cluster for a node with {wanted}", Status.QUEUED)
            else:
                self.say(read_report(self.folder).message or "starting on the cluster", Status.RUNNING)
            time.sleep(CLUSTER_POLL_SECONDS)

    def end(self, job: "JobDetails") -> None:
        """Let a job that was asked to stop end by itself, for it sees the same `stop` file; stop it if it does not."""
        name, waiting = self.memory["submission"], job.status == "PENDING"
        if not self.grace_ends:
            steps = read_lines(self.folder / Records.METRICS)[-1:]
            self.grace_ends = time.time() + CLUSTER_STOP_SECONDS + 2 * sum(step.get("seconds", 0.0) for step in steps)
        if waiting or time.time() > self.grace_ends:
            self.patiently(lambda: self.client.stop_job(name))
        if waiting:  # Ray ends it as soon as it has a node, which can be hours from now
            self.remember(left=True)
            self.say("stopped before the cluster had a node for it")
            raise jobs.Stopped
        self.say("stopping after this step")

    def conclude(self, job: "JobDetails") -> None:
        """Turn the job's end into the run's."""
        last, asked = read_report(self.folder), (self.folder / "stop").exists()
        self.say(last.message)
        if job.status == "SUCCEEDED":
            if last.status is Status.STOPPED or (asked and last.status is not Status.DONE):
                raise jobs.Stopped
        elif job.status == "STOPPED":
            self.say(last.message if asked else "somebody stopped its job on the cluster")
            raise jobs.Stopped
        else:
            raise RpoError(last.message if last.status is Status.FAILED else why(job, self.log))

    def copy_log(self, whole: bool) -> None:
        """Add what is new in the job's log to ours, in whole lines while it is still growing."""
        if time.time() < self.log_due and not whole:
            return
        with suppress(*TROUBLE):  # the node that holds the log may be gone, which its job will report
            self.log = self.client.get_job_logs(self.memory["submission"])
        until = len(self.log) if whole else self.log.rfind("\n") + 1
        if until > self.memory["copied"]:
            with (self.folder / jobs.LOG_FILE).open("a", encoding="utf-8") as file:
                file.write(self.log[self.memory["copied"] : until])
            self.remember(copied=until)
        self.log_due = time.time() + len(self.log) / LOG_PACE

    def patiently(self, ask: Callable[[], T]) -> T:
        """The cluster's answer, asked for again while there is none, up to a point."""
        began = time.time()
        while True:
            try:
                return ask()
            except TROUBLE as error:
                if time.time() - began > CLUSTER_TIMEOUT:
                    raise silent(self.address, error) from error
                self.say("the cluster does not answer, asking again")
                time.sleep(CLUSTER_POLL_SECONDS)

    def say(self, message: str, status: Status | None = None) -> None:
        """Tell the readers of the folder; unlike the report itself, this does not raise `Stopped`."""
        self.report.state = replace(self.report.state, message=message, progress=read_report(self.folder).progress)
        self.report.write(status)

    def remember(self, **facts: Any) -> None:
        """Keep facts about the job in `ray.json`."""
        self.memory |= facts
        Recorder(Run(self.folder)).write(File.RAY, self.memory)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
