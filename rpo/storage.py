"""Where things live on disk: `$RPO_HOME`, by default `./.rpo` (git-ignored), and how files are written and read there.

No file is ever half-written, and one that was edited, cut or taken away is refused in words when it is read. Not a cache and not
a database: rooms decide what to keep and which shape it has.
"""

import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from reprlib import repr as brief
from typing import IO, TYPE_CHECKING, Annotated, Any, TypeVar, overload

import orjson

from rpo.errors import RpoError

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

T = TypeVar("T")
M = TypeVar("M")
RESTORE = "delete it or restore a copy"
KIND_WORDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "an object",
    "list_type": "a list",
}  # pydantic's kinds of errors -> what it wanted
LONGEST_FILE_NAME = 180  # bytes of a file's name, which leaves room for what we put around it
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
VOTES_VARIABLE = "RPO_VOTES_URL"  # names a votes database of a team's own
LOCKED = (errno.EACCES, errno.EPERM, errno.EROFS)


def home() -> Path:
    """The folder all work is kept in, absolute; it is made when missing."""
    path = Path(os.environ.get("RPO_HOME", ".rpo")).expanduser().resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RpoError(f"$RPO_HOME must be a folder we can write to, got {path} ({error.strerror}); set it to another") from error
    return path


def votes_url() -> str:
    """The votes database: $RPO_VOTES_URL, or SQLite in this home. Nothing is opened or made."""
    return os.environ.get(VOTES_VARIABLE) or f"sqlite:///{home() / 'votes' / 'votes.db'}"


def folder(*parts: str) -> Path:
    """A folder inside `home()`, made when missing; a part that would lead outside is refused."""
    root = home()
    path = root.joinpath(*parts).resolve()
    if not path.is_relative_to(root):
        raise RpoError(f"a name must stay inside {root}, got {'/'.join(parts)!r}; use letters, digits, '-' and '_'")
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def private(path: Path) -> Path:
    """Close a file or folder that is there to all but its owner (Windows: as the user's folder is)."""
    with writing(path):
        mode = path.stat().st_mode
        if mode & 0o077 and path.stat().st_uid == getattr(os, "getuid", lambda: 0)():  # another user's file is theirs to close
            path.chmod(mode & 0o700)
    return path


def plain(name: str) -> bool:
    """Whether a name that somebody gave can be a file's, on any system, and no way to another place."""
    fits = 0 < len(name.encode("utf-8", "replace")) <= LONGEST_FILE_NAME and name.isprintable()
    free = name.split(".")[0].strip().lower() not in RESERVED and not set(name) & set("/\\:")
    return fits and free and not name.startswith(".") and name == name.strip() and not name.endswith(".")


def toured(mark: bool = False) -> bool:
    """Whether the first hints have been read here; `mark` says that they have."""
    return _sign("toured", mark)


def example_settled(mark: bool = False) -> bool:
    """Whether this home has had the example or needed none, so that it is not brought again; `mark` says that it has."""
    return _sign("example", mark)


def _sign(name: str, mark: bool) -> bool:
    sign = home() / name
    if mark:
        with writing(sign):
            sign.touch()
    return sign.exists()


def write_with(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Call `write(file)` on a temporary neighbour and rename it to `path`: readers see the old file or the new, never a part."""
    with writing(path):
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
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as scratch:
            fresh = Path(scratch) / "new"
            fresh.mkdir()
            write(fresh)
            if path.exists():
                path.rename(Path(scratch) / "old")
            fresh.rename(path)


def remove_folder(path: Path) -> None:
    """Take a folder away if it is there: renamed first, so that readers see all of it or nothing."""
    if path.exists():
        with writing(path), tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as scratch:
            path.rename(Path(scratch) / "old")


@contextmanager
def writing(path: Path) -> Generator[None]:
    """A disk that is full or not ours is an `RpoError`; what was there before stays."""
    try:
        yield
    except OSError as error:
        locked = error.errno in LOCKED
        rule, step = ("be ours to write", "correct its permissions") if locked else ("fit on the disk", "make room")
        raise RpoError(f"{path} must {rule}, but could not be written ({error.strerror}); {step} and try again") from error


@contextmanager
def reading(path: Path) -> Generator[None]:
    """What is there but cannot be opened is an `RpoError`; what is not there is the caller's to judge."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise RpoError(
            f"{path} must be a file that we can open, but it could not be ({error.strerror}); correct its permissions or move it"
        ) from error


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, atomically."""
    data = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY)
    write_with(path, lambda file: file.write(data))


@overload
def read_json(path: Path, *, missing: Any = ...) -> Any: ...
@overload
def read_json(path: Path, kind: type[T], *, step: str = RESTORE) -> T: ...
@overload
def read_json(path: Path, kind: type[T], *, missing: M, step: str = RESTORE) -> T | M: ...
def read_json(path: Path, kind: Any = Any, *, missing: Any = ..., step: str = RESTORE) -> Any:
    """Read a JSON file as `validated` does; one that is not there is refused too, unless `missing` is given."""
    try:
        with reading(path):
            found = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        if missing is not ...:
            return missing
        raise RpoError(f"{path.parent} must hold {path.name}, it has none; restore the file or delete the folder") from None
    except orjson.JSONDecodeError as error:
        raise RpoError(f"{path} must be JSON, but {error}; {step}") from error
    return validated(found, kind, path, step)


def validated(found: Any, kind: Any, path: Path, step: str, *, by_line: bool = False) -> Any:
    """What was read from JSON, if it is of this kind; else an `RpoError` that names the file and the first field that is not.

    It is returned as it was read, with the fields of a newer version. A kind is a `TypedDict`, `list` or `dict` of texts, numbers
    and such. A number is no text, true and false are no numbers. `by_line` it is a list of the kind, one a line of the file.
    """
    from pydantic import ValidationError

    try:
        _adapter(kind, by_line).validate_python(found, strict=True)
    except ValidationError as error:
        raise RpoError(f"{path}{_rule(error.errors(include_url=False)[0], by_line)}; {step}") from error
    return found


@lru_cache(maxsize=64)
def _adapter(kind: Any, by_line: bool = False) -> "TypeAdapter[Any]":
    from pydantic import FailFast, TypeAdapter  # 0.15 s, more than all else that `rpo.spec` imports

    return TypeAdapter(Annotated[list[kind], FailFast()] if by_line else kind)  # pyright: ignore


def _rule(fault: "ErrorDetails", by_line: bool) -> str:
    """What a record must say and does not, after its line if it is one of several."""
    place, line = fault["loc"], ""
    if by_line:
        place, line = place[1:], f", line {int(place[0]) + 1},"
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")
    if fault["type"] == "missing":
        return f"{line} must say {name}, it does not"
    wanted, said = KIND_WORDS.get(fault["type"], "a value that this version knows"), brief(fault["input"])
    return f"{line} must say {name} as {wanted}, it says {said}" if place else f"{line} must hold {wanted}, it holds {said}"


def digest(*parts: str | bytes, more: Iterable[str] = ()) -> str:
    """A 16-hex-digit name for contents: equal parts in equal order give the equal name, on every machine."""
    total = hashlib.sha256()
    for part in (*parts, *more):
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "little") + data)
    return total.hexdigest()[:16]
