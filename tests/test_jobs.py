"""Background jobs: real processes, killed for real."""

import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    assert jobs.look(folder).status is not Status.NEW
    until(lambda: jobs.look(folder).status is Status.DONE)
    assert jobs.look(folder).progress == 1.0


def test_an_error_is_said_in_one_line_and_logged_in_full(module):
    folder = storage.folder("jobs", "broken")
    jobs.start(module, folder)
    until(lambda: jobs.look(folder).status is Status.FAILED)
    assert "ValueError: the oven is off" in jobs.look(folder).message
    assert "\n" not in jobs.look(folder).message
    assert "Traceback" in (folder / "log.txt").read_text()


@pytest.mark.weights
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
    with pytest.raises(RpoError, match="at work"):
        jobs.start(module, folder)
    jobs.stop(folder)
    until(lambda: jobs.look(folder).status is Status.STOPPED)


@pytest.mark.weights
def test_a_queue_serves_one_at_a_time_in_order_and_skips_the_dead(module):
    slow, first, second = (storage.folder("jobs", name) for name in ("slow", "first", "second"))
    jobs.start(module, slow)
    until(lambda: jobs.look(slow).status is Status.RUNNING)
    jobs.start(module, first)
    until(lambda: jobs.look(first).pid)
    jobs.start(module, second)
    until(lambda: re.search(r"queued.*\b2\b", jobs.look(second).message))
    assert re.search(r"queued.*\b1\b", jobs.look(first).message)
    os.kill(jobs.look(slow).pid, signal.SIGKILL)
    until(lambda: jobs.look(second).status is Status.DONE)
    assert float(Path(first / "ended").read_text()) <= float(Path(second / "began").read_text())


@pytest.mark.weights
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


def test_another_kind_of_work_is_reported_at_once_and_more_of_the_same_is_not(tmp_path):
    with jobs.work(tmp_path) as report:
        seen = []
        for message in ("model: 1 of 93 MB", "model: 2 of 93 MB", "unpacking model"):
            report(0.1, message)
            seen.append(jobs.look(tmp_path).message)
    assert seen == ["model: 1 of 93 MB", "model: 1 of 93 MB", "unpacking model"]


SHARE = st.floats(0, 1)
SPAN = st.tuples(SHARE, SHARE).map(sorted)


@given(st.lists(SPAN, max_size=5), st.lists(SHARE, min_size=2, max_size=6).map(sorted))
def test_parts_within_parts_stay_inside_them_and_never_go_back(spans, shares):
    said, low, high = [], 0.0, 1.0
    progress = jobs.Progress(lambda share, words: said.append((share, words)))
    for number, (begin, end) in enumerate(spans):
        progress = progress.part(begin, end, f"{number}: ")
        low, high = low + (high - low) * begin, low + (high - low) * end
    for share in shares:
        progress(share, "so")
    heard = [share for share, _ in said]
    assert heard == sorted(heard)
    assert all(low - 1e-9 <= share <= high + 1e-9 and 0 <= share <= 1 for share in heard)
    assert {words for _, words in said} == {"".join(f"{number}: " for number in range(len(spans))) + "so"}


@pytest.mark.parametrize(("share", "heard"), [(0.0, 0.2), (0.5, 0.5), (1.0, 0.8), (-1.0, 0.2), (7.0, 0.8)])
def test_a_part_says_its_share_of_the_whole(share, heard):
    said = []
    jobs.Progress(lambda part, words: said.append(part)).part(0.2, 0.8)(share, "so")
    assert said == [pytest.approx(heard)]


@pytest.mark.parametrize("span", [(-0.1, 0.5), (0.5, 1.1), (0.6, 0.5), (float("nan"), 1.0)])
def test_a_part_outside_of_the_whole_is_refused(span):
    with pytest.raises(RpoError, match=r"\b0\b.*\b1\b"):
        jobs.Progress(print).part(*span)


def test_a_part_of_a_job_tells_its_readers_and_stops_as_the_job_does():
    folder = storage.folder("jobs", "parts")
    with jobs.work(folder) as report:
        part = report.part(0.5, 1.0, "second half: ")
        part(0.5, "halfway")
        assert (jobs.look(folder).progress, jobs.look(folder).message) == (0.75, "second half: halfway")
        jobs.stop(folder)
        part(0.6, "on")
    assert jobs.look(folder).status is Status.STOPPED
