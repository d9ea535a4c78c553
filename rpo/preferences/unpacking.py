"""The process that unpacks Parquet for another one: it may die of a file, the web server may not.

Run by path, `python -P unpacking.py`, so that it imports nothing of ours and starts in a fifth of a second. On standard input
comes a JSON line for each file with its limits; out go frames: a letter, a length, and that many bytes. `R` rows, pickled; `D`
the end; `W` words that refuse the file, `M` for want of memory; `S` what the system said. More than `memory` bytes beyond what it
takes at its start are refused by RLIMIT_AS, on Linux. macOS may not enforce that limit and Windows has none: there the limits on
rows and on what a file holds remain, and a file may take more memory before one of them is reached.
"""

import gzip
import json
import pickle
import struct
import sys
import zlib
from collections.abc import Iterator
from typing import Any

HEAD = struct.Struct("<cQ")


class Refused(Exception):  # noqa: N818 - not an error of this program
    """The words that refuse a file."""


def batches(asked: dict[str, Any]) -> Iterator[bytes]:
    """The file's rows, pickled, as many together as stay below `line` bytes."""
    import pyarrow
    from pyarrow import parquet

    with gzip.open(asked["path"], "rb") if asked["packed"] else open(asked["path"], "rb") as file:  # noqa: PTH123
        source = pyarrow.BufferReader(_whole(file, asked["at_once"])) if asked["packed"] else file
        table = parquet.ParquetFile(source, pre_buffer=False, buffer_size=1 << 20)
        left, number = asked["unpacked"], 0
        for batch in table.iter_batches(batch_size=_together(table.metadata, asked), use_threads=False):
            rows = batch.to_pylist()
            for part in _frames(rows, number, asked["line"]):
                left -= len(part)
                if left < 0:
                    raise Refused(asked["too_much"])
                yield part
            number += len(rows)


def _whole(file: Any, most: int) -> bytes:
    data = file.read(most + 1)
    if len(data) > most:
        raise Refused(f"a file that is read at once may hold {most >> 20:,} MiB, this one has more; unpack it first")
    return data


def _together(about: Any, asked: dict[str, Any]) -> int:
    """Rows unpacked together, so that they stay small: one value may take as much as the largest column of a row group."""
    groups = [about.row_group(place) for place in range(about.num_row_groups)]
    sizes = [group.column(place).total_uncompressed_size for group in groups for place in range(group.num_columns)]
    if about.num_rows > asked["rows"]:
        raise Refused(f"a data file may hold {asked['rows']:,} rows, this one says it has {about.num_rows:,}; add it in parts")
    if sum(sizes) > asked["unpacked"]:
        raise Refused(asked["too_much"])
    least = min(asked["at_once"], asked["unpacked"])
    return min(asked["batch"], max(1, least // max([1, *sizes])))


def _frames(rows: list[Any], before: int, most: int) -> Iterator[bytes]:
    """The rows in one piece if that is small enough, else one by one; `before` rows came before them."""
    whole = pickle.dumps(rows, pickle.HIGHEST_PROTOCOL)
    if len(whole) <= most:
        yield whole
        return
    del whole
    for place, row in enumerate(rows, before + 1):
        alone = pickle.dumps([row], pickle.HIGHEST_PROTOCOL)
        if len(alone) > most:
            raise Refused(f"a row may have {most >> 20:,} MiB, row {place} has more; leave it out")
        yield alone


def limit(extra: int) -> None:
    """Let this process take so many bytes more than it has now, where the system knows such a limit."""
    try:
        import resource

        with open("/proc/self/statm") as about:  # noqa: PTH123
            now = int(about.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + extra, resource.RLIM_INFINITY))
    except (ImportError, OSError, ValueError):
        return  # Windows and macOS: see above


def serve(asked: dict[str, Any]) -> None:
    """Answer one file."""
    import pyarrow

    try:
        for part in batches(asked):
            say(b"R", part)
        say(b"D", b"")
    except Refused as refused:
        say(b"W", str(refused).encode())
    except MemoryError:
        say(b"M", asked["too_large"].encode())
    except (pyarrow.ArrowException, OverflowError, UnicodeDecodeError) as error:
        say(b"W", f"a .parquet file must be Parquet: {error}".encode("utf-8", "replace"))
    except (OSError, EOFError, zlib.error) as error:
        say(b"S", str(error).encode("utf-8", "replace"))


def say(kind: bytes, part: bytes) -> None:
    """Write one frame."""
    sys.stdout.buffer.write(HEAD.pack(kind, len(part)))
    sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


def main() -> None:
    """Answer files until nobody asks any more."""
    import pyarrow.parquet  # noqa: F401 - before the limit, which counts from here

    for number, line in enumerate(sys.stdin.buffer):
        asked = json.loads(line)
        if number == 0:
            limit(asked["memory"])
        serve(asked)


if __name__ == "__main__":
    main()
