"""The worker that draws maps: warm from one to the next, gone when there is no reason to stay."""

import threading
import time

import pytest

from rpo import jobs, storage
from rpo.embeddings import worker
from rpo.jobs import Status
from tests.embeddings.test_map_job import until

pytestmark = pytest.mark.weights  # together they take seconds


@pytest.fixture
def at_work():
    """`at_work(idle)`: a worker in a thread of this process, which notes what it drew; its thread and its notes."""
    drawn = []

    def begin(idle, seconds=0.0):
        def draw(folder, report):
            report(0.5, "drawing")
            time.sleep(seconds)
            drawn.append(folder)

        thread = threading.Thread(target=worker.keep_drawing, args=(draw, idle), daemon=True)
        thread.start()
        until(lambda: jobs.look(worker.place()).status is Status.RUNNING or drawn)
        return thread, drawn

    return begin


def maps(*names):
    return [storage.folder("maps", name) for name in names]


def test_it_draws_one_after_the_other_and_leaves_when_idle(at_work):
    thread, drawn = at_work(idle=0.5, seconds=0.2)
    asked = maps("one", "two", "three")
    for folder in asked:
        worker.ask(folder)
        assert jobs.look(folder).active
    until(lambda: len(drawn) == 3)
    thread.join(20)
    assert drawn == asked
    assert [jobs.look(folder).status for folder in asked] == [Status.DONE] * 3
    assert jobs.look(worker.place()).status is Status.DONE


def test_asked_to_make_room_it_draws_what_it_was_given_and_goes(at_work):
    _, drawn = at_work(idle=600, seconds=0.5)
    asked = maps("one", "two")
    for folder in asked:
        worker.ask(folder)
    assert not worker.make_room("cpu")
    assert jobs.look(worker.place()).active
    assert worker.make_room("cuda", wait=20)
    assert drawn == asked


def test_a_paper_that_is_still_being_written_is_left_alone(at_work):
    thread, drawn = at_work(idle=0.5)
    half = storage.folder("workers", "maps", "inbox") / ".00001.tmp"
    half.write_text("/no/su")
    worker.ask(*maps("one"))
    thread.join(20)
    assert (drawn, half.exists()) == (maps("one"), True)


def test_asked_to_stop_it_stops(at_work):
    thread, _ = at_work(idle=600)
    jobs.stop(worker.place())
    thread.join(20)
    assert jobs.look(worker.place()).status is Status.STOPPED


def test_it_goes_with_whoever_started_it(at_work, monkeypatch):
    thread, _ = at_work(idle=600)
    monkeypatch.setattr("os.getppid", lambda: 1)
    thread.join(20)
    assert not thread.is_alive()


def test_what_fails_is_written_down_with_its_map_and_harms_no_other(monkeypatch):
    def draw(folder, report):
        if folder.name == "bad":
            raise ValueError("no such colour")

    monkeypatch.setattr("threading.excepthook", lambda about: None)
    threading.Thread(target=worker.keep_drawing, args=(draw, 600), daemon=True).start()
    until(lambda: jobs.look(worker.place()).status is Status.RUNNING)
    bad, good = maps("bad", "good")
    worker.ask(bad)
    worker.ask(good)
    until(lambda: not jobs.look(good).active)
    assert (jobs.look(bad).status, jobs.look(good).status) == (Status.FAILED, Status.DONE)
    assert "no such colour" in jobs.look(bad).message
    assert "Traceback" in (bad / "log.txt").read_text()
    worker.make_room("cuda", wait=20)
