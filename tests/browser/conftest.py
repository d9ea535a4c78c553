"""A real server and a real chromium for the whole journey."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.once import sharing
from tests.security.conftest import free_port

expect.set_options(timeout=60_000)  # a busy machine is slow, not broken
ROOT = Path(__file__).parent.parent.parent
SHOTS = Path(__file__).parent / "shots"
WEBGL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PAINT = (
    "--disable-gpu-rasterization",
    "--disable-gpu-compositing",
)  # Debian's default, by a GPU that is emulated, takes 0.4 cores
SCRIPTS = "--js-flags=--no-turbofan --no-maglev"  # a page lives for seconds: to optimise its scripts takes longer than it saves
SOFTWARE = ("--no-sandbox", *WEBGL, *PAINT, SCRIPTS)


@contextmanager
def home_with_map(demo_weights, drawn_home, tmp_path_factory):
    """A home with the real weights and the embedded data's map."""
    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(drawn_home, home, symlinks=True)
    with sharing(demo_weights.parent / "layouts", home / "layouts"):
        yield home


@pytest.fixture(scope="session")
def served_home(demo_weights, drawn_home, tmp_path_factory):
    """The home of the app that serves all files that need no fresh one."""
    with home_with_map(demo_weights, drawn_home, tmp_path_factory) as home:
        yield home


@pytest.fixture(scope="session")
def served(served_home):
    """The app as a user starts it; its URL."""
    with serving(ROOT / "app.py", served_home, served_home.parent / "server.log") as url:
        yield url


@pytest.fixture
def server(mapped, tmp_path):
    """The app as a user starts it, on a free port and a home of its own; its URL."""
    with serving(ROOT / "app.py", mapped, tmp_path / "server.log") as url:
        yield url


@contextmanager
def serving(app, home, log):
    """A server of this app and home on a free port; its URL. A traceback in its log is a failure."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port), "--server.headless", "true"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file, env={**os.environ, "RPO_HOME": str(home)})
    try:
        until_healthy(f"http://localhost:{port}/_stcore/health", process)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(30)
    assert "Traceback" not in log.read_text(errors="replace")


def until_healthy(url, process):
    for _ in range(240):
        assert process.poll() is None, "the server ended at once"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.25)
    pytest.fail("the server did not come up in a minute")


SIZE = {"width": 1440, "height": 1300}


@pytest.fixture(scope="module")
def window(chromium, served):
    """A window for all tests of a file: the app's scripts are fetched and read once."""
    context = chromium.new_context(viewport=SIZE, base_url=served)
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(request, window):
    """The file's window, blank and of its usual size; whatever goes wrong, the last thing seen is saved."""
    window.set_viewport_size(SIZE)
    window.emulate_media(color_scheme="light")
    yield window
    if request.node.has_failed:
        SHOTS.mkdir(exist_ok=True)
        window.screenshot(path=SHOTS / "last.png", full_page=True)
    for other in window.context.pages[1:]:
        other.close()  # a window behind another one is drawn once a second
    window.goto("about:blank")


def vote_by(page, key, counted, timeout=120_000):
    """Press a key until the page counts a vote; one that came before the pair was drawn is answered so, and pressed again."""
    early = page.get_by_text("press again")
    expect(early).to_have_count(0)
    page.keyboard.press(key)
    expect(counted.or_(early).first).to_be_visible(timeout=timeout)
    if early.count():
        page.keyboard.press(key)
    expect(counted).to_be_visible(timeout=timeout)
