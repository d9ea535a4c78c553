"""Which spec a command asks for: of a file, a run, a sweep or a preset, with single fields set otherwise."""

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpo import storage
from rpo.commands.runs.named import NAMED_BY, job_named, run_names
from rpo.errors import RpoError, foreign

if TYPE_CHECKING:
    from rpo.spec import RunSpec
    from rpo.spec_files import SpecFile

STDIN = "-"
SOURCE = f"a file (YAML or JSON), `-` for what comes in, or a run or a sweep whose settings are taken: {NAMED_BY}"


def takes_spec_file(parser: ArgumentParser, name: str, **more: Any) -> None:
    """Let a verb take a file, a run or a sweep under this name."""
    action = parser.add_argument(name, metavar=name.upper(), help=SOURCE, **more)
    action.completer = _sources  # pyright: ignore[reportAttributeAccessIssue] - as argcomplete asks it


def takes_spec(parser: ArgumentParser) -> None:
    """Let a verb take a spec."""
    takes_spec_file(parser, "spec", nargs="?")
    named = "a preset: its name or a part of it; `rpo spec --presets` lists them"
    parser.add_argument("--preset", metavar="NAME", help=named)
    changes = "set these fields, after SPEC: --set tau=0.3 steps=48"
    parser.add_argument("--set", metavar="FIELD=VALUE", nargs="+", action="extend", default=[], help=changes)


def spec_asked(choice: Namespace) -> "SpecFile":
    """The spec of a file, a run or a preset (the first one where neither is named), with the fields that are set."""
    from rpo.spec import PRESETS
    from rpo.spec_files import SpecFile, changed

    if choice.spec and choice.preset:
        raise RpoError(f"a run begins from one thing, got {choice.spec} and the preset {choice.preset}; leave one out")
    if choice.spec:
        found = spec_named(choice.spec)
    else:
        found = SpecFile(preset(choice.preset) if choice.preset else next(iter(PRESETS.values())))
    return replace(found, spec=changed(found.spec, choice.set))


def spec_named(word: str) -> "SpecFile":
    """The spec of a file, a run or a sweep."""
    from rpo.spec_files import read_spec

    if word == STDIN:
        return read_spec(sys.stdin.read(), "the standard input")
    if Path(word).is_file():
        return read_spec(_text(Path(word)), word)
    try:
        return _kept(word)
    except RpoError as error:
        said = "a spec must be a file, a run, a sweep or `-`"
        raise RpoError(f"{said}, got {word!r}: no file has this name, and {error}") from error


def presets() -> "dict[str, RunSpec]":
    """All presets, those of a first run first."""
    from rpo.presets import PAPER_PRESETS
    from rpo.spec import PRESETS

    return PRESETS | PAPER_PRESETS


def preset(word: str) -> "RunSpec":
    """The preset of this name, or with this as a part of its name."""
    known = presets()
    ways = (str.__eq__, str.startswith, str.__contains__)
    for way in ways:
        found = [name for name in known if way(name.lower(), word.strip().lower())]
        if len(found) == 1:
            return known[found[0]]
        if found:
            raise RpoError(f"{word!r} must name one preset, it fits {'; '.join(found[:4])}; write more of its name")
    raise RpoError(f"there is no preset {word!r}; `rpo spec --presets` lists them")


def _kept(word: str) -> "SpecFile":
    from rpo.runs import Sweep
    from rpo.spec_files import SpecFile

    found = job_named(word)
    return SpecFile(found.base, found.axes) if isinstance(found, Sweep) else SpecFile(found.spec)


def _text(path: Path) -> str:
    with storage.reading(path), foreign(f"{path} must be a text in UTF-8", "save it so, or choose another file"):
        return path.read_text(encoding="utf-8-sig")


def _sources(prefix: str = "", **_: object) -> list[str]:
    """Files and runs that begin so, for a shell to complete."""
    from argcomplete.completers import FilesCompleter

    return [*FilesCompleter(("yaml", "yml", "json"))(prefix), *run_names(prefix)]
