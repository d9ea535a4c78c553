"""A part of a data set as a data file of its own: the rows on some of its prompts, put on the shelf under a name.

Not a view: the file lives on when the data it came from are gone. Ids are by content, so runs know its rows again.
"""

from collections.abc import Sequence
from pathlib import PurePath

import orjson

from rpo.errors import RpoError
from rpo.preferences import PreferenceSet, add, load, shelf

FIELDS = ("prompt", "chosen", "rejected", "answer", "liked", "slice", "split")


def keep_part(data: PreferenceSet, wanted: Sequence[str], name: str) -> str:
    """Write all rows on the wanted prompts to `name`.jsonl on the shelf; a name taken by other rows is refused."""
    file = name.strip() if name.strip().endswith(".jsonl") else f"{name.strip()}.jsonl"
    rows = [row for prompt in wanted for row in data.about(prompt)]
    if not rows:
        raise RpoError(f"a slice must hold at least one prompt of {data.name}, got none; select some on its map")
    if file in shelf():
        if set(load(file).rows["id"]) != {row["id"] for row in rows}:
            raise RpoError(f"a new file's name must be free, {file!r} holds other rows; choose another name")
        return file
    add(file, b"\n".join(map(orjson.dumps, _written(rows))))
    return file


def part_name(source: str, part: str) -> str:
    """A name to offer for a part of that source: "pairs, pets" of /home/ann/pairs.jsonl."""
    return f"{PurePath(source).name.split('.')[0]}, {part}"


def _written(rows: Sequence[dict]) -> list[dict]:
    """With their split if both sides are there; else the file is split anew, so that something is held out."""
    both = len({row["split"] for row in rows}) == 2
    return [{key: row[key] for key in FIELDS if key in row and (both or key != "split")} for row in rows]
