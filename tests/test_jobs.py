"""Background jobs: real processes, killed for real."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from rpo import jobs, storage
from rpo.errors import RpoError
from rpo.jobs import Status

WORKER = """
import sys, time
from pathlib import Path
from rpo import jobs
folder = Path(sys.argv[1])
with jobs.work(folder, queue="test") as report:
    (folder / "began").write_text(str(time.time()))
    if folder.name == "broken":
        raise ValueError("the oven is off")
    for step in range(200):
        report(step / 200, f"step {step}")
        if folder.name != "slow" and step == 3:
            break
        time.sleep(0.05)
    (folder / "ended").write_text(str(time.time()))
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "a_worker.py").write_text(WORKER)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    return "a_worker"


def until(condition, seconds=20.0):
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            pytest.fail("waited in vain")
        time.sleep(0.05)


def test_a_job_runs_and_ends_done(module):
    folder = storage.folder("jobs", "quick")
    jobs.start(module, folder)
    assert jobs.look(folder).active
    until(lambda: jobs.look(folder).status is Status.DONE)
    assert jobs.look(folder).progress == 1.0


def test_an_error_is_told_in_one_line_and_logged_in_full(module):
    folder = storage.folder("jobs", "broken")
    jobs.start(module, folder)
    until(lambda: jobs.look(folder).status is Status.FAILED)
    assert jobs.look(folder).message == "an unexpected error ended it (ValueError: the oven is off); the log has the rest"
    assert "Traceback" in (folder / "log.txt").read_text()


def test_a_killed_process_is_lost_and_can_be_started_again(module):
    folder = storage.folder("jobs", "slow")
    jobs.start(module, folder)
    until(lambda: jobs.look(folder).status is Status.RUNNING)
    os.kill(jobs.look(folder).pid, signal.SIGKILL)
    until(lambda: jobs.look(folder).status is Status.LOST)
    jobs.start(module, folder)
    until(lambda: jobs.look(folder).status is Status.RUNNING)
    jobs.stop(folder)
    until(lambda: jobs.look(folder).status is Status.STOPPED)


def test_a_process_that_cannot_even_start_is_lost(tmp_path):
    folder = storage.folder("jobs", "nothing")
    jobs.start("no_such_module_at_all", folder)
    until(lambda: jobs.look(folder).status is Status.LOST)


def test_a_busy_folder_is_refused(module):
    folder = storage.folder("jobs", "slow")
    jobs.start(module, folder)
    with pytest.raises(RpoError, match="already at work"):
        jobs.start(module, folder)
    jobs.stop(folder)
    until(lambda: jobs.look(folder).status is Status.STOPPED)


def test_a_queue_serves_one_at_a_time_in_order_and_skips_the_dead(module):
    slow, first, second = (storage.folder("jobs", name) for name in ("slow", "first", "second"))
    jobs.start(module, slow)
    until(lambda: jobs.look(slow).status is Status.RUNNING)
    jobs.start(module, first)
    until(lambda: jobs.look(first).pid)
    jobs.start(module, second)
    until(lambda: jobs.look(second).message == "queued behind 2")
    assert jobs.look(first).message == "queued behind 1"
    os.kill(jobs.look(slow).pid, signal.SIGKILL)
    until(lambda: jobs.look(second).status is Status.DONE)
    assert float(Path(first / "ended").read_text()) <= float(Path(second / "began").read_text())


def test_stop_while_queued(module):
    slow, waiting = storage.folder("jobs", "slow"), storage.folder("jobs", "waiting")
    jobs.start(module, slow)
    until(lambda: jobs.look(slow).status is Status.RUNNING)
    jobs.start(module, waiting)
    until(lambda: jobs.look(waiting).message.startswith("queued"))
    jobs.stop(waiting)
    until(lambda: jobs.look(waiting).status is Status.STOPPED)
    assert not (waiting / "began").exists()
    jobs.stop(slow)
    until(lambda: jobs.look(slow).status is Status.STOPPED)


def test_another_kind_of_work_is_told_at_once_and_more_of_the_same_is_not(tmp_path):
    with jobs.work(tmp_path) as report:
        told = []
        for message in ("model: 1 of 93 MB", "model: 2 of 93 MB", "unpacking model"):
            report(0.1, message)
            told.append(jobs.look(tmp_path).message)
    assert told == ["model: 1 of 93 MB", "model: 1 of 93 MB", "unpacking model"]
