"""Numbered rows become a data set: usable ones in Arrow, the others counted and named with the rule that they break.

What a person should know of the whole is counted here, too: columns that are not read, pairs that contradict each other. Not what
a row means, which is `formats`, and not where rows come from, which is `sources`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from itertools import chain, islice
from typing import Any

from rpo.errors import RpoError
from rpo.preferences.formats.format import Format
from rpo.preferences.formats.mapping import ColumnMapping, read_as, split_rule
from rpo.preferences.formats.sides import AnyExample
from rpo.preferences.formats.splits import Splits, fill
from rpo.preferences.scores import SCORES
from rpo.preferences.types import PreferenceSet, Skipped

ROWS_LOOKED_AT = 50  # rows looked at to recognise a format
CONTROL = re.compile(r"<\|[a-z_]+\|>|<(?:start|end)_of_turn>|\[/?INST\]|<</?SYS>>|</s>")  # tokens of well-known chat templates


def assemble(
    name: str, found: Iterable[tuple[Any, ...]], columns: ColumnMapping | None = None, remarks: Sequence[str] = ()
) -> PreferenceSet:
    """Turn numbered raw rows into a `PreferenceSet`; used for files and for hub data alike.

    `remarks` are sentences of the reader, which may be added while it reads; they become notes.
    """
    rest = iter(found)
    first = list(islice(rest, ROWS_LOOKED_AT))
    readable = [row for _, row, *_ in first if isinstance(row, dict)]
    if not readable:
        reasons = "; ".join(f"line {line}: {_fault(row)}" for line, row, *_ in first[:3]) or "it is empty"
        raise RpoError(f"a data file must hold rows, {name} has none that can be read ({reasons})")
    form, splits = read_as(readable, columns), Splits(split_rule(columns))
    table = _Table(form, splits)
    table.fill(chain(first, rest))
    form.sides.check()
    if not table.columns["id"]:
        worst, count = Counter(item.rule for item in table.broken).most_common(1)[0]
        raise RpoError(f"{name} must hold usable rows, but all {table.read} were left out; {count} because: {worst}")
    splits.check()
    split = fill(table.columns)
    notes = (*remarks, *form.sides.notes(), *split, *_of_pairs(table.columns), *_of_control(table.columns), *table.notes())
    from datasets import Dataset

    rows = Dataset.from_dict(_without_empty(table.columns))
    unused = tuple(column for column in table.names if column not in {*form.uses, splits.rule.column})
    about = {"form": form.name, "unused": unused, "notes": notes, "scale": form.sides.scale}
    return PreferenceSet(name, form.kind, rows, tuple(table.broken), table.read, **about)


@dataclass
class _Table:
    """Columns that fill up row by row; rows that are left out; the names of all columns of the source."""

    form: Format
    splits: Splits
    broken: list[Skipped] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    read: int = 0
    repeated: int = 0

    def __post_init__(self) -> None:
        names = ("id", *(one.name for one in fields(self.form.kind.example)), "split")
        self.columns: dict[str, list[Any]] = {name: [] for name in names}
        self.seen: dict[str, str] = {}

    def fill(self, found: Iterable[tuple[Any, ...]]) -> None:
        """Read all rows."""
        for line, row, *where in found:
            part = where[0] if where else ""
            self.read += 1
            try:
                if not isinstance(row, dict):
                    raise _fault(row)
                self.names.update(dict.fromkeys(map(str, row)))
                examples = self._fresh(self.form.read(row), f"line {line}{f' of {part}' if part else ''}")
            except RpoError as error:
                self.broken.append(Skipped(line, str(error), part))
                continue
            split = self.splits.of(row, part)
            for name, example in examples:
                for key, value in {"id": name, **vars(example), "split": split}.items():
                    self.columns[key].append(_clean(value))

    def notes(self) -> tuple[str, ...]:
        """Pairs of a row of which others were read."""
        return (f"Pairs of rankings that repeat others and are not used: {self.repeated:,}.",) if self.repeated else ()

    def _fresh(self, examples: list[AnyExample], place: str) -> list[tuple[str, AnyExample]]:
        """Those that no earlier row has, with their ids. Raises where none is left."""
        named = {one.id: one for one in examples}
        fresh = [(name, one) for name, one in named.items() if name not in self.seen]
        if not fresh:
            raise RpoError(f"it repeats {self.seen[next(iter(named))]}")
        self.repeated += len(examples) - len(fresh)
        self.seen.update((name, place) for name, _ in fresh)
        return fresh


def _of_pairs(table: dict[str, list[Any]]) -> Iterator[str]:
    """Pairs that contradict each other, or their scores, or repeat their prompt."""
    if "chosen" not in table:
        return
    pairs = list(zip(table["prompt"], table["chosen"], table["rejected"], strict=True))
    known = set(pairs)
    turned = sum((prompt, rejected, chosen) in known for prompt, chosen, rejected in pairs) // 2
    if turned:
        yield f"Pairs that are there in both orders, so that each answer is preferred once: {turned:,}. All are read."
    scores = zip(table["score_chosen"], table["score_rejected"], strict=True)
    gaps = [one - other for one, other in scores if one is not None and other is not None]
    below, equal = sum(gap < 0 for gap in gaps), gaps.count(0)
    if below:
        yield f"Pairs whose chosen answer has the lower score: {below:,}. They are read as the columns say."
    if equal:
        yield f"Pairs whose answers have the same score: {equal:,}."
    again = sum(chosen.startswith(prompt) and rejected.startswith(prompt) for prompt, chosen, rejected in pairs)
    if again:
        yield f"Pairs whose answers begin with the prompt itself, which the model then writes once more: {again:,}."


def _of_control(table: dict[str, list[Any]]) -> Iterator[str]:
    """Texts in which a chat template was written before."""
    texts = [table[name] for name in ("prompt", "chosen", "rejected", "answer") if name in table]
    found = [mark[0] for row in zip(*texts, strict=True) if (mark := next(filter(None, map(CONTROL.search, row)), None))]
    if found:
        yield (
            f"Rows with control tokens of a chat template, such as {found[0]}: {len(found):,}. Those of the model itself are not "
            "wrapped again; those of another model are read as plain text."
        )


def _without_empty(table: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The columns that are always there, and those of the others that have a value."""
    return {name: values for name, values in table.items() if name not in SCORES or any(v is not None for v in values)}


def _fault(row: Any) -> RpoError:
    """What is wrong with something that is no row."""
    return row if isinstance(row, RpoError) else RpoError(f"a row must be an object with columns, got {type(row).__name__}")


def _clean(value: Any) -> Any:
    """Arrow holds UTF-8: a lone surrogate becomes a replacement character."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
