"""The voting page under a quick hand, in a real chromium: milliseconds from a key to the next pair, the vote stored in between.

    python tests/bench/bench_vote_page.py

Makes a panel of the embedded held-out pairs in a home of its own, serves the app, and votes by keys. The browser itself takes the
time, from its `keydown` to the second frame after the new pair stood in the page. Not a test: it never fails on time.
"""

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
from bench_tau import serve
from playwright.sync_api import Page, TimeoutError, sync_playwright

from rpo.preferences import EMBEDDED, load
from rpo.voting import Answer, Ballots, Comparison, Options

KEYS = ("ArrowLeft", "ArrowRight", "t")
REST = 400  # milliseconds that a rater reads, at the least
LOST = 10_000  # milliseconds after which a key counts as lost
WATCH = """() => {
    const within = (root) => root.querySelector('.ballot')
        ?? [...root.querySelectorAll('*')].map((one) => one.shadowRoot && within(one.shadowRoot)).find(Boolean);
    window.addEventListener('keydown', () => { window.pressed = performance.now(); window.seen = null; }, true);
    const seen = () => requestAnimationFrame(() => requestAnimationFrame(() => { window.seen = performance.now(); }));
    new MutationObserver(seen).observe(within(document), {attributes: true, attributeFilter: ['data-ready']});
}"""


def panel_of(count: int) -> str:
    """A panel of `count` pairs, from real rows over and over."""
    rows = load(EMBEDDED).rows.to_list()
    pairs = [
        Comparison(f"{row['prompt']} ({number})", Answer(row["rejected"], "old"), Answer(row["chosen"], "new"))
        for number, row in enumerate(rows[place % len(rows)] for place in range(count))
    ]
    return Ballots().make_panel("bench", pairs, options=Options(prompts=count))


def vote(page: Page, count: int) -> np.ndarray:
    """Milliseconds of each of `count` votes, from the key to the next pair on the screen; NaN for a key that was lost."""
    page.evaluate(WATCH)
    waits = []
    for done in range(count):
        page.keyboard.press(KEYS[done % len(KEYS)])
        try:
            page.wait_for_function("window.seen", timeout=LOST)
            waits.append(page.evaluate("window.seen - window.pressed"))
        except TimeoutError:
            waits.append(np.nan)
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
            page.locator(".ballot[data-ready]").wait_for(timeout=120_000)
            page.wait_for_timeout(2000)
            waits = vote(page, asked.votes)
            print("votes | lost keys | key to next pair, ms: median | 95 % | worst")
            middle, most = np.nanquantile(waits, [0.5, 0.95])
            print(f"{len(waits)} | {np.isnan(waits).sum()} | {middle:.0f} | {most:.0f} | {np.nanmax(waits):.0f}")
            print("stored:", len(Ballots().votes(panel)))
        finally:
            browser.close()
            server.terminate()


if __name__ == "__main__":
    main()
