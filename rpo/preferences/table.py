"""Numbered rows become a data set: usable ones in Arrow, the others counted and named with the rule that they break.

Here prompts are split, too: as the data say, else by a draw. Not what a row means, which is `formats`, and not where rows come
from, which is `sources`.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from itertools import chain, islice
from typing import Any

from rpo.errors import RpoError
from rpo.preferences.formats import Format, recognise
from rpo.preferences.types import Broken, PreferenceSet

HELD_OUT = 0.1  # share of the prompts held out where a file names no split
SPLITS = {
    "train": "train",
    "held-out": "held-out",
    "test": "held-out",
    "eval": "held-out",
    "validation": "held-out",
    "valid": "held-out",
    "valid1": "held-out",  # as OpenAI's comparisons say it
    "valid2": "held-out",
}
OPTIONAL = ("score_chosen", "score_rejected", "strength", "score")  # columns that most data lack
LOOK = 50  # rows looked at to recognise a format


def assemble(
    name: str, found: Iterable[tuple[Any, ...]], columns: Mapping[str, str] | None = None, told: Sequence[str] = ()
) -> PreferenceSet:
    """Turn numbered raw rows into a `PreferenceSet`; used for files and for hub data alike.

    `told` are sentences of the reader, which may be added while it reads; they become notes.
    """
    rest = iter(found)
    first = list(islice(rest, LOOK))
    readable = [row for _, row, *_ in first if isinstance(row, dict)]
    if not readable:
        reasons = "; ".join(f"line {line}: {_fault(row)}" for line, row, *_ in first[:3]) or "it is empty"
        raise RpoError(f"a data file must hold rows, {name} has none that can be read ({reasons})")
    form = recognise(readable, columns)
    table, broken, read = _examples(chain(first, rest), form)
    if not table["id"]:
        worst, count = Counter(item.rule for item in broken).most_common(1)[0]
        raise RpoError(f"{name} must hold usable rows, but all {read} were left out; {count} because: {worst}")
    _fill_splits(table)
    from datasets import Dataset

    return PreferenceSet(name, form.kind, Dataset.from_dict(_without_empty(table)), tuple(broken), read, notes=tuple(told))


def _examples(found: Iterable[tuple[Any, ...]], form: Format) -> tuple[dict[str, list[Any]], list[Broken], int]:
    table: dict[str, list[Any]] = {name: [] for name in ("id", *(field.name for field in fields(form.kind.example)), "split")}
    seen: dict[str, int] = {}
    broken: list[Broken] = []
    read = 0
    for line, row, *where in found:
        part = where[0] if where else ""
        read += 1
        try:
            if not isinstance(row, dict):
                raise _fault(row)
            example = form.read(row)
            name = example.id
            if name in seen:
                raise RpoError(f"it repeats line {seen[name]}")
        except RpoError as error:
            broken.append(Broken(line, str(error), part))
            continue
        seen[name] = line
        for key, value in {"id": name, **asdict(example), "split": _split(row.get("split"))}.items():
            table[key].append(_clean(value))
    return table, broken, read


def _without_empty(table: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The columns that are always there, and those of the others that have a value."""
    return {name: values for name, values in table.items() if name not in OPTIONAL or any(v is not None for v in values)}


def _fault(row: Any) -> RpoError:
    """What is wrong with something that is no row."""
    return row if isinstance(row, RpoError) else RpoError(f"a row must be an object with columns, got {type(row).__name__}")


def _split(said: Any) -> str:
    return SPLITS.get(said.lower(), "") if isinstance(said, str) else ""


def _clean(value: Any) -> Any:
    """Arrow holds UTF-8: a lone surrogate becomes a replacement character."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _fill_splits(table: dict[str, list[Any]]) -> None:
    """Split by prompt, never by row; a prompt's place is a hash of its text, so it does not change when rows are added."""
    given = {prompt: split for prompt, split in zip(table["prompt"], table["split"], strict=True) if split}
    rest = sorted({prompt for prompt in table["prompt"] if prompt not in given}, key=_draw)
    held = max(1, round(HELD_OUT * len(rest))) if len(rest) > 1 and not given else round(HELD_OUT * len(rest))
    place = given | {prompt: "held-out" if rank < held else "train" for rank, prompt in enumerate(rest)}
    table["split"] = [place[prompt] for prompt in table["prompt"]]


def _draw(prompt: str) -> str:
    return hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()
