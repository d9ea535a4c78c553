"""`rpo diff`: the fields in which two runs or files differ."""

import json
from argparse import ArgumentParser, Namespace
from enum import StrEnum
from typing import Any

from rpo.commands.runs.asked import spec_named, takes_spec_file
from rpo.commands.terminal import print_columns
from rpo.commands.verb import Verb


def _options(parser: ArgumentParser) -> None:
    takes_spec_file(parser, "first")
    takes_spec_file(parser, "second")
    parser.add_argument("--json", action="store_true", help="print one JSON object: field to its two values")


def _diff(choice: Namespace) -> int:
    from rpo.settings import differing
    from rpo.spec import FIELDS

    both = [spec_named(word).spec for word in (choice.first, choice.second)]
    found = {name: tuple(map(_plain, values)) for name, values in differing(both).items()}
    if choice.json:
        print(json.dumps(found))
    elif found:
        rows = [(name, *map(str, values), FIELDS[name].title) for name, values in found.items()]
        print_columns(("field", choice.first, choice.second, ""), rows)
    else:
        print("They set all fields alike.")
    return 0


def _plain(value: Any) -> Any:
    """A value as a file has it."""
    return str(value) if isinstance(value, StrEnum) else value


VERB = Verb("diff", "say in which fields two runs, sweeps or files differ", _diff, _options)
