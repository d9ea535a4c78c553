"""Where preferences come from: the embedded sets, files, zips and folders of files, and Hugging Face ids.

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
from typing import Any

from rpo import storage
from rpo.errors import RpoError
from rpo.preferences import embedded
from rpo.preferences.cache import cached, from_hub, keep_from_hub, stamp
from rpo.preferences.files.containers import ALLOWED_ENDINGS, suffix
from rpo.preferences.files.hub import fetched
from rpo.preferences.files.readers import rows
from rpo.preferences.formats.mapping import ColumnMapping, Frozen, frozen, is_mapping
from rpo.preferences.formats.messages import absent
from rpo.preferences.formats.table import assemble
from rpo.preferences.types import PreferenceSet

EMBEDDED, EMBEDDED_LOG = embedded.PAIRS_NAME, embedded.LOG_NAME
PEEKED, VALUES_SHOWN, VALUE_LETTERS = (
    500,
    12,
    60,
)  # rows looked at; values of a column that are shown to choose from, and letters of one
SEVERAL = 2  # words: a text has more, a name or a label may have so many
LONGEST_SHOWN_NAME = 120  # characters of a file's name


def load(source: str, columns: ColumnMapping | None = None) -> PreferenceSet:
    """Read a source whole: `embedded`, `embedded-log`, a file's or folder's path, or a hub id ("owner/name", "owner/name:split").

    `columns` says which of the file's columns is what, see `mapping`; one that was given when the file was added is remembered.
    Raises `RpoError` when nothing usable is there.
    """
    if source in (EMBEDDED, EMBEDDED_LOG):
        return embedded.load_embedded(source)
    path = _path(source)
    if path is not None:
        mapping = columns or (_remembered(path) if path.is_file() else None)
        return _loaded(source, str(path), frozen(mapping), stamp(path).mark)
    return _from_hub(source, frozen(columns))


def forget() -> None:
    """Let this process hold no source any more: the next `load` goes by what lies on the disk, as a new process does."""
    _loaded.cache_clear()
    _opened.cache_clear()


def at_hand(source: str) -> bool:
    """Whether `load` asks no hub: the source is embedded, a file or folder, was fetched before, or is refused by its name."""
    if source in (EMBEDDED, EMBEDDED_LOG):
        return True
    try:
        return _path(source) is not None or from_hub(source, ()) is not None
    except RpoError:  # `load` says what is wrong with the name
        return True


def data_folder() -> tuple[str, ...]:
    """What can be picked by name: the embedded sets, and the files added to this home."""
    names = sorted(path.name for path in storage.folder("data").iterdir())
    shown = (name for name in names if suffix(name) and not name.startswith(".") and name.isprintable())
    return (EMBEDDED, EMBEDDED_LOG, *shown)


def add(name: str, data: bytes, columns: ColumnMapping | None = None) -> PreferenceSet:
    """Put a file in the data folder if it can be read; a useless one is refused and not kept. Returns what it holds."""
    _check_name(name)
    place = storage.folder("data") / name
    with _trial(name, data) as trial:
        found = load(str(trial), columns)
        trial.replace(place)
    if columns:
        storage.write_json(_memory(place), dict(columns))
    else:
        _memory(place).unlink(missing_ok=True)
    return load(name) if found else found


def tried(name: str, data: bytes, columns: ColumnMapping | None = None) -> PreferenceSet:
    """What `add` would put in the data folder, without keeping it."""
    _check_name(name)
    with _trial(name, data) as path:
        return _parsed(name, path, frozen(columns))


@dataclass(frozen=True)
class Peek:
    """The columns of a file's first rows, and the values of those that have few."""

    columns: tuple[str, ...]
    values: dict[str, tuple[str, ...]]


def peek(name: str, data: bytes) -> Peek:
    """What stands in a file's first rows, for a person who says which column is which."""
    _check_name(name)
    with _trial(name, data) as path:
        seen = _first(path)
    cells: dict[str, dict[str, None]] = {}
    for row in seen:
        for column, value in row.items():
            cells.setdefault(str(column), {}).update({} if absent(value) else {str(value)[:VALUE_LETTERS]: None})
    return Peek(tuple(cells), {column: tuple(found) for column, found in cells.items() if 0 < len(found) <= VALUES_SHOWN})


