"""The voting page under a quick hand, in a real chromium: milliseconds from a key to the next pair, the vote stored in between.

    python tests/bench/bench_vote_page.py

Makes a panel of the embedded held-out pairs in a home of its own, serves the app, and votes by keys. Not a test: it never fails
on time.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from bench_tau import serve
from playwright.sync_api import Page, sync_playwright

from rpo.preferences import EMBEDDED, load
from rpo.voting import Answer, Ballots, Comparison, Options

KEYS = ("ArrowLeft", "ArrowRight", "t")
REST = 400  # milliseconds that a rater reads, at the least


def panel_of(count: int) -> str:
    """A panel of `count` pairs, from real rows over and over."""
    rows = load(EMBEDDED).rows.to_list()
    pairs = [
        Comparison(f"{row['prompt']} ({number})", Answer(row["rejected"], "old"), Answer(row["chosen"], "new"))
        for number, row in enumerate(rows[place % len(rows)] for place in range(count))
    ]
    return Ballots().make_panel("bench", pairs, options=Options(prompts=count))


def vote(page: Page, count: int) -> np.ndarray:
    """Milliseconds of each of `count` votes, from the key to the next pair on the screen."""
    waits = []
    for done in range(count):
        before = page.locator(".pair").get_attribute("data-ready")
        began = time.perf_counter()
        page.keyboard.press(KEYS[done % len(KEYS)])
        page.locator(f".pair[data-ready]:not([data-ready='{before}'])").wait_for()
        waits.append(1000 * (time.perf_counter() - began))
        page.wait_for_timeout(REST)
    return np.array(waits)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--votes", type=int, default=60)
    parser.add_argument("--port", type=int, default=8632)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        os.environ["RPO_HOME"] = folder
        panel = panel_of(200)
        server = serve(Path(folder), asked.port)
        browser = driver.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.goto(f"http://localhost:{asked.port}/vote?panel={panel}&rater=Ann")
            page.locator(".pair[data-ready]").wait_for(timeout=120_000)
            page.wait_for_timeout(2000)
            waits = vote(page, asked.votes)
            print("votes | key to next pair, ms: median | 95 % | worst")
            print(f"{len(waits)} | {np.median(waits):.0f} | {np.quantile(waits, 0.95):.0f} | {waits.max():.0f}")
            print("stored:", len(Ballots().votes(panel)))
        finally:
            browser.close()
            server.terminate()


if __name__ == "__main__":
    main()
