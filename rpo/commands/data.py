"""`rpo data`: what a data set holds, and one row as a model reads it; nothing is kept."""

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from rpo import weights
from rpo.commands.verb import Verb
from rpo.errors import RpoError


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("source", metavar="FILE", help="a file, a folder, a Hugging Face id, or `embedded`")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    mapping = "which column a field is read from, once for each (prompt=question); a field named again takes several columns"
    parser.add_argument("--column", metavar="FIELD=NAME", action="append", default=[], help=mapping)
    parser.add_argument("--model", default=weights.MODEL, help=f"whose tokens are shown (default {weights.MODEL})")
    parser.add_argument("--row", type=int, default=1, help="the usable row that is shown (default 1)")


def _data(choice: Namespace) -> int:
    from rpo import preferences
    from rpo.charts.report import report_lines
    from rpo.tokens import report

    data = preferences.load(choice.source, _columns(choice.column))
    found = report(data, choice.row, choice.model, preferences.text_columns(choice.source))
    print(json.dumps(asdict(found)) if choice.json else report_lines(found))
    return 0


def _columns(said: list[str]) -> dict[str, str | list[str]] | None:
    """A mapping of fields to columns; a field that is given more than once has a list."""
    found: dict[str, list[str]] = {}
    for one in said:
        field, equals, column = one.partition("=")
        if not (field.strip() and equals):
            raise RpoError(f"--column must be FIELD=NAME, got {one!r}; write for instance --column prompt=question")
        found.setdefault(field.strip(), []).append(column)
    return {field: names if len(names) > 1 else names[0] for field, names in found.items()} or None


VERB = Verb("data", "say what a data set holds, and show one row as a model reads it; nothing is kept", _data, _options)
