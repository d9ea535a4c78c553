"""`rpo doctor`: what this machine has, what is missing and for what, a line a thing."""

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from rpo.commands.verb import Verb

HELP = "say what this machine has, what is missing and for what; exit status 0 if a run can be made"


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON list of findings")


def _doctor(choice: Namespace) -> int:
    from rpo.commands.machine.checks import Verdict, looked_at

    found = []
    for one in looked_at():
        found.append(one)
        if not choice.json:
            print(f"{one.verdict:<9} {one.what:<14} {one.words}{one.step and f'; {one.step}'}", flush=True)
    broken = ", ".join(one.what for one in found if one.verdict is Verdict.BROKEN)
    if choice.json:
        print(json.dumps([asdict(one) for one in found]))
    else:
        print(f"\nTo load, train and vote, correct: {broken}." if broken else "\nLoading, training and voting work here.")
    return 1 if broken else 0


VERB = Verb("doctor", HELP, _doctor, _options)
