"""Runs and sweeps by what a person types: a folder's name or a part of it, the name that people gave, or `latest`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeVar

from rpo import storage
from rpo.errors import RpoError

if TYPE_CHECKING:
    from rpo.runs import Run, Sweep

LATEST = "latest"
NAMED_BY = "its folder's name or a part of it, the name that you gave it, or `latest`"
T = TypeVar("T")


def takes_run(parser: ArgumentParser, sweeps: bool = False) -> None:
    """Let a verb take the name of a run, or of a sweep too."""
    action = parser.add_argument("run", metavar="RUN", help=f"a run{' or a sweep' * sweeps}: {NAMED_BY}")
    action.completer = run_names  # pyright: ignore[reportAttributeAccessIssue] - as argcomplete asks it


def run_names(prefix: str = "", **_: object) -> list[str]:
    """The folders of runs and sweeps that begin so, for a shell to complete; none is opened."""
    places = (storage.home() / "runs", storage.home() / "sweeps")
    return sorted(path.name for place in places if place.is_dir() for path in place.iterdir() if path.name.startswith(prefix))


def run_named(word: str) -> "Run":
    """The run that a person means; examples too."""
    return _one(word, _runs(), _labels(), "run", "rpo runs")


def job_named(word: str) -> "Run | Sweep":
    """The run or the sweep that a person means."""
    from rpo.runs import sweeps

    known: Mapping[str, Run | Sweep] = {**_runs(), **{one.name: one for one in sweeps()}}
    return _one(word, known, _labels(), "run or sweep", "rpo runs")


def _runs() -> "dict[str, Run]":
    from rpo.runs import all_runs

    return {run.name: run for run in all_runs(broken=True, examples=True)}


def _labels() -> dict[str, str]:
    """Name that people gave -> the run's folder."""
    return {run.label.get("name", ""): name for name, run in _runs().items() if not run.trouble}


def _one(word: str, known: Mapping[str, T], labels: Mapping[str, str], what: str, where: str) -> T:
    """The one that a word names: the whole name before the given name, and that before a part of a name."""
    if not known:
        raise RpoError(f"there is no {what} yet, so none can be {word!r}; start one with `rpo train`")
    if word == LATEST:
        return known[max(known)]
    if exact := known.get(word) or (word and known.get(labels.get(word, ""))):
        return exact
    found = [name for name in known if word and word in name]
    if len(found) == 1:
        return known[found[0]]
    if found:
        raise RpoError(f"{word!r} must name one {what}, it is part of {', '.join(found[:4])}; write more of its name")
    close = get_close_matches(word, [*known, *filter(None, labels)], 1, 0.4)
    near = f"the nearest is {close[0]}, " if close else ""
    raise RpoError(f"there is no {what} {word!r}; {near}`{where}` lists them")
