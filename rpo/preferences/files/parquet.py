"""Rows of a Parquet or Arrow file, unpacked by a process of its own: a small file may say that it holds gigabytes, and it does.

It opens a plain file on the disk itself, and is sent the bytes of one in a zip or of one that is compressed as a whole. It is
given a limit on its memory and streams rows back in small pieces; where it dies, the file is refused in words. It waits for the
next file as long as this process lives, for to start one takes longer than to read a small file. Not how it unpacks: see
`unpacking`, which also says where there is no such limit.
"""

import json
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from os import environ
from typing import IO, Any

from rpo.errors import RpoError
from rpo.preferences.files import limits, unpacking
from rpo.preferences.files.containers import Container, FileKind, FilePart, Packing, open_packed
from rpo.preferences.files.limits import Room

MEMORY = 1 << 30  # bytes that unpacking may take, beyond what the process takes by itself
POOL = {"ARROW_DEFAULT_MEMORY_POOL": "system"}  # others reserve far more than they use, which counts
KEPT_BYTES = 64 << 20  # bytes after which a process is not asked again: what it took it may not have given back

PIECE = 1 << 18  # bytes that are sent together
INSTEAD = "write it with smaller rows, or as .jsonl"
WORKER_ENDS = (b"D", b"W", b"S")  # after which it is ready for another file; not M: it has run out of memory


def unpacked(piece: FilePart, look: FileKind, room: Room) -> Iterator[Any]:
    """The file's rows as dictionaries, as far as there is room for them."""
    process = _waiting()
    try:
        for part in process.answers(piece, look, room):
            yield from pickle.loads(part)  # of our own process, see `unpacking`
    finally:
        if process.fit and not _idle:
            _idle.append(process)
        else:
            process.end()


def _asked(piece: FilePart, look: FileKind, room: Room) -> dict[str, Any]:
    plain = look.packing is Packing.NONE and piece.path is not None
    what = look.container.value
    return {
        "path": str(piece.path) if plain else None,
        "arrow": look.container is Container.ARROW,
        "memory": MEMORY,
        "unpacked": room.left,
        "at_once": limits.AT_ONCE,
        "line": limits.LINE,
        "rows": limits.MOST_ROWS,
        "batch": limits.PARQUET_ROWS,
        "too_much": room.too_much,
        "too_large": f"a file of {what} may take {MEMORY >> 20:,} MiB to unpack, {piece.name} takes more; {INSTEAD}",
    }


def _pieces(piece: FilePart, look: FileKind) -> Iterator[bytes]:
    """The plain bytes of a file that is sent; all of them are read at once."""
    left = limits.AT_ONCE
    with piece.open() as raw, open_packed(raw, look.packing, Room(piece.size)) as file:
        while data := file.read(PIECE):
            left -= len(data)
            if left < 0:
                most = limits.in_megabytes(limits.AT_ONCE)
                raise RpoError(f"a file that is read at once may hold {most}, this one has more; unpack it first")
            yield data


def _waiting() -> "_Process":
    """One that is ready, or a new one; several threads may ask at once."""
    try:
        return _idle.pop()
    except IndexError:
        return _Process()


class _Process:
    """One that unpacks; `fit` to be asked again when it has answered and has not taken much."""

    def __init__(self) -> None:
        self.taken, self.fit = 0, True
        self.popen = self._start()

    @property
    def pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        """Where it reads and where it writes."""
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        return self.popen.stdin, self.popen.stdout

    def answers(self, piece: FilePart, look: FileKind, room: Room) -> Iterator[bytes]:
        """The pieces in which rows come, up to the end; refusals are raised."""
        asked = _asked(piece, look, room)
        if self.popen.poll() is not None:  # somebody has ended it meanwhile
            self.popen = self._start()
        (_, out), self.fit = self.pipes, False
        try:
            self._send(json.dumps(asked).encode() + b"\n", () if asked["path"] else _pieces(piece, look))
        except BrokenPipeError as error:
            raise RpoError(f"{asked['too_large']} (its process ended with {self.popen.wait()})") from error
        while len(head := out.read(unpacking.FRAME_HEAD.size)) == unpacking.FRAME_HEAD.size:
            kind, size = unpacking.FRAME_HEAD.unpack(head)
            part = out.read(size)
            self.taken += size
            room.take(size if kind == b"R" else 0)
            self.fit = kind in WORKER_ENDS and self.taken < KEPT_BYTES
            if kind == b"R":
                yield part
            elif kind == b"D":
                return
            else:
                raise OSError(part.decode()) if kind == b"S" else RpoError(part.decode())
        raise RpoError(f"{asked['too_large']} (its process ended with {self.popen.wait()})")

    def _send(self, asked: bytes, pieces: Iterable[bytes]) -> None:
        into, _ = self.pipes
        into.write(asked)
        for data in pieces:
            into.write(unpacking.SIZE.pack(len(data)) + data)
            self.taken += len(data)
        into.write(unpacking.SIZE.pack(0) if pieces else b"")
        into.flush()

    def end(self) -> None:
        """Kill it, whatever it is at."""
        self.popen.kill()
        for pipe in self.pipes:
            with suppress(BrokenPipeError):
                pipe.close()
        self.popen.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-P", unpacking.__file__]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**environ, **POOL},
            start_new_session=True,  # Ctrl+C in the server's terminal is not for it
        )


_idle: list[_Process] = []
