"""`rpo owner`: the secret that opens all pages."""

import sys
from argparse import ArgumentParser, Namespace
from getpass import getpass

from rpo.commands.verb import Verb


def _options(parser: ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--change", action="store_true", help="give the old secret and a new one; signs all browsers out")
    how.add_argument("--reset", action="store_true", help="set a new secret without the old one; signs all browsers out")


def _owner(choice: Namespace) -> int:
    from rpo.voting import Ballots

    owner = Ballots().owner
    if choice.change:
        owner.change(_secret("The present secret: "), _secret("The new secret: "))
    elif choice.reset:
        owner.reset(_secret("The new secret: "))
    else:
        owner.claim(_secret("The owner's secret: "))
    print("From now on the app asks for it; raters come by the links that Panels gives.")
    return 0


def _secret(question: str) -> str:
    return getpass(question) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


VERB = Verb("owner", "set the secret that opens all pages; raters come by invitation", _owner, _options)
