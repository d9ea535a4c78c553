"""`rpo answers`: what a run and its baseline wrote to held-out prompts."""

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from rpo.commands.runs.named import run_named, takes_run
from rpo.commands.runs.watch import SECONDS
from rpo.commands.verb import Verb
from rpo.errors import RpoError

if TYPE_CHECKING:
    from rpo.runs import AnswerPair, Run


def _options(parser: ArgumentParser) -> None:
    takes_run(parser)
    parser.add_argument(
        "--write", action="store_true", help="let the run answer more held-out prompts first, as many as a panel has"
    )
    parser.add_argument("--first", type=int, metavar="N", help="only the first N (default: all)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line: prompt, baseline, candidate, slice")


def _answers(choice: Namespace) -> int:
    from rpo.runs import answer_pairs

    run = run_named(choice.run)
    if choice.write:
        write_and_wait(run)
    found = answer_pairs(run)[: choice.first]
    if not found:
        raise RpoError(
            f"a run must have written answers to be read, {run.name} has none; add --write, or wait until it has ended"
        )
    for pair in found:
        print(json.dumps(asdict(pair)) if choice.json else _text(pair))
    return 0


def write_and_wait(run: "Run") -> None:
    """Let the run answer held-out prompts, and wait until they are written."""
    import time

    from rpo import jobs
    from rpo.runs import request_answers

    folder = request_answers(run)
    while (state := jobs.look(folder)).active:
        time.sleep(SECONDS)
    if state.status is not jobs.Status.DONE:
        raise RpoError(
            f"answers must be written to their end, it {state.status}: {state.message}; {folder / jobs.LOG_FILE} says more"
        )


def _text(pair: "AnswerPair") -> str:
    from rpo.charts.reading import printable

    return printable(f"# {pair.prompt}\n\n[baseline]  {pair.baseline}\n\n[run]  {pair.candidate}\n")


VERB = Verb("answers", "print what a run and its baseline wrote to held-out prompts", _answers, _options)
