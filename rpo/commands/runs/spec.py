"""`rpo spec`: a run's settings as a file, to edit, keep and start again."""

from argparse import ArgumentParser, Namespace

from rpo.commands.runs.asked import presets, spec_asked, takes_spec
from rpo.commands.verb import Verb


def _options(parser: ArgumentParser) -> None:
    takes_spec(parser)
    parser.add_argument("--json", action="store_true", help="print JSON, not YAML with comments")
    parser.add_argument("--presets", action="store_true", help="list the presets' names")


def _spec(choice: Namespace) -> int:
    from rpo.spec_files import as_json, as_yaml

    if choice.presets:
        print("\n".join(presets()))
        return 0
    asked = spec_asked(choice)
    print((as_json if choice.json else as_yaml)(asked.spec, asked.sweep), end="")
    return 0


VERB = Verb(
    "spec", "print the settings of a run, a file or a preset as YAML with comments, to edit and to train", _spec, _options
)
