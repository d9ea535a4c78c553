"""Where preferences come from: the embedded sets, files (JSONL, JSON, CSV, Parquet, also gzipped), and Hugging Face ids.

`load` reads a source whole: usable rows into Arrow, broken ones counted and named. The shelf is the list of what a page can
offer: the embedded sets and the files a person added. Not a validator of taste: what a row says is not judged here.
"""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from rpo import home
from rpo.errors import RpoError
from rpo.preferences import embedded
from rpo.preferences.kept import from_hub, keep_from_hub, kept
from rpo.preferences.mapping import Columns, Frozen, frozen, is_mapping
from rpo.preferences.messages import absent
from rpo.preferences.readers import SUFFIXES, rows, suffix
from rpo.preferences.table import assemble
from rpo.preferences.types import PreferenceSet

EMBEDDED, EMBEDDED_LOG = embedded.PAIRS, embedded.LOG
PEEKED, FEW, WORD = 500, 12, 60  # rows looked at; values of a column that are shown to choose from, and letters of one
LONGEST = 120  # characters of a file's name


def load(source: str, columns: Columns | None = None) -> PreferenceSet:
    """Read a source whole: `embedded`, `embedded-log`, a path, or a Hugging Face id ("owner/name" or "owner/name:split").

    `columns` says which of the file's columns is what, see `mapping`; one that was given when the file was added is remembered.
    Raises `RpoError` when nothing usable is there.
    """
    if source in (EMBEDDED, EMBEDDED_LOG):
        return embedded.load(source)
    path = _path(source)
    if path is not None:
        now = path.stat()
        mapping = columns or _remembered(path)
        stamp = (now.st_ino, now.st_mtime_ns, now.st_size)
        return _loaded(source, str(path), frozen(mapping), stamp)
    return _from_hub(source, frozen(columns))


def at_hand(source: str) -> bool:
    """Whether `load` asks no hub for this source: it is embedded, a file, was fetched before, or is refused by its name alone."""
    if source in (EMBEDDED, EMBEDDED_LOG):
        return True
    try:
        return _path(source) is not None or from_hub(source, ()) is not None
    except RpoError:  # `load` says what is wrong with the name
        return True


def shelf() -> tuple[str, ...]:
    """What can be picked by name: the embedded sets, and the files added to this home."""
    names = sorted(path.name for path in home.folder("data").iterdir())
    shown = (name for name in names if suffix(name) and not name.startswith(".") and name.isprintable())
    return (EMBEDDED, EMBEDDED_LOG, *shown)


def add(name: str, data: bytes, columns: Columns | None = None) -> PreferenceSet:
    """Put a file on the shelf if it can be read; a useless one is refused and not kept. Returns what it holds."""
    _check_name(name)
    place = home.folder("data") / name
    with _trial(name, data) as trial:
        found = load(str(trial), columns)
        trial.replace(place)
    if columns:
        home.write_json(_memory(place), dict(columns))
    else:
        _memory(place).unlink(missing_ok=True)
    return load(name) if found else found


def trial(name: str, data: bytes, columns: Columns | None = None) -> PreferenceSet:
    """What `add` would put on the shelf, without keeping it."""
    _check_name(name)
    with _trial(name, data) as path:
        return load(str(path), columns)


@dataclass(frozen=True)
class Peek:
    """The columns of a file's first rows, and the values of those that have few."""

    columns: tuple[str, ...]
    values: dict[str, tuple[str, ...]]


def peek(name: str, data: bytes) -> Peek:
    """What stands in a file's first rows, for a person who says which column is which."""
    _check_name(name)
    with _trial(name, data) as path:
        seen = [row for _, row, *_ in islice(rows(path), PEEKED) if isinstance(row, dict)]
    cells: dict[str, dict[str, None]] = {}
    for row in seen:
        for column, value in row.items():
            cells.setdefault(str(column), {}).update({} if absent(value) else {str(value)[:WORD]: None})
    return Peek(tuple(cells), {column: tuple(found) for column, found in cells.items() if 0 < len(found) <= FEW})


def _check_name(name: str) -> None:
    if not home.plain(name) or not suffix(name):
        raise RpoError(
            f"a data file's name must be plain (no '/', '\\' or ':', no dot in front, {home.LONGEST} bytes at most) and end in "
            f"{', '.join(SUFFIXES)} (or these with .gz), got {_brief(name)}; rename the file"
        )


@contextmanager
def _trial(name: str, data: bytes) -> Generator[Path]:
    """The file under its own name, in a folder that goes away again."""
    with tempfile.TemporaryDirectory(dir=home.folder("data"), prefix=".new-") as folder:
        home.write_with(Path(folder) / name, lambda file: file.write(data))
        yield Path(folder) / name


def _path(source: str) -> Path | None:
    shelved = home.folder("data") / source
    try:
        path = shelved if shelved.is_file() else Path(source).expanduser()
        if path.is_file():
            return path.resolve()
    except (OSError, RuntimeError) as error:  # a name no file can have, or the home folder of nobody
        raise RpoError(f"a source must be a name that can be looked up, {_brief(source)} cannot ({_why(error)})") from error
    if suffix(source) or source.count("/") != 1 or source.startswith((".", "/", "~")):
        raise RpoError(
            f"a source must be an existing file, a name on the shelf or a hub id 'owner/name', got {_brief(source)}; add the "
            "file or choose another"
        )
    return None


def _brief(name: str) -> str:
    return repr(name) if len(name) <= LONGEST else f"{name[:LONGEST]!r}… ({len(name)} characters)"


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _memory(path: Path) -> Path:
    return path.with_name(f".{path.name}.columns")


def _remembered(path: Path) -> Columns | None:
    if not _memory(path).exists():
        return None
    columns = home.read_json(_memory(path))
    if not is_mapping(columns):
        raise RpoError(f"{_memory(path)} must name a column for each field; delete it and add the file again")
    return columns


@lru_cache(maxsize=8)
def _loaded(source: str, path: str, columns: Frozen, _stamp: tuple[int, ...]) -> PreferenceSet:
    return kept(Path(path), columns, lambda: assemble(Path(source).name, rows(Path(path)), dict(columns) or None))


def _from_hub(source: str, columns: Frozen) -> PreferenceSet:
    """Asked of the hub once a home: what it gave is kept. A copy is opened once a process."""
    return _opened(source, columns, str(home.home()))


@lru_cache(maxsize=4)
def _opened(source: str, columns: Frozen, _home: str) -> PreferenceSet:
    found = from_hub(source, columns)
    return keep_from_hub(source, columns, _fetched(source, columns)) if found is None else found


def _fetched(source: str, columns: Frozen) -> PreferenceSet:
    from datasets import load_dataset

    name, _, split = source.partition(":")
    try:
        data = load_dataset(name, split=split or "train")
    except Exception as error:
        raise RpoError(
            f"{name!r} could not be fetched from the hub ({type(error).__name__}: {str(error)[:200]}); "
            "connect, or download the data and add the file"
        ) from error
    return assemble(source, enumerate(data, 1), dict(columns) or None)
