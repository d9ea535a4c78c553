"""Real servers, each with a home of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from rpo.voting import Ballots, Options
from tests.once import draw_here, once
from tests.voting.conftest import comparisons

ROOT = Path(__file__).parent.parent.parent
SECRET = "correct horse battery"
PAGES = ("explore", "data", "health", "compare", "tune", "train", "watch", "panels", "vote", "judge", "results", "learn")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(home, *options, wait=True, script="app.py", port=None, **environment):
    """The app on a port of its own with this home: `.port`, `.log()`, `.process`; ended at the end."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port), *options]
    place = {**os.environ, "RPO_HOME": str(home), "STREAMLIT_SERVER_HEADLESS": "true", **environment}
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=place)
    try:
        if wait:
            until_open(port, process)
        yield SimpleNamespace(port=port, process=process, log=lambda: (home / "server.log").read_text(errors="replace"))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def until_open(port, process):
    for _ in range(900):
        assert process.poll() is None, "the server ended at once"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the server did not come up")


@pytest.fixture(scope="module")
def module_home(tmp_path_factory):
    """A home for all tests of a file, with a panel that one rater is invited to, and an owner."""
    home = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPO_HOME", str(home))
        ballots = Ballots()
        ballots.owner.claim(SECRET)
        panel = ballots.make_panel("Round 1", comparisons(30), "Which is kinder?", Options(repeats=2))
        yield SimpleNamespace(path=home, ballots=ballots, panel=panel, token=ballots.invitations.invite(panel, "Ann"))


@pytest.fixture(scope="module")
def team(module_home):
    """A server that asks who is here; `.home` is what it serves."""
    with serving(module_home.path) as server:
        server.home = module_home
        yield server


@pytest.fixture
def attacks_drawn(real_weights, demo_weights, tmp_path_factory):
    """A home with the real weights in which the map of the attacks is drawn already; it is drawn once for all workers."""
    from tests.security.hostile import DATA, data

    def make(home):
        (home / "weights").symlink_to(demo_weights)
        data()
        draw_here(DATA)

    drawn = once(tmp_path_factory.getbasetemp(), "attacks", make)
    for part in ("vectors", "maps"):
        shutil.copytree(drawn / part, real_weights / part, dirs_exist_ok=True)
    return real_weights
