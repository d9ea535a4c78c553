"""A large panel on the pages: how long Results and Panels take, what they send, and how long a rater's click waits meanwhile.

    python tests/bench/bench_results.py [--raters 41] [--pairs 5000]

Fills a SQLite database by direct inserts: every rater but the last has voted on all pairs, with ties, undone and changed votes
among them. Each page is then drawn in a thread of this process, as a server does it, while the last rater votes in another: one
click is a vote stored, the next pair and the progress read. The first line is the click alone. Not a test: no time makes it fail.
"""

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import insert
from streamlit.runtime import context
from streamlit.testing.v1 import AppTest, local_script_runner

from rpo.voting import Answer, Ballots, Choice, Comparison, Options, Seat
from rpo.voting.access import LOCAL, SEAL
from rpo.voting.assignment import ShownPair, showings
from rpo.voting.database.schema import EVENTS, SHOWN

APP = Path(__file__).parents[2] / "pages" / "front.py"
MINE = SimpleNamespace(headers=[(LOCAL, SEAL)], cookies={})  # what a server would have found of a visitor of this machine
SECTIONS = ("explore", "slices", "raters", "lengths", "split", "everything")  # of Results, closed at first
REST = 0.05  # seconds between two clicks
ALONE = 100  # clicks without anybody else


def fill(raters: int, pairs: int) -> tuple[str, Seat]:
    """A panel with the votes of all raters but the last, and the last one's seat."""
    ballots, draw = Ballots.here(), random.Random(0)
    texts = ("word " * draw.randint(5, 60) for _ in range(2 * pairs))
    asked = [
        Comparison(f"Question {n}?", Answer(f"{next(texts)}a{n}", "base"), Answer(f"{next(texts)}b{n}", "tuned"), "abc"[n % 3])
        for n in range(pairs)
    ]
    panel = ballots.make_panel("large", asked, options=Options(prompts=pairs, sealed=False))
    with ballots.database.writing() as connection:
        for rater in range(raters):
            seat = Seat(panel, f"rater {rater:02}")
            rows = showings(seat, "a secret", [ShownPair(one.id, one.second.text < one.first.text) for one in asked], 5)
            connection.execute(insert(SHOWN), [{**row, "shown_at": 1e9 + row["place"]} for row in rows])
            if rater < raters - 1:
                connection.execute(insert(EVENTS), [event for row in rows for event in said(draw, row)])
    return panel, seat


def said(draw: random.Random, row: dict) -> list[dict]:
    """The events of one showing: a vote, one in fifty of them taken back or changed before."""
    moment = 1e9 + 10 * row["place"]
    acts = ["vote"] if draw.random() > 0.02 else ["vote", "undo", "vote"] if draw.random() > 0.5 else ["vote", "vote"]
    about = {"panel": row["panel"], "rater": row["rater"], "comparison": row["comparison"], "reason": "", "tags": []}
    return [
        about
        | {"act": act, "revision": place, "time": moment + place + draw.random(), "both_bad": draw.random() < 0.03}
        | {"choice": None if act == "undo" else draw.choice(["left", "right", "right", "tie"])}
        for place, act in enumerate(acts)
    ]


def click(seat: Seat) -> float:
    """Seconds of one click: the vote, then the next pair and the progress."""
    rater_session = Ballots.here().rater_session(seat)
    ballot, began = rater_session.next(), time.perf_counter()
    assert ballot is not None
    rater_session.cast(ballot, Choice.LEFT)
    rater_session.next()
    rater_session.progress()
    return time.perf_counter() - began


def clicks(seat: Seat, until: threading.Event, most: int) -> list[float]:
    """Click until the event, or so often."""
    waits = []
    while not until.is_set() and len(waits) < most:
        waits.append(click(seat))
        time.sleep(REST)
    return waits


def draw_page(name: str, panel: str, open_ones: bool) -> tuple[float, int]:
    """Seconds of a page's second drawing, when all modules are there, and the bytes it sends to the browser."""
    sent: list[int] = []
    parse = local_script_runner.parse_tree_from_messages

    def counted(messages: list) -> object:
        sent.append(sum(message.ByteSize() for message in messages))
        return parse(messages)

    local_script_runner.parse_tree_from_messages = counted
    try:
        at = AppTest.from_file(str(APP), default_timeout=600).run()
        at.query_params["panel"], at.query_params["show"] = panel, "1"
        began = time.perf_counter()
        at.switch_page(f"{name}.py").run()
        took = time.perf_counter() - began
        if open_ones:
            for key in SECTIONS:
                at.session_state[f"section-{key}"] = True
            began = time.perf_counter()
            at.run()
            took = time.perf_counter() - began
        assert not [*at.exception, *at.error], (at.exception, at.error)
    finally:
        local_script_runner.parse_tree_from_messages = parse
    return took, sent[-1]


def beside(name: str, panel: str, seat: Seat, open_ones: bool = False) -> None:
    """Draw the page while the rater clicks, and print the line."""
    done, found = threading.Event(), []

    def page() -> None:
        try:
            found.append(draw_page(name, panel, open_ones))
        finally:
            done.set()

    thread = threading.Thread(target=page)
    thread.start()
    waits = clicks(seat, done, 10**6)
    thread.join()
    (took, size), label = found[0], name + ", all opened" * open_ones
    print(f"| {label} | {took:.1f} | {size / 2**20:.2f} | {line(waits)} |", flush=True)


def line(waits: list[float]) -> str:
    """Clicks, their median and the longest."""
    ordered = sorted(waits)
    return f"{len(ordered)} | {ordered[len(ordered) // 2]:.2f} | {ordered[-1]:.2f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raters", type=int, default=41)
    parser.add_argument("--pairs", type=int, default=5000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RPO_HOME"] = folder
        context._get_client_context = lambda: MINE  # pyright: ignore
        panel, seat = fill(asked.raters, asked.pairs)
        print("| drawn | seconds | MiB sent | clicks meanwhile | median s | longest s |")
        print("|---|" + "---:|" * 5)
        click(seat)
        print(f"| nothing | | | {line(clicks(seat, threading.Event(), ALONE))} |", flush=True)
        beside("results", panel, seat)
        beside("results", panel, seat, open_ones=True)
        beside("panels", panel, seat)


if __name__ == "__main__":
    main()
