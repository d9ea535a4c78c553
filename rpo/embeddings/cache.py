"""Unit vectors of a list of prompts, kept on disk by content: row i of a list's file belongs to prompt i, so it can be mapped.

A long list is encoded in parts, the longest texts first, each on disk as soon as it is there: a process that was killed goes on
after its last part. Not a vector database: another list is another file.
"""

import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from filelock import FileLock, Timeout

from rpo import storage, weights
from rpo.embeddings.encoder import Encoder, EncodingProgress, open_encoder
from rpo.embeddings.shipped import shipped
from rpo.errors import RpoError
from rpo.jobs import Progress
from rpo.preferences import View

PART = 2048  # texts encoded from one write to the next: what a killed process loses at most
ROWS_A_BLOCK = 8192  # rows held in memory while a list's file is written
SILENT = Progress(lambda share, words: None)


def embed(
    prompts: Sequence[str],
    encoder: str,
    view: View = View.LAST_TURN,
    progress: Progress = SILENT,
    open_with: Callable[[str], Encoder] = open_encoder,
) -> np.ndarray:
    """Unit vectors (N, D) float32 of the prompts, mapped read-only from disk; encoded first if this list is new to this encoder.

    Raises `RpoError` for an empty list or an encoder that gives zero, infinite or missing numbers.
    """
    if len(prompts) == 0:
        raise RpoError("there must be at least one prompt to embed, got none; choose other data")
    path = vector_file(prompts, encoder, view)
    found = _mapped(path)
    if found is None:
        with _alone(path.with_suffix(".lock"), progress):
            if _mapped(path) is None:  # nobody else made it meanwhile
                _make(prompts, encoder, view, path, progress, open_with)
        found = np.load(path, mmap_mode="r")
    return found


def embed_some(wanted: Sequence[str], everything: Sequence[str], encoder: str, view: View = View.LAST_TURN) -> np.ndarray:
    """Unit vectors (M, D) of some prompts of a set: from the whole set's file where it exists, else embedded on their own."""
    whole = embed(everything, encoder, view) if needs_no_encoder(everything, encoder, view) else None
    if whole is None:
        return embed(wanted, encoder, view)
    rows = {prompt: row for row, prompt in enumerate(everything)}
    return whole[[rows[prompt] for prompt in wanted]]


def needs_no_encoder(prompts: Sequence[str], encoder: str, view: View = View.LAST_TURN) -> bool:
    """Whether the vectors of this list are here already or come with the package: then `embed` opens no encoder."""
    return _mapped(vector_file(prompts, encoder, view)) is not None or shipped(prompts, encoder) is not None


def cut(
    prompts: Sequence[str], encoder: str, view: View = View.LAST_TURN, open_with: Callable[[str], Encoder] = open_encoder
) -> np.ndarray:
    """Which of the prompts are longer than the encoder reads, booleans (N,): known since they were embedded."""
    embed(prompts, encoder, view, open_with=open_with)
    return np.load(cut_file(vector_file(prompts, encoder, view)))


def vector_file(prompts: Sequence[str], encoder: str, view: View) -> Path:
    """Where the list's vectors are kept; where no prompt is a dialogue both views read the same."""
    read = str(view) if any(prompt.startswith("\n\n") for prompt in prompts) else "all"
    return storage.folder("vectors") / f"{storage.digest(weights.fingerprint(encoder), read, more=prompts)}.npy"


def cut_file(path: Path) -> Path:
    """Where it is kept which prompts are cut, beside the file of their vectors."""
    return path.with_suffix(".cut.npy")


def _mapped(path: Path) -> np.ndarray | None:
    """A file's array; None where it is missing or broken."""
    try:
        return np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None


@contextmanager
def _alone(path: Path, progress: Progress) -> Generator[None]:
    """One process encodes a list; another that wants it waits, and finds it done."""
    lock = FileLock(path)
    while not lock.is_locked:
        try:
            lock.acquire(timeout=0.5)
        except Timeout:
            progress(0.0, "waiting for another process that embeds the same prompts")
    try:
        yield
        path.unlink(missing_ok=True)  # whoever waits for it, or comes later, finds the list's file
    finally:
        lock.release()


def _make(
    prompts: Sequence[str], encoder: str, view: View, path: Path, progress: Progress, open_with: Callable[[str], Encoder]
) -> None:
    """Write the list's file: as it comes with the package, else by the encoder."""
    if known := shipped(prompts, encoder):
        storage.write_with(cut_file(path), lambda file: np.save(file, known.cut))
        storage.write_with(path, lambda file: np.save(file, known.vectors))
        return
    progress(0.0, f"opening {encoder}")
    _encode([view.of(prompt) for prompt in prompts], open_with(encoder), path, progress)


def _encode(texts: list[str], encoder: Encoder, path: Path, progress: Progress) -> None:
    """Write the file of these texts; equal ones are encoded once."""
    order = sorted(dict.fromkeys(texts), key=lambda text: -len(text))
    place = {text: number for number, text in enumerate(order)}
    rows = np.array([place[text] for text in texts])
    folder = path.with_suffix("")
    parts = _parts(order, encoder, folder, EncodingProgress(order, progress))
    progress(1.0, "looking for prompts longer than the encoder reads")
    too_long = encoder.cut(order)[rows]
    storage.write_with(cut_file(path), lambda file: np.save(file, too_long))
    storage.write_with(path, lambda file: _join(parts, rows, file))
    shutil.rmtree(folder, ignore_errors=True)


def _parts(order: list[str], encoder: Encoder, folder: Path, pace: EncodingProgress) -> list[np.ndarray]:
    """The vectors of the texts in parts of equal length; those that an earlier process left are taken as they are."""
    parts = []
    for start in range(0, len(order), PART):
        some, file = order[start : start + PART], folder / f"{start}.npy"
        part = _mapped(file)
        if part is None or len(part) != len(some):
            found = encoder.encode(some, pace.part(start, len(some)))
            fresh = unit(found, some, encoder.name)
            storage.write_with(file, lambda out, fresh=fresh: np.save(out, fresh))
            part = np.load(file, mmap_mode="r")
        else:
            pace.skip(start + len(some))
        parts.append(part)
    return parts


def unit(vectors: np.ndarray, texts: Sequence[str], name: str) -> np.ndarray:
    """The rows scaled to length 1; a row without a direction is refused."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    bad = np.flatnonzero(~np.isfinite(lengths[:, 0]) | (lengths[:, 0] == 0))
    if len(bad):
        text = texts[bad[0]][:60]
        raise RpoError(f"every prompt must get a finite vector, {name} gave none for {text!r}; look at that prompt or change it")
    return (vectors / lengths).astype(np.float32)


def _join(parts: list[np.ndarray], rows: np.ndarray, file: IO[bytes]) -> None:
    """Write the parts' vectors in the order of `rows`, block by block: they need not fit into memory."""
    width, size = parts[0].shape[1], len(parts[0])
    head = {"descr": "<f4", "fortran_order": False, "shape": (len(rows), width)}
    np.lib.format.write_array_header_1_0(file, head)
    for start in range(0, len(rows), ROWS_A_BLOCK):
        wanted = rows[start : start + ROWS_A_BLOCK]
        block = np.empty((len(wanted), width), dtype="<f4")
        for number in np.unique(wanted // size):
            mine = wanted // size == number
            block[mine] = parts[number][wanted[mine] % size]
        file.write(block.tobytes())
