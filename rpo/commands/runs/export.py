"""`rpo export`: a run as files for elsewhere, and on request on the Hugging Face hub."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from rpo.commands.runs.named import run_named, takes_run
from rpo.commands.verb import Verb


def _options(parser: ArgumentParser) -> None:
    takes_run(parser)
    kinds = "adapter, merged, merged-bf16, gguf or gguf-adapter (default adapter)"
    parser.add_argument("--as", dest="kind", metavar="KIND", default="adapter", help=kinds)
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="a new folder (default: the run's own folder)")
    parser.add_argument("--push", metavar="NAME", help="send it to the hub as user/name; needs HF_TOKEN")
    parser.add_argument("--public", action="store_true", help="let everybody see what is sent (default: private)")


def _export(choice: Namespace) -> int:
    from rpo import export

    folder = export.write(run_named(choice.run), export.kind_named(choice.kind), choice.to)
    print(folder)
    if choice.push:
        print(export.push(folder, choice.push, private=not choice.public))
    return 0


VERB = Verb(
    "export", "write a run as files for elsewhere: adapter, merged model, GGUF, each with a model card", _export, _options
)
