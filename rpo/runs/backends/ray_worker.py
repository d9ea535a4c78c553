"""The run's process when another process follows it: what it reports, and how that is read back.

The follower holds the folder's lock and writes `state.json`, so this process writes `progress.json` instead and notices the
same `stop` file. Not a second kind of training: the loop is the same.
"""

import os
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from rpo import jobs, storage
from rpo.errors import RpoError
from rpo.jobs import State, Status
from rpo.runs.run import File

FOLLOWED = "RPO_FOLLOWED"  # set in the environment of a process that is followed


class FollowedReport(jobs.Report):
    """The report of a job that leaves `state.json` to the follower."""

    def write(self, status: Status | None = None) -> None:
        """Publish the progress now."""
        self.state = replace(self.state, status=status or self.state.status, updated=time.time())
        storage.write_json(self.folder / File.PROGRESS, asdict(self.state))


@contextmanager
def followed(folder: Path) -> Generator[jobs.Report]:
    """Be the process that is followed: say how it goes and how it ended, in one line."""
    if not (folder / File.SPEC).exists():
        raise RpoError(
            f"a cluster must see $RPO_HOME at the same path, {folder} is not on {socket.gethostname()}; put it on a shared disk"
        )
    report = FollowedReport(folder, State(Status.RUNNING, message="starting", started=time.time(), pid=os.getpid()))
    report.write()
    try:
        yield report
        report.write(Status.DONE)
    except jobs.Stopped:
        report.write(Status.STOPPED)
    except BaseException as error:
        report.state = replace(report.state, message=jobs.said_of(error))
        report.write(Status.FAILED)
        raise


def read_report(folder: Path) -> State:
    """What the followed process said last, of which `NEW` means nothing yet."""
    return jobs.read_state(folder / File.PROGRESS)
