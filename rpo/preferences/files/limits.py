"""What a data file may hold: limits that leave room for the largest public data and keep memory small, whatever a file holds."""

from rpo.errors import RpoError

UNPACKED = 2 << 30  # bytes that a source may hold, after unpacking
AT_ONCE = 256 << 20  # bytes of a file that must be read whole, and of one batch of Parquet rows
LINE = 32 << 20  # bytes of a line, or letters of a CSV record
LONGEST_RECORD = 10_000  # lines that a CSV record may run over
MOST_LINES = 50_000_000  # of a text, empty ones too
MOST_EMPTY_LINES = 1_000_000  # empty lines in a row
MOST_EXPANSION, SMALL = (
    100,
    64 << 20,
)  # a file may unpack to so many times its size on disk, or to so many bytes whatever its size
MOST_ROWS = 5_000_000
PARQUET_ROWS = 1024  # Parquet rows unpacked together, fewer where they may be large
FILES = 10_000  # files and folders in a folder or zip
DIRECTORY = 4 << 20  # bytes of a zip's list of its files


class Room:
    """How many bytes may still be unpacked, and the words for more."""

    def __init__(self, size: int, within: "Room | None" = None) -> None:
        """Of a file that takes `size` bytes on disk; `within` is that of all files together."""
        self.most = self._left = min(UNPACKED, max(SMALL, MOST_EXPANSION * size))
        self.within = within

    @property
    def left(self) -> int:
        """The bytes that there still is room for."""
        return self._left if self.within is None else min(self._left, self.within.left)

    def take(self, size: int) -> None:
        """Use some of it; `RpoError` where there is not so much."""
        self._left -= size
        if self._left < 0:
            raise RpoError(self.too_much)
        if self.within is not None:
            self.within.take(size)

    @property
    def too_much(self) -> str:
        """The words that refuse what needs more."""
        if self.most == UNPACKED:
            return f"a data file may unpack to {in_megabytes(self.most)}, this one is larger; add it in parts"
        return (
            f"a data file of this size may unpack to {in_megabytes(self.most)}, this one is larger, as no text packs "
            f"{MOST_EXPANSION} times; unpack it first and add it as .jsonl"
        )


def read_whole(line: str | bytes, number: int) -> None:
    """Refuse a line that is longer, or comes later, than a text's lines may."""
    if len(line) > LINE:
        raise RpoError(f"a line may have {in_megabytes(LINE)}, line {number} has more; write one row a line, or leave it out")
    if number > MOST_LINES:
        raise RpoError(f"a text may have {MOST_LINES:,} lines, this one has more; leave out empty lines, or add it in parts")


def after_empty(count: int) -> int:
    """One empty line more, after so many in a row."""
    if count >= MOST_EMPTY_LINES:
        raise RpoError(f"a text may have {MOST_EMPTY_LINES:,} empty lines in a row, this one has more; leave them out")
    return count + 1


def in_megabytes(size: int) -> str:
    """A number of bytes in words."""
    return f"{size >> 20:,} MiB"
