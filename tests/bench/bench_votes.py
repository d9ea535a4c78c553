"""How many votes ten raters at once can cast, and how long one takes: ten processes of 200 votes each, on both databases.

    python tests/bench/bench_votes.py [--raters 10] [--votes 200]

A click stores a vote, then fetches and stamps the next pair; the table times the first part and both together. Lost are votes
that were acknowledged and are not among those read back. PostgreSQL is the local installation's, in a cluster of its own.
"""

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from rpo.errors import RpoError
from rpo.voting import Ballots, Options, Seat
from tests.voting.conftest import cluster, comparisons


def rate(url, panel, rater, start, results):
    """Vote to the end; an error is counted and the click repeated."""
    rater_session = Ballots(url).rater_session(Seat(panel, rater))
    rater_session.progress()
    start.wait()
    acknowledged, errors, casts, clicks = [], 0, [], []
    ballot = rater_session.next()
    while ballot is not None:
        began = time.perf_counter()
        try:
            rater_session.cast(ballot, "left", reason="because it is shorter")
            casts.append(time.perf_counter() - began)
            acknowledged.append(ballot.prompt)
            ballot = rater_session.next()
            clicks.append(time.perf_counter() - began)
        except RpoError:
            errors += 1
    results.put((rater, acknowledged, errors, casts, clicks))


def measure(url, raters, votes):
    """One line of the table."""
    ballots = Ballots(url)
    panel = ballots.make_panel("bench", comparisons(votes), options=Options(prompts=votes, repeats=0))
    context = multiprocessing.get_context("spawn")
    results, start = context.Queue(), context.Barrier(raters)
    processes = [context.Process(target=rate, args=(url, panel, f"rater {n}", start, results)) for n in range(raters)]
    for process in processes:
        process.start()
    counted = [results.get() for _ in processes]
    for process in processes:
        process.join()
    stored = [(vote.rater, vote.prompt) for vote in ballots.votes(panel)]
    lost = {(rater, pair) for rater, pairs, *_ in counted for pair in pairs} - set(stored)
    casts, clicks = ([one for line in counted for one in line[place]] for place in (3, 4))
    return [
        len(stored),
        len(stored) - len(set(stored)),
        sum(line[2] for line in counted),
        len(lost),
        *spread(casts),
        *spread(clicks),
    ]


def spread(seconds):
    """Median, 95th percentile and worst, in ms."""
    ms = [1000 * one for one in seconds]
    return [f"{one:.1f}" for one in (statistics.median(ms), statistics.quantiles(ms, n=20)[-1], max(ms))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raters", type=int, default=10)
    parser.add_argument("--votes", type=int, default=200)
    asked = parser.parse_args()
    print("| | votes | twice | errors | lost | vote: median ms | p95 | worst | and the next pair: median ms | p95 | worst |")
    print("|---|" + "---:|" * 10)
    with tempfile.TemporaryDirectory() as folder, cluster() as server:
        for name, url in (("SQLite", f"sqlite:///{folder}/votes.db"), ("PostgreSQL", server)):
            if url is not None:
                line = measure(url, asked.raters, asked.votes)
                print("| " + " | ".join(map(str, [name, *line])) + " |", flush=True)


if __name__ == "__main__":
    main()
