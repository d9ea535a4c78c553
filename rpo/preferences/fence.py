"""Prompts that a blind panel asks, kept by hash, so that no run trains on them.

A file for each panel under `$RPO_HOME/fence`, written whole; votes that become training data lift it again. Not a check of
similarity: a prompt reworded passes. White space and the way a single turn is written down do not matter.
"""

from collections.abc import Iterable
from pathlib import Path

from rpo import home
from rpo.errors import RpoError
from rpo.preferences.types import transcript, turns


def fence(prompts: Iterable[str], by: str) -> None:
    """Keep these prompts out of training, in the name of one panel."""
    home.write_json(_file(by), sorted({_mark(prompt) for prompt in prompts}))


def lift(by: str) -> None:
    """Give a panel's prompts free, but for those that another panel asks too."""
    _file(by).unlink(missing_ok=True)


def fenced(prompts: Iterable[str]) -> tuple[str, ...]:
    """Those of these prompts that a panel asks."""
    marks = {mark for path in home.folder("fence").glob("*.json") for mark in _marks(path)}
    return tuple(prompt for prompt in dict.fromkeys(prompts) if _mark(prompt) in marks) if marks else ()


def _marks(path: Path) -> list[str]:
    marks = home.read_json(path, missing=[])  # lifted meanwhile
    if not isinstance(marks, list):
        raise RpoError(f"{path} must hold a list of marks; delete it if its panel may be trained on")
    return [mark for mark in marks if isinstance(mark, str)]


def _file(by: str) -> Path:
    return home.folder("fence") / f"{by}.json"


def _mark(prompt: str) -> str:
    return home.digest(*transcript(turns(prompt)).split())
