"""`rpo runs`: all runs, or those with these words, as Watch lists them."""

import json
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from rpo.commands.terminal import digits, print_columns
from rpo.commands.verb import Verb

if TYPE_CHECKING:
    from rpo.runs import RunRow


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("words", metavar="WORD", nargs="*", help="only runs with all of these in name, note, state or settings")
    parser.add_argument("--sweeps", action="store_true", help="list the sweeps")
    parser.add_argument("--json", action="store_true", help="print one JSON list")


def _runs(choice: Namespace) -> int:
    from rpo import runs

    if choice.sweeps:
        return _sweeps(choice)
    rows = runs.found_by(runs.run_rows(runs.all_runs(broken=True, examples=True)), " ".join(choice.words))
    if choice.json:
        print(json.dumps([_record(row) for row in rows]))
    elif rows:
        heads = ("name", "run", "state", "steps", "accuracy", "margin", "KL")
        print_columns(heads, [(row.run.name, row.title, row.state, row.steps, *map(digits, _figures(row))) for row in rows])
    else:
        print("No run has all of these words." if choice.words else "No run yet; `rpo train` starts one.")
    return 0


def _figures(row: "RunRow") -> tuple[float | None, ...]:
    return row.accuracy, row.margin, row.kl


def _record(row: "RunRow") -> dict[str, Any]:
    """A row for a program: the run's folder and settings too."""
    kept = {name: value for name, value in vars(row).items() if name not in ("run", "began")}
    began = row.began and row.began.isoformat()
    spec = None if row.run.trouble else row.run.spec.as_dict()
    return {"name": row.run.name, **kept, "began": began, "folder": str(row.run.folder), "spec": spec}


def _sweeps(choice: Namespace) -> int:
    from rpo import runs

    found = runs.sweeps()
    if choice.json:
        print(json.dumps([{"name": one.name, "title": one.title, "state": one.standing, "axes": one.axes} for one in found]))
    elif found:
        print_columns(("name", "varies", "state"), [(one.name, one.title, one.standing) for one in found])
    else:
        print("No sweep yet; `rpo train FILE` with `sweep:` in the file starts one.")
    return 0


VERB = Verb("runs", "list the runs, with state, steps and last held-out figures", _runs, _options)
