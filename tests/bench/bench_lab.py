"""What a step of the lesson's lab costs in a real chromium: three policies taught, figures and pictures drawn.

    python -m tests.bench.bench_lab

Presses Run on each kind of data and reads what the lab says of each of its 200 steps. Not a test: it never fails on time.
"""

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.bench.bench_tau import ROOT, serve

WATCH = """(lab) => {
  window.costs = [];
  new MutationObserver(() => window.costs.push(Number(lab.dataset.cost))).observe(lab, { attributeFilter: ['data-cost'] });
}"""


def costs(page: Page, address: str) -> np.ndarray:
    """Milliseconds of each step of one whole run."""
    page.goto(address)
    lab = page.locator(".lab[data-step]")
    lab.wait_for(timeout=120_000)
    lab.evaluate(WATCH)
    page.get_by_role("button", name="No", exact=True).click()
    lab.get_by_role("button", name="Run").click()
    page.locator(".lab[data-step='200']").wait_for(timeout=120_000)
    return np.array(page.evaluate("window.costs"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=Path(os.environ.get("RPO_HOME", ROOT / ".rpo")) / "weights")
    parser.add_argument("--port", type=int, default=8632)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        (Path(folder) / "weights").symlink_to(asked.weights.resolve())
        server = serve(Path(folder), asked.port)
        browser = driver.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            print("seed | steps | ms a step: median | 95 % | most")
            for seed in range(3):
                found = costs(page, f"http://localhost:{asked.port}/learn?step=lab&seed={seed}")
                print(f"{seed} | {len(found)} | {np.median(found):.1f} | {np.quantile(found, 0.95):.1f} | {found.max():.1f}")
        finally:
            browser.close()
            server.terminate()


if __name__ == "__main__":
    main()
