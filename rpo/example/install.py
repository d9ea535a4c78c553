"""The example brought into a home that is new, whole or not at all, and taken away again for good.

What comes with the package lies in `run`, a run's folder without its adapter, and in `pairs.jsonl`, the panel's pairs; `python -m
tests.ship_example` makes both anew. Only a server brings the example (`app.py`), once a home: never where there has been a run or
a panel, never again after it was removed, and never where `RPO_EXAMPLE` is 0.
"""

import os
import shutil
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from typing_extensions import TypedDict

from rpo import storage, weights
from rpo.errors import RpoError
from rpo.example.words import RULES
from rpo.jsonl import read_lines
from rpo.runs import all_runs
from rpo.voting import RUBRIC, Ballots, Options, comparisons_from_rows, panels
from rpo.voting.by_rule import cast_by_rule
from rpo.voting.panels import EXAMPLE

SHIPPED = Path(__file__).parent
RUN_FOLDER, PAIRS_FILE = "run", "pairs.jsonl"
UNTRAINED = f"{weights.MODEL} (baseline)"
TITLE = "Example: First run against its baseline"
VARIABLE = "RPO_EXAMPLE"


class PairRecord(TypedDict):
    """A pair as it is shipped; what it may have besides is for `comparisons_from_rows` to judge."""

    prompt: str
    baseline: str
    candidate: str


def install(ballots: Ballots, shipped: Path = SHIPPED) -> bool:
    """Bring the example into a new home; returns whether it was brought now. Of servers that start at once one does it.

    Raises `RpoError`, and leaves nothing, where it cannot be written.
    """
    if not wanted() or storage.example_settled():
        return False
    lock = storage.home() / "example.lock"
    with storage.writing(lock), FileLock(lock):
        brought = not all_runs(broken=True) and _bring(ballots, shipped)
        storage.example_settled(mark=True)
    return brought


def remove(ballots: Ballots) -> None:
    """Take run and panel away with all votes, whichever of them is there; this home does not get them again.

    Raises `RpoError` while a judge is at work on the panel.
    """
    from rpo import judging  # it knows the figures of votes, which take long to import

    there = judging.judgings(EXAMPLE)
    if any(one.state.active for one in there):
        raise RpoError("an example can be removed once no judge is at work on it, one is; stop it on Model judge first")
    storage.example_settled(mark=True)
    if any(one.example for one in ballots.panels()):
        with ballots.database.writing() as connection:
            panels.remove_example(connection, EXAMPLE)
    for one in there:
        storage.remove_folder(one.folder)
    for run in all_runs(broken=True, examples=True):
        if run.example:
            storage.remove_folder(run.folder)


def wanted() -> bool:
    """Whether this server may bring the example: `RPO_EXAMPLE` is 1, as by default, or 0."""
    found = os.environ.get(VARIABLE, "1")
    if found not in ("0", "1"):
        raise RpoError(f"{VARIABLE} must be 0 or 1, got {found!r}; set it to 0 for a server without the example")
    return found == "1"


def _bring(ballots: Ballots, shipped: Path) -> bool:
    """The folder appears as the last thing before the transaction ends: a crash leaves nothing, or a run that is brought anew."""
    folder = storage.folder("runs") / EXAMPLE
    try:
        with ballots.database.writing() as connection:
            if panels.every(connection):
                return False
            _panel(connection, shipped / PAIRS_FILE)
            storage.write_folder(folder, lambda place: _copy(shipped / RUN_FOLDER, place))
    except IntegrityError:  # another home that shares the database was first, and has the run
        return False
    except BaseException:
        storage.remove_folder(folder)
        raise
    return True


def _copy(run: Path, place: Path) -> None:
    """The files without their permissions: a package may be read-only, a run's folder must not be."""
    for path in run.iterdir():
        shutil.copyfile(path, place / path.name)


def _panel(connection: Connection, file: Path) -> None:
    pairs = comparisons_from_rows(read_lines(file, PairRecord), UNTRAINED, EXAMPLE)
    options = Options(len(pairs), sealed=False, repeats=2)
    panels.make(connection, TITLE, pairs, RUBRIC, options, example=True)
    for rater, prefers in RULES.items():
        cast_by_rule(connection, EXAMPLE, rater, prefers)
