"""The `rpo` command: open the app, or do in a terminal what its pages do.

Only the parser: what a verb does is in its module of `rpo.commands`. Not a second way to configure things: whatever can be chosen
is chosen in the app or in a RunSpec.
"""

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import version

from rpo.commands import data, demo
from rpo.commands.machine import app, completion, copies, doctor, fetch, owner
from rpo.commands.panels import panel, results
from rpo.commands.runs import answers, diff, export, going, listing, spec, train, watch
from rpo.commands.verb import Verb
from rpo.errors import RpoError

VERBS: tuple[Verb, ...] = (
    *(fetch.VERB, owner.VERB, demo.VERB, data.VERB, copies.BACKUP, copies.RESTORE_COPY),
    *(train.VERB, spec.VERB, diff.VERB, listing.VERB, watch.VERB, going.STOP, going.RESUME),
    *(answers.VERB, export.VERB, panel.VERB, results.VERB, doctor.VERB, completion.VERB),
)


def main(words: Sequence[str] | None = None) -> int:
    """Entry point of the `rpo` command; `words` are those after `rpo`, by default this process's. Returns the exit status."""
    parser = parser_of(VERBS)
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what could follow
        import argcomplete

        argcomplete.autocomplete(parser)
    choice = parser.parse_args(words)
    if not sys.warnoptions:
        warnings.simplefilter("ignore", FutureWarning)  # what a library says to programmers
    try:
        return choice.do(choice)
    except RpoError as error:
        print(f"rpo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read the output has read enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def parser_of(verbs: Sequence[Verb]) -> argparse.ArgumentParser:
    """The parser of `rpo` with these verbs."""
    parser = argparse.ArgumentParser(prog="rpo", description="Relative Preference Optimization: tune tau, train, judge.")
    parser.add_argument("--version", action="version", version=version("rpo"))
    parser.set_defaults(do=app.serve_app)
    app.serving(parser)
    commands = parser.add_subparsers(title="commands")
    for verb in verbs:
        own = commands.add_parser(verb.name, help=verb.help, description=f"{verb.help[0].upper()}{verb.help[1:]}.")
        own.set_defaults(do=verb.do)
        verb.options(own)
    return parser
