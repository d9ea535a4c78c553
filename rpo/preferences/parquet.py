"""Rows of a Parquet file, unpacked by a process of its own: a small file may say that it holds gigabytes, and it does.

That process is given a limit on its memory and streams rows back in small pieces; where it dies, the file is refused in words. It
waits for the next file as long as this process lives, for to start one takes longer than to read a small file. Not how it
unpacks: see `unpacking`, which also says where there is no such limit.
"""

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from os import environ
from pathlib import Path
from typing import IO, Any

from rpo.errors import RpoError
from rpo.preferences import unpacking

MEMORY = 1 << 30  # bytes that unpacking may take, beyond what the process takes by itself
POOL = {"ARROW_DEFAULT_MEMORY_POOL": "system"}  # others reserve far more than they use, which counts
KEPT = 64 << 20  # bytes after which a process is not asked again: what it took it may not have given back

INSTEAD = "write it with smaller rows, or as .jsonl"


def unpacked(path: Path, limits: dict[str, Any]) -> Iterator[Any]:
    """The file's rows as dictionaries. `limits`: unpacked, at_once, line, rows, batch, and the words `too_much`."""
    asked = {"path": str(path), "packed": path.name.lower().endswith(".gz"), "memory": MEMORY, **limits}
    asked["too_large"] = f"a Parquet file may take {MEMORY >> 20:,} MiB to unpack, {path.name} takes more; {INSTEAD}"
    process = _waiting()
    try:
        for part in process.answers(asked):
            yield from pickle.loads(part)  # of our own process, see `unpacking`
    finally:
        if process.fit and not _idle:
            _idle.append(process)
        else:
            process.end()


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

    def answers(self, asked: dict[str, Any]) -> Iterator[bytes]:
        """The pieces in which rows come, up to the end; refusals are raised."""
        if self.popen.poll() is not None:  # somebody has ended it meanwhile
            self.popen = self._start()
        (into, out), self.fit = self.pipes, False
        into.write(json.dumps(asked).encode() + b"\n")
        into.flush()
        while len(head := out.read(unpacking.HEAD.size)) == unpacking.HEAD.size:
            kind, size = unpacking.HEAD.unpack(head)
            part = out.read(size)
            self.taken += size
            self.fit = kind in ENDS and self.taken < KEPT
            if kind == b"R":
                yield part
            elif kind == b"D":
                return
            else:
                raise OSError(part.decode()) if kind == b"S" else RpoError(part.decode())
        raise RpoError(f"{asked['too_large']} (its process ended with {self.popen.wait()})")

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


ENDS = (b"D", b"W", b"S")  # after which it is ready for another file; not M: it has run out of memory
_idle: list[_Process] = []
