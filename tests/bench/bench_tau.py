"""Tune's plane under a dragging hand, in a real chromium: time of a redraw, time between frames, release to panels.

    python tests/bench/bench_tau.py

Makes a set of prompts from seeded words in a home of its own, serves the app, drags the point along the curve of tau and then
across the plane (own share and likeness), and prints a table. A redraw is the instrument's own JavaScript (weights, figures,
canvas); the time between frames includes what the browser does besides. Not a test: it never fails on time.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

import numpy as np
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
WORDS = (
    "how",
    "why",
    "what",
    "should",
    "can",
    "fix",
    "cook",
    "clean",
    "plan",
    "learn",
    "paint",
    "write",
    "bread",
    "window",
    "garden",
    "engine",
    "letter",
    "budget",
)
WATCH = """() => {
  window.redraws = []; window.frames_ = [];
  const find = (node) => node.querySelector?.('.tau') ?? [...(node.querySelectorAll?.('*') ?? [])]
    .map((one) => one.shadowRoot?.querySelector('.tau')).find(Boolean);
  const tau = find(document);
  new MutationObserver(() => window.redraws.push(Number(tau.dataset.frame))).observe(tau, { attributeFilter: ['data-frame'] });
  let last = performance.now();
  const tick = (now) => { window.frames_.push(now - last); last = now; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}"""

# From the key to the sentence, by the browser's own clock: a poll from outside comes up to half a second late.
AWAIT = """(words) => {
  let began;
  document.addEventListener('keydown', () => { began = performance.now(); }, { capture: true, once: true });
  window.waited = null;
  const captions = () => [...document.querySelectorAll('[data-testid=stCaptionContainer]')];
  const said = () => captions().some((one) => one.textContent.includes(words));
  const watch = new MutationObserver(() => { if (said()) { watch.disconnect(); window.waited = performance.now() - began; } });
  watch.observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def prompts_file(folder: Path, count: int) -> Path:
    """A JSONL file of `count` pairs on distinct prompts."""
    draw = random.Random(0)
    rows = [
        {"prompt": f"{' '.join(draw.choices(WORDS, k=9))} {number}?", "chosen": "Do this first.", "rejected": "It depends."}
        for number in range(count)
    ]
    path = folder / "words.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def serve(home: Path, port: int) -> subprocess.Popen:
    """The app, answering."""
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "RPO_HOME": str(home)}, **quiet)
    while True:
        try:
            urlopen(f"http://localhost:{port}/_stcore/health", timeout=1)
        except OSError:
            time.sleep(0.3)
        else:
            return server


def drag(page: Page, moves: int, along: str) -> tuple[np.ndarray, np.ndarray]:
    """Drag the point to and fro in a mode ("contrast" or "dials"); milliseconds of each redraw, and between frames."""
    place = page.locator(".tau .plane").bounding_box()
    page.evaluate(WATCH)
    for step in range(moves):
        swing = np.sin(step / 9)
        # the curve hugs the upper and right edges of its field, 40 px from the left and 64 from the right, 20 from the top
        x, y = (190 + 130 * swing, 21) if along == "contrast" else (150 + 90 * swing, 150 + 70 * np.cos(step / 7))
        page.mouse.move(place["x"] + x, place["y"] + y)
        if step == 0:
            page.mouse.down()
        page.wait_for_timeout(12)
    assert page.locator(".tau").get_attribute("data-mode") == along
    page.mouse.up()
    return np.array(page.evaluate("window.redraws")), np.array(page.evaluate("window.frames_"))


def release(page: Page, times: int) -> np.ndarray:
    """Milliseconds from a value that is let go to the sentence of the Python side that names it."""
    waits = []
    for number in range(times):
        value = round(0.2 + 0.013 * number, 4)
        page.locator(".tau .number").fill(str(value))
        page.evaluate(AWAIT, f"At τ = {value:g},")
        page.locator(".tau .number").press("Enter")
        page.wait_for_function("window.waited !== null")
        waits.append(page.evaluate("window.waited"))
        page.wait_for_timeout(1500)  # a hand rests, and the curves below are drawn
    return np.array(waits)


def measure(page: Page, url: str, size: int) -> list[str]:
    """One row of the table."""
    page.goto(f"{url}/tune?data=words.jsonl&M={size}&tau=0.5")
    page.locator(f".tau[data-rows='{size}']").wait_for(timeout=300_000)
    page.get_by_text("Means over").wait_for(timeout=300_000)
    said: list[str] = []
    for along in ("contrast", "dials"):
        for values in drag(page, 150, along):
            said += [f"{np.median(values):.1f}", f"{np.quantile(values, 0.95):.1f}"]
        page.wait_for_timeout(3000)
    waits = release(page, 20)
    return [f"{size}", *said, f"{np.median(waits):.0f}", f"{np.quantile(waits, 0.95):.0f}"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[8, 64, 256, 512])
    parser.add_argument("--weights", type=Path, default=Path(os.environ.get("RPO_HOME", ROOT / ".rpo")) / "weights")
    parser.add_argument("--port", type=int, default=8631)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        home = Path(folder)
        (home / "weights").symlink_to(asked.weights.resolve())
        (home / "data").mkdir()
        prompts_file(home / "data", 700)
        server = serve(home, asked.port)
        browser = driver.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            print("medians and 95 % in ms: M | τ redraw | between frames | dials redraw | between frames | release to panels")
            for size in asked.sizes:
                print(" | ".join(measure(page, f"http://localhost:{asked.port}", size)))
        finally:
            browser.close()
            server.terminate()


if __name__ == "__main__":
    main()
