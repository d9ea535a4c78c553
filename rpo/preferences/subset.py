"""A part of a data set, the rows on some of its prompts: as data in memory, or as a file in the data folder under a name.

Not a view: the file lives on when the data it came from are gone. Ids are by content, so runs know its rows again.
"""

from collections.abc import Sequence
from pathlib import PurePath

import orjson

from rpo import storage
from rpo.errors import RpoError
from rpo.preferences.formats.table import assemble
from rpo.preferences.scores import scores
from rpo.preferences.sources import add, data_folder
from rpo.preferences.types import PreferenceSet

KEPT_COLUMNS = ("prompt", "chosen", "rejected", "answer", "liked", "slice", "split")
REPLACED = str.maketrans("/\\:", "---")  # what no file's name may hold
LONGEST_NAME = storage.LONGEST_FILE_NAME - len(".jsonl")  # bytes of a name that is offered


def keep_part(data: PreferenceSet, wanted: Sequence[str], name: str) -> str:
    """Write all rows on the wanted prompts to `name`.jsonl in the data folder; a name taken by other rows is refused."""
    file = _file(name)
    lines = [orjson.dumps(row) for row in _written(_rows(data, wanted))]
    if file not in data_folder():
        add(file, b"\n".join(lines))
    elif set((storage.folder("data") / file).read_bytes().splitlines()) != set(lines):  # ids alone would not tell scores apart
        raise RpoError(f"a new file's name must be free, {file!r} holds other rows or scores; choose another name")
    return file


def part_of(data: PreferenceSet, wanted: Sequence[str], name: str) -> PreferenceSet:
    """The same rows as `load` reads them from the file that `keep_part` writes; nothing is written."""
    return assemble(_file(name), enumerate(_written(_rows(data, wanted)), 1))


def part_name(source: str, part: str) -> str:
    """A name to offer for a part of that source: "pairs, pets" of /home/ann/pairs.jsonl."""
    name = " ".join(f"{PurePath(source).name.split('.')[0]}, {part}".translate(REPLACED).split())
    return name.encode()[:LONGEST_NAME].decode(errors="ignore").strip()


def _file(name: str) -> str:
    return name.strip() if name.strip().endswith(".jsonl") else f"{name.strip()}.jsonl"


def _rows(data: PreferenceSet, wanted: Sequence[str]) -> list[dict]:
    rows = [row for prompt in wanted for row in data.about(prompt)]
    if not rows:
        raise RpoError(f"a slice must hold at least one prompt of {data.name}, got none; select some on its map")
    return rows


def _written(rows: Sequence[dict]) -> list[dict]:
    """With their split if both sides are there; else the file is split anew, so that something is held out.

    Rows with more scores come first: by its first rows a file's columns are recognised.
    """
    both = len({row["split"] for row in rows}) == 2
    written = [{key: row[key] for key in KEPT_COLUMNS if key in row and (both or key != "split")} | scores(row) for row in rows]
    return sorted(written, key=lambda row: -len(scores(row)))
