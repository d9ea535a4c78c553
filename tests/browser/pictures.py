"""The README's pictures, taken from the running app, and the words that were on each page then.

    python -m tests.browser.pictures [HOME]

serves the app on HOME (one of its own, if none is given), makes what the pictures show (the first preset's run, a panel of its
answers with votes that a rule casts, a judging by that rule), and writes `pictures/NAME.png` and `pictures/NAME.txt`. The browser
tests compare the words of the same page with NAME.txt: a picture of a page that says something else by now is stale.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import ROOT, SOFTWARE, until_healthy

PICTURES = Path(__file__).parent / "pictures"
PORT = 8640
WIDE = {"width": 1280, "height": 900}


def words(page: Page) -> str:
    """Headings, fields, and figures' names as a reader sees them, without numbers, each once."""
    said = page.locator("h1:visible, h2:visible, [data-testid=stWidgetLabel]:visible, [data-testid=stMetricLabel]:visible")
    lines = (re.sub(r"\s+", " ", re.sub(r"[\d.,]+", "", text)).strip() for text in said.all_inner_texts())
    return "\n".join(dict.fromkeys(line for line in lines if line)) + "\n"


def fresh(page: Page, name: str) -> None:
    """Fail where the picture of this page is stale."""
    then, now = (PICTURES / f"{name}.txt").read_text(), words(page)
    assert now == then, f"pictures/{name}.png is stale, run `python -m tests.browser.pictures`: it says\n{then}\nnow\n{now}"


def take(page: Page, name: str) -> None:
    page.wait_for_timeout(1500)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.screenshot(path=PICTURES / f"{name}.png")
    (PICTURES / f"{name}.txt").write_text(words(page))


def furnish() -> tuple[str, str]:
    """A finished run and its panel, voted on by a rule with chance in it; their names."""
    from rpo import storage
    from rpo.judging import Plan, RuleJudge, begin
    from rpo.judging.runner import judge_all
    from rpo.preferences import directness
    from rpo.runs import all_runs, answer_pairs, start
    from rpo.spec import PRESETS
    from rpo.voting import Ballots, Choice, Seat, comparisons_from_rows

    storage.toured(mark=True)
    run = next(iter(all_runs()), None) or start(next(iter(PRESETS.values())))
    while run.state.active:
        time.sleep(2)
    rows = [one.row for one in answer_pairs(run)]
    ballots, chance = Ballots.here(), random.Random(0)
    panel = ballots.make_panel(run.title, comparisons_from_rows(rows, f"{run.spec.model} (baseline)", run.name))
    for name in ("Ann", "Ben", "Cleo"):
        rater_session = ballots.rater_session(Seat(panel, name))
        while (ballot := rater_session.next()) is not None:
            left, right = (directness(text).score + chance.gauss(0, 0.2) for text in (ballot.left, ballot.right))
            rater_session.cast(ballot, Choice.TIE if abs(left - right) < 0.1 else Choice.LEFT if left > right else Choice.RIGHT)
    judge_all(begin(Plan(panel, RuleJudge(), 0.0)), lambda part, text: None)
    return run.name, panel


def click_a_point(page: Page, number: int) -> None:
    """Click a prompt of the map's first trace where plotly itself says that it lies, once its picture has made way for it."""
    page.wait_for_function("document.querySelector('.js-plotly-plot')?._fullData?.length", timeout=60_000)
    place = page.evaluate(
        """number => {
            const plot = document.querySelector('.js-plotly-plot'), box = plot.getBoundingClientRect();
            const layout = plot._fullLayout, trace = plot._fullData[0];
            return {x: box.left + layout.xaxis._offset + layout.xaxis.l2p(trace.x[number]),
                    y: box.top + layout.yaxis._offset + layout.yaxis.l2p(trace.y[number])};
        }""",
        number,
    )
    page.mouse.move(place["x"] - 2, place["y"])
    page.mouse.move(place["x"], place["y"], steps=3)
    page.wait_for_timeout(300)
    page.mouse.click(place["x"], place["y"])


def shoot(browser: Browser, run: str, panel: str) -> None:
    page = browser.new_page(viewport=WIDE, base_url=f"http://localhost:{PORT}")
    page.set_default_timeout(240_000)
    page.goto("/explore")
    expect(page.get_by_text("UMAP of all-minilm-l6-v2")).to_be_visible(timeout=240_000)
    page.wait_for_timeout(2000)
    click_a_point(page, 3)
    expect(page.get_by_text("Nearest prompts")).to_be_visible()
    take(page, "explore")
    for name, address, seen in (
        ("tune", "/tune?tau=0.5&M=8", "On unrelated prompts"),
        ("watch", f"/watch?run={run}", "Held-out margin"),
        ("vote", f"/vote?panel={panel}&rater=Dora", "Both bad"),
        ("results", f"/results?panel={panel}&show=1", "Two raters (ceiling)"),
        ("learn", "/learn?step=lab", "Learned without data"),
    ):
        page.goto(address)
        page.get_by_text(seen).first.wait_for()
        if name == "results":
            page.get_by_text("The judge beside the raters").scroll_into_view_if_needed()
        if name == "learn":
            page.get_by_role("button", name="No", exact=True).click()
            page.get_by_role("button", name="Run", exact=True).click()
            page.wait_for_timeout(4000)
        take(page, name)


def main() -> None:
    """Serve, furnish, shoot."""
    place = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    os.environ["RPO_HOME"] = str(place)
    place.mkdir(parents=True, exist_ok=True)
    if not (place / "weights").exists() and (ROOT / ".rpo" / "weights").exists():
        (place / "weights").symlink_to(ROOT / ".rpo" / "weights")
    run, panel = furnish()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(PORT), "--server.headless", "true"]
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        until_healthy(f"http://localhost:{PORT}/_stcore/health", server)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SOFTWARE)
            shoot(browser, run, panel)
            browser.close()
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
