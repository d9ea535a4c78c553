"""Where things live on disk: `$RPO_HOME`, by default `./.rpo` (git-ignored), and how files are written there.

Not a cache and not a database: rooms decide what to keep; this module only says where, and that no file is ever half-written.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import orjson

from rpo.errors import RpoError


def home() -> Path:
    """The folder all work is kept in, absolute; it is made when missing."""
    path = Path(os.environ.get("RPO_HOME", ".rpo")).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RpoError(f"$RPO_HOME must be a folder we can write to, got {path} ({error.strerror}); set it to another") from error
    return path


def folder(*parts: str) -> Path:
    """A folder inside `home()`, made when missing; a part that would lead outside is refused."""
    root = home()
    path = root.joinpath(*parts).resolve()
    if not path.is_relative_to(root):
        raise RpoError(f"a name must stay inside {root}, got {'/'.join(parts)!r}; use letters, digits, '-' and '_'")
    path.mkdir(parents=True, exist_ok=True)
    return path


def owned(mark: bool = False) -> bool:
    """Whether this home asks for its owner's secret; `mark` says that from now on it does."""
    sign = home() / "owned"
    if mark:
        sign.touch()
    return sign.exists()


def write_with(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Call `write(file)` on a temporary neighbour and rename it to `path`: readers see the old file or the new, never a part."""
    with _room_for(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def write_folder(path: Path, write: Callable[[Path], object]) -> None:
    """Call `write(folder)` on an empty neighbour and rename it to `path`, which it replaces: complete, or not there."""
    with _room_for(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as scratch:
            fresh = Path(scratch) / "new"
            fresh.mkdir()
            write(fresh)
            if path.exists():
                path.rename(Path(scratch) / "old")
            fresh.rename(path)


@contextmanager
def _room_for(path: Path) -> Generator[None]:
    """A disk that is full or not ours is an `RpoError`; what was there before stays."""
    try:
        yield
    except OSError as error:
        raise RpoError(
            f"{path} must fit on the disk, but could not be written ({error.strerror}); make room and try again"
        ) from error


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, atomically."""
    data = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY)
    write_with(path, lambda file: file.write(data))


def read_json(path: Path) -> Any:
    """Read a JSON file; a broken one is an `RpoError` that names it."""
    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise RpoError(f"{path} must be JSON, but {error}; delete it or restore a copy") from error


def digest(*parts: str | bytes, more: Iterable[str] = ()) -> str:
    """A 16-hex-digit name for contents: equal parts in equal order give the equal name, on every machine."""
    total = hashlib.sha256()
    for part in (*parts, *more):
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "little") + data)
    return total.hexdigest()[:16]