def text_columns(source: str, data: bytes | None = None) -> tuple[str, ...]:
    """The columns of a file's first rows in which texts of several words stand; of a hub id none are known."""
    if data is not None:
        _check_name(source)
        with _trial(source, data) as trial:
            return _with_text(trial)
    path = None if source in (EMBEDDED, EMBEDDED_LOG) else _path(source)
    return () if path is None else _with_text(path)


def _with_text(path: Path) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(name) for row in _first(path) for name, value in row.items() if _several_words(value)))


def _first(path: Path) -> list[dict[str, Any]]:
    """A file's first rows, without those that cannot be read."""
    return [row for _, row, *_ in islice(rows(path), PEEKED) if isinstance(row, dict)]


def _several_words(value: Any) -> bool:
    if isinstance(value, list | dict):
        return any(map(_several_words, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and len(value.split()) > SEVERAL


def _check_name(name: str) -> None:
    if not storage.plain(name) or not suffix(name):
        raise RpoError(
            f"a data file's name must be plain (no '/', '\\' or ':', no dot in front, {storage.LONGEST_FILE_NAME} bytes at most) "
            f"and end in {ALLOWED_ENDINGS}, got {_brief(name)}; rename the file"
        )


@contextmanager
def _trial(name: str, data: bytes) -> Generator[Path]:
    """The file under its own name, in a folder that goes away again."""
    with tempfile.TemporaryDirectory(dir=storage.folder("data"), prefix=".new-") as folder:
        storage.write_with(Path(folder) / name, lambda file: file.write(data))
        yield Path(folder) / name


def _path(source: str) -> Path | None:
    shelved = storage.folder("data") / source
    try:
        path = shelved if shelved.is_file() else Path(source).expanduser()
        if path.is_file() or (source.strip() and path.is_dir()):
            return path.resolve()
    except (OSError, RuntimeError) as error:  # a name no file can have, or the home folder of nobody
        raise RpoError(f"a source must be a name that can be looked up, {_brief(source)} cannot ({_why(error)})") from error
    if suffix(source) or source.count("/") != 1 or source.startswith((".", "/", "~")):
        raise RpoError(
            f"a source must be an existing file or folder, a name in the data folder or a hub id 'owner/name', got "
            f"{_brief(source)}; add the file or choose another"
        )
    return None


def _brief(name: str) -> str:
    return repr(name) if len(name) <= LONGEST_SHOWN_NAME else f"{name[:LONGEST_SHOWN_NAME]!r}… ({len(name)} characters)"


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _memory(path: Path) -> Path:
    return path.with_name(f".{path.name}.columns")


def _remembered(path: Path) -> ColumnMapping | None:
    if not _memory(path).exists():
        return None
    columns = storage.read_json(_memory(path))
    if not is_mapping(columns):
        raise RpoError(f"{_memory(path)} must name a column for each field; delete it and add the file again")
    return columns


@lru_cache(maxsize=8)
def _loaded(source: str, path: str, columns: Frozen, _mark: str) -> PreferenceSet:
    name = Path(source).name or Path(path).name or source  # "." and "/" have none
    return cached(Path(path), columns, lambda: _parsed(name, Path(path), columns))


def _parsed(name: str, path: Path, columns: Frozen) -> PreferenceSet:
    remarks: list[str] = []
    return assemble(name, rows(path, remarks.append), dict(columns) or None, remarks)


def _from_hub(source: str, columns: Frozen) -> PreferenceSet:
    """Asked of the hub once a home: what it gave is kept. A copy is opened once a process."""
    return _opened(source, columns, str(storage.home()))


@lru_cache(maxsize=4)
def _opened(source: str, columns: Frozen, _home: str) -> PreferenceSet:
    found = from_hub(source, columns)
    if found is not None:
        return found
    return keep_from_hub(source, columns, assemble(source, enumerate(fetched(source), 1), dict(columns) or None))
