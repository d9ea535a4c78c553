"""Prompts that a blind panel asks, kept by hash, so that no run trains on them.

A file for each panel under `$RPO_HOME/fence`, written whole; votes that become training data lift it again. It is the list of one
home, for processes that cannot ask the votes database, such as a run's on a cluster. Where a run is started, that database counts
too (`blind`). Not a check of similarity: a prompt reworded passes. White space, case and the way a single turn is written down do
not matter.
"""

from collections.abc import Iterable
from pathlib import Path

from rpo import storage
from rpo.preferences.blind import as_stored, blind
from rpo.preferences.dialogue import alike, transcript, turns


def reserve(prompts: Iterable[str], by: str) -> None:
    """Keep these prompts out of training, in the name of one panel."""
    storage.write_json(_file(by), sorted(_marks_of(prompts)))


def lift(by: str) -> None:
    """Give a panel's prompts free, but for those that another panel asks too."""
    path = storage.home() / "fence" / f"{by}.json"
    with storage.writing(path):
        path.unlink(missing_ok=True)


def asked_by_panels(prompts: Iterable[str]) -> tuple[str, ...]:
    """Those of these prompts that a panel asks, by the votes database, where there is one, or by this home's list.

    What the database says was released, perhaps in another home, is taken off the list: the run's process will read that alone.
    """
    known = blind()
    if known is None:
        return reserved(prompts)
    for path in _files():
        if path.stem in known.released:
            lift(path.stem)
    return _among(prompts, _listed() | _marks_of(known.prompts))


def reserved(prompts: Iterable[str]) -> tuple[str, ...]:
    """Those of these prompts that a panel asks, by this home's list."""
    return _among(prompts, _listed())


def _among(prompts: Iterable[str], marks: set[str]) -> tuple[str, ...]:
    """The prompts, each once, that have one of these marks, as they are or as a database holds them."""
    distinct = dict.fromkeys(prompts) if marks else ()
    return tuple(one for one in distinct if marks & _marks_of({one, as_stored(one)}))


def _listed() -> set[str]:
    """The marks of all panels; a file that is gone was lifted meanwhile."""
    step = "restore a copy, or delete it if its panel may be trained on"
    return {mark for path in _files() for mark in storage.read_json(path, list[str], missing=(), step=step)}


def _files() -> tuple[Path, ...]:
    return tuple((storage.home() / "fence").glob("*.json"))


def _file(by: str) -> Path:
    return storage.folder("fence") / f"{by}.json"


def _marks_of(prompts: Iterable[str]) -> set[str]:
    """Two marks a prompt: of its words, as older lists have them, and of its words whatever their case."""
    forms = [form for one in prompts for form in (transcript(turns(one)), alike(one))]
    return {storage.digest(*form.split()) for form in forms}
