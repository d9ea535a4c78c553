"""Twenty visitors at once: what they wait, what goes wrong, what the server takes.

    python tests/bench/bench_sessions.py --visitors 20 --seconds 120

Serves the app from a home of its own with the embedded data and its map, one finished run of two steps and one panel. Each
visitor is a chromium context with a session of its own and goes from page to page in a seeded order: by the menu, a quarter by
address, Vote and Results always so. A visitor rests a second on each page, and on Vote casts a vote. A page counts as loaded when
its heading stands and nothing runs any more. Browser and server share the machine, so most of the time is chromium's. Not a test:
it never fails on time.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import psutil
from bench_vote_page import panel_of
from playwright.async_api import Browser, Error, Page, async_playwright

from rpo import embeddings, jobs, runs, weights
from rpo.preferences import EMBEDDED, View
from rpo.spec import RunSpec

ROOT = Path(__file__).parent.parent.parent
WEIGHTS = Path(os.environ.get("RPO_HOME", ROOT / ".rpo")).resolve() / "weights"
QUICK = {"steps": 2, "warmup": 1, "held_out": 4, "samples": 2, "prompt_tokens": 48, "answer_tokens": 32, "new_tokens": 16}
PATIENCE = 60_000  # milliseconds after which a page that does not come is given up
REST = 1000  # milliseconds on a loaded page
PAGES = {
    "Explore": "explore",
    "Tune": "tune",
    "Train": "train",
    "Watch": "watch",
    "Panels": "panels",
    "Vote": "vote",
    "Results": "results",
    "Learn": "learn",
    "Set up": "setup",
}


@dataclass
class Seen:
    """What the visitors met."""

    loads: list[tuple[str, float]] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    drops: int = 0
    votes: int = 0


def furnish(home: Path) -> str:
    """The map, a finished run and a panel, whose id is returned."""
    (home / "weights").symlink_to(WEIGHTS)
    waited = [embeddings.request_map(EMBEDDED, weights.ENCODER, View.LAST_TURN), runs.start(RunSpec(seed=1, **QUICK)).folder]
    for folder in waited:
        while (state := jobs.look(folder)).active:
            time.sleep(1)
        assert state.status is jobs.Status.DONE, state
    return panel_of(200)


def serve(home: Path, port: int) -> psutil.Process:
    """The app, answering, its log in the home."""
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"]
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    while True:
        try:
            urlopen(f"http://localhost:{port}/_stcore/health", timeout=1)
        except OSError:
            time.sleep(0.3)
        else:
            return psutil.Process(server.pid)


def highest(server: psutil.Process, over: threading.Event, found: list[float]) -> None:
    """Keep the largest resident memory in MiB until it is over."""
    while not over.wait(0.5):
        found[0] = max(found[0], server.memory_info().rss / 2**20)


class Visitor:
    """One person with a browser window."""

    def __init__(self, page: Page, number: int, root: str, panel: str, seen: Seen) -> None:
        self.page, self.root, self.seen, self.moving = page, root, seen, False
        self.draw, self.own = random.Random(number), {"vote": f"?panel={panel}&rater=V{number}", "results": "?show=1"}
        page.set_default_timeout(PATIENCE)
        page.on("websocket", lambda socket: socket.on("close", self.dropped))

    def dropped(self, _socket: object) -> None:
        """A line that ends while nobody leaves the page."""
        self.seen.drops += not self.moving

    async def stay(self, until: float) -> None:
        """Go from page to page."""
        first = True
        while time.time() < until:
            for name in self.draw.sample(list(PAGES), len(PAGES)):
                if time.time() > until:
                    return
                await self.visit(name, first or PAGES[name] in self.own or self.draw.random() < 0.25)
                first = False

    async def visit(self, name: str, by_address: bool) -> None:
        """One page, loaded and looked at."""
        began, self.moving = time.perf_counter(), by_address
        try:
            if by_address:
                await self.page.goto(f"{self.root}/{PAGES[name]}{self.own.get(PAGES[name], '')}")
            else:
                await self.page.get_by_role("link", name=name, exact=True).first.click()
            self.moving = False
            await self.page.get_by_role("heading", name=name, exact=True).wait_for()
            await self.page.get_by_test_id("stStatusWidget").wait_for(state="detached")
            self.seen.loads.append((name, time.perf_counter() - began))
            await self.look(name)
        except Error as error:
            self.seen.errors[f"{name}: {str(error).splitlines()[0][:90]}"] += 1
        self.moving = False
        await self.page.wait_for_timeout(REST)

    async def look(self, name: str) -> None:
        """Count what is wrong on the page; vote where one can."""
        for kind in ("stException", "stAlertContentError", "stConnectionStatus"):
            for words in await self.page.get_by_test_id(kind).all_inner_texts():
                self.seen.errors[f"{name}, {kind}: {words[:90]}"] += 1
        if await self.page.get_by_role("button", name="Left is better").count():
            await self.page.keyboard.press(self.draw.choice(["ArrowLeft", "ArrowRight", "t"]))
            self.seen.votes += 1


async def visit(browser: Browser, number: int, root: str, panel: str, seen: Seen, until: float) -> None:
    """A visitor comes, stays and leaves."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    visitor = Visitor(await context.new_page(), number, root, panel, seen)
    await visitor.stay(until)
    visitor.moving = True
    await context.close()


async def crowd(visitors: int, seconds: float, root: str, panel: str) -> Seen:
    """All visitors at once."""
    seen, until = Seen(), time.time() + seconds
    async with async_playwright() as driver:
        args = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        browser = await driver.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=args)
        await asyncio.gather(*(visit(browser, number, root, panel, seen, until) for number in range(visitors)))
        await browser.close()
    return seen


def report(seen: Seen, server: dict[str, float], log: str) -> None:
    """Print the tables."""
    print("page | loads | median s | p95 s | worst s")
    for name in (*PAGES, "all"):
        waits = np.array([wait for page, wait in seen.loads if name in (page, "all")])
        if len(waits):
            print(f"{name} | {len(waits)} | {np.median(waits):.2f} | {np.quantile(waits, 0.95):.2f} | {waits.max():.2f}")
    figures = {"websocket drops": seen.drops, "votes": seen.votes, "tracebacks in the server's log": log.count("Traceback")}
    figures |= {**server, "errors shown": seen.errors}
    print(json.dumps(figures, indent=2))


def main() -> None:
    """Furnish, serve, let them in, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--port", type=int, default=8633)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, over = Path(folder), threading.Event()
        os.environ["RPO_HOME"] = folder
        panel, server = furnish(home), serve(home, asked.port)
        most, rest = [0.0], server.memory_info().rss / 2**20
        watcher = threading.Thread(target=highest, args=(server, over, most))
        watcher.start()
        try:
            seen = asyncio.run(crowd(asked.visitors, asked.seconds, f"http://localhost:{asked.port}", panel))
            spent = sum(server.cpu_times()[:2])
        finally:
            over.set()
            watcher.join()
            server.terminate()
            server.wait()
        log = (home / "server.log").read_text(errors="replace")
        taken = {"MiB at rest": rest, "MiB at most": most[0], "CPU seconds": spent}
        report(seen, {f"server's {name}": round(value) for name, value in taken.items()}, log)
        print(log[-3000:] if "Traceback" in log else "", file=sys.stderr)


if __name__ == "__main__":
    main()
