"""The process that unpacks Parquet and Arrow for another one: it may die of a file, the web server may not.

Run by path, `python -P unpacking.py`, so that it imports nothing of ours and starts in a fifth of a second. On standard input
comes a JSON line for each file with its limits; where that names no path the file follows in pieces, each a length and so many
bytes, up to a length of 0. Out go frames: a letter, a length, and that many bytes. `R` rows, pickled; `D` the end; `W` words that
refuse the file, `M` for want of memory; `S` what the system said. More than `memory` bytes beyond what it takes at its start are
refused by RLIMIT_AS, on Linux. macOS may not enforce that limit and Windows has none: there the limits on rows and on what a file
holds remain, and a file may take more memory before one of them is reached.
"""

import json
import pickle
import struct
import sys
from collections.abc import Iterator
from typing import Any

FRAME_HEAD, SIZE = struct.Struct("<cQ"), struct.Struct("<Q")
ARROW_FILE, ARROW_STREAM = b"ARROW1", b"\xff\xff\xff\xff"  # how a file and a stream of batches begin


class Refused(Exception):  # noqa: N818 - not an error of this program
    """The words that refuse a file."""


def frames(asked: dict[str, Any]) -> Iterator[bytes]:
    """The file's rows, pickled, as many together as stay below `line` bytes."""
    import pyarrow

    left, number = asked["unpacked"], 0
    with pyarrow.OSFile(asked["path"]) if asked["path"] else pyarrow.BufferReader(received()) as file:
        for batch in (_arrow if asked["arrow"] else _parquet)(file, asked):
            rows = batch.to_pylist()
            for part in _frames(rows, number, asked["line"]):
                left -= len(part)
                if left < 0:
                    raise Refused(asked["too_much"])
                yield part
            number += len(rows)


def received() -> bytearray:
    """The file that comes after its JSON line; who sends it minds how large it is."""
    whole = bytearray()
    while size := SIZE.unpack(sys.stdin.buffer.read(SIZE.size))[0]:
        whole += sys.stdin.buffer.read(size)
    return whole


def _parquet(file: Any, asked: dict[str, Any]) -> Iterator[Any]:
    from pyarrow import parquet

    table = parquet.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
    yield from table.iter_batches(batch_size=_together(table.metadata, asked), use_threads=False)


def _arrow(file: Any, asked: dict[str, Any]) -> Iterator[Any]:
    """Slices of the batches, of a file or a stream of them, so that they stay small: see `_together`."""
    from pyarrow import ipc

    first = file.read(len(ARROW_FILE))
    if not first.startswith((ARROW_FILE, ARROW_STREAM)):
        raise Refused("the file must be Arrow: it does not begin as a file or stream of it")
    file.seek(0)
    for batch in _batches(ipc.open_file(file)) if first == ARROW_FILE else ipc.open_stream(file):
        batch.validate(full=True)  # offsets are used as they are
        largest = max([1, *(column.nbytes for column in batch.columns)])
        together = min(asked["batch"], max(1, min(asked["at_once"], asked["unpacked"]) // largest))
        yield from (batch.slice(start, together) for start in range(0, batch.num_rows, together))


def _batches(file: Any) -> Iterator[Any]:
    return (file.get_batch(place) for place in range(file.num_record_batches))


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
        for part in frames(asked):
            say(b"R", part)
        say(b"D", b"")
    except Refused as refused:
        say(b"W", str(refused).encode())
    except MemoryError:
        say(b"M", asked["too_large"].encode())
        sys.exit(1)  # what it is still sent has no reader
    except (pyarrow.ArrowException, OverflowError, UnicodeDecodeError) as error:
        say(b"W", f"the file must be {'Arrow' if asked['arrow'] else 'Parquet'}: {error}".encode("utf-8", "replace"))
    except (OSError, EOFError) as error:
        say(b"S", str(error).encode("utf-8", "replace"))


def say(kind: bytes, part: bytes) -> None:
    """Write one frame."""
    sys.stdout.buffer.write(FRAME_HEAD.pack(kind, len(part)))
    sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


def main() -> None:
    """Answer files until nobody asks any more."""
    import pyarrow.ipc
    import pyarrow.parquet  # noqa: F401 - before the limit, which counts from here

    for number, line in enumerate(sys.stdin.buffer):
        asked = json.loads(line)
        if number == 0:
            limit(asked["memory"])
        serve(asked)


if __name__ == "__main__":
    main()
