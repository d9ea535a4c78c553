"""`rpo demo`: the main job in a terminal."""

import json
import sys
from argparse import ArgumentParser, Namespace

from rpo.commands.machine.fetch import fetch_weights
from rpo.commands.verb import Verb


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object last")
    parser.add_argument("--steps", type=int, default=12, help="training steps (default 12)")
    parser.add_argument("--held-out", type=int, default=20, help="held-out rows to measure and to answer (default 20)")
    parser.add_argument("--new-tokens", type=int, help="the longest answer (default: the preset's)")
    parser.add_argument("--short", action="store_true", help="fewer and shorter texts a step: only to see that all works")


def _demo(choice: Namespace) -> int:
    from rpo.commands import walk

    fetch_weights()
    figures = walk.walk(choice.steps, choice.held_out, choice.new_tokens, choice.short)
    print(walk.figures_table(figures), file=sys.stderr if choice.json else sys.stdout)
    if choice.json:
        print(json.dumps(figures))
    return 0


VERB = Verb("demo", "load, embed, train, answer and measure, without a browser", _demo, _options)
