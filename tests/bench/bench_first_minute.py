"""The first minute of a newcomer, in a real chromium: when the first point is drawn, what jumps, what stands on the first screen.

    python tests/bench/bench_first_minute.py [--rounds 3]

Each round is a fresh home without weights and without a network, served by the `rpo` command. Seconds count from the start of the
command, and from the opening of the page in a browser that knows nothing. Layout shift is the browser's own (CLS, good is below
0.1), history how many entries a visit adds to the way back; of Explore's map
and of Tune's instrument, what of the screen they take. Not a test: it never fails on time.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.browser.conftest import SOFTWARE, until_healthy
from tests.security.conftest import free_port

SIZES = ((1440, 900), (1280, 720))
PAGES = ("explore", "tune", "train", "watch", "panels", "vote", "judge", "results", "learn", "data", "health", "compare")
SHIFTS = """() => { window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach(
    (one) => { if (!one.hadRecentInput) window.shift += one.value; })).observe({type: 'layout-shift', buffered: true}); }"""
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
PARTS = {
    "explore": ("map", ".st-key-map .js-plotly-plot", "no map"),
    "watch": ("before and after", ".st-key-before-after", "no run in this home"),
}
INSTRUMENT = {".slide": "slider", ".plane": "plane", ".figures": "figures", ".board": "matrix and bars"}
POINT = "document.querySelector('#first-points path') && performance.getEntriesByName('first-contentful-paint').length"
APP = "document.querySelector('.first-points')?.naturalWidth"  # the app's own picture, until its chart is there
CHART = ".st-key-map .js-plotly-plot .points path"


@contextmanager
def served() -> Iterator[tuple[str, float]]:
    """The app in a fresh home, and when its command was given."""
    with tempfile.TemporaryDirectory() as home:
        place = {
            **os.environ,
            "RPO_HOME": home,
            "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
            "STREAMLIT_SERVER_HEADLESS": "true",
            "RPO_EXAMPLE": "1",
        }
        port, began = free_port(), time.monotonic()
        command = [sys.executable, "-c", "from rpo.cli import main; main()", "--port", str(port)]
        process = subprocess.Popen(command, env=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until_healthy(f"http://localhost:{port}/_stcore/health", process)
            yield f"http://localhost:{port}", began
        finally:
            process.terminate()
            process.wait(20)


def window(browser: Browser, size: tuple[int, int], root: str) -> Page:
    """A window of a visitor who was never here."""
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}, base_url=root).new_page()
    page.set_default_timeout(60_000)
    page.add_init_script(f"({SHIFTS})()")
    return page


def first_point(browser: Browser) -> tuple[float, float, float, float]:
    """Seconds to the first point: from the command, and from the opening of the page; from there to the app's and the chart's."""
    with served() as (root, began):
        page = window(browser, SIZES[0], root)
        opened = time.monotonic()
        page.goto("/", wait_until="commit")
        page.wait_for_function(POINT)
        now = time.monotonic()
        page.wait_for_function(APP)
        there = time.monotonic()
        page.wait_for_selector(CHART)
        charted = time.monotonic()
        page.context.close()
        return now - began, now - opened, there - opened, charted - opened


def pages(browser: Browser, root: str, size: tuple[int, int]) -> None:
    """A line a page: layout shift and history; of Explore and Watch what share of the screen their main part has."""
    for name in PAGES:
        page = window(browser, size, root)
        page.goto(f"/{name}")
        page.wait_for_selector(IDLE)
        page.wait_for_timeout(2500)
        shift, entries = page.evaluate("[window.shift, history.length]")
        more = ""
        if name in PARTS:
            words, selector, none = PARTS[name]
            more = f"{words}: {share(page, selector, size)}" if page.locator(selector).count() else none
        if name == "tune":
            more = instrument(page, size)
        print(f"{size[0]} × {size[1]}  {name:<8} layout shift {shift:.3f}, history {entries - 1}  {more}", flush=True)
        page.context.close()


def share(page: Page, selector: str, size: tuple[int, int]) -> str:
    """How much of the first screen a part takes."""
    box = page.locator(selector).first.bounding_box() or {"height": 0, "y": 0, "width": 0}
    seen = max(0, min(size[1], box["y"] + box["height"]) - box["y"])
    return f"{seen / size[1]:.0%} of the height, {seen * box['width'] / (size[0] * size[1]):.0%} of the screen"


def instrument(page: Page, size: tuple[int, int]) -> str:
    """What share of the first screen Tune's slider and plane, figures, matrix and bars take, and whether each is wholly on it."""
    found = {part: page.locator(f".tau {part}").bounding_box() for part in INSTRUMENT}
    boxes = {part: box or {"x": 0, "y": size[1], "width": 0, "height": 0} for part, box in found.items()}
    whole = {part: box["width"] > 0 and box["y"] >= 0 and box["y"] + box["height"] <= size[1] for part, box in boxes.items()}
    left, top = (min(box[side] for box in boxes.values()) for side in ("x", "y"))
    right, bottom = (max(box[at] + box[long] for box in boxes.values()) for at, long in (("x", "width"), ("y", "height")))
    share = (min(right, size[0]) - left) * (min(bottom, size[1]) - top) / (size[0] * size[1])
    said = ", ".join(f"{name} {'whole' if whole[part] else 'CUT OFF'}" for part, name in INSTRUMENT.items())
    return f"instrument: {share:.0%} of the screen; {said}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SOFTWARE)
        found = [first_point(browser) for _ in range(rounds)]
        titles = (
            "first point from `rpo`",
            "first point from opening the page",
            "the app's own, from there",
            "the chart's, from there",
        )
        for title, seconds in zip(titles, zip(*found, strict=True), strict=True):
            print(f"{title}: median {median(seconds):.1f} s of {sorted(round(one, 1) for one in seconds)}", flush=True)
        with served() as (root, _):
            for size in SIZES:
                pages(browser, root, size)
        browser.close()


if __name__ == "__main__":
    main()
