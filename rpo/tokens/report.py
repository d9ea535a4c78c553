"""What a data set holds, said before it is kept: what it was recognised as, its counts, what is left out, and one row as read.

The command `rpo data` prints it and the page Data draws it. Not the reading of files, which is `rpo.preferences`.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rpo import weights
from rpo.errors import RpoError
from rpo.preferences import Kind, PreferenceSet, Skipped, Turn, sides, turns
from rpo.spec import RunSpec
from rpo.tokens.cuts import Cuts, sample_sizes
from rpo.tokens.reading import TokenReading, read_row

if TYPE_CHECKING:
    from rpo.tokens.tokenizer import Tokens

ROWS_NAMED = 3  # places that are named of each rule
VALUES = (  # what differs from row to row in a rule
    (re.compile(r"\bline \d[\d,]*"), "an earlier line"),
    (re.compile(r"\bgot .+", re.DOTALL), "got other values"),
)
NUMBER_IN_TEXT = re.compile(r"\d[\d,]*")


@dataclass(frozen=True)
class LeftOut:
    """A rule that `count` rows broke, and where the first of them stand: a line, with the file's part where it has several."""

    rule: str
    count: int
    where: tuple[str, ...]

    @property
    def places(self) -> str:
        """Where the first of them stand, in words."""
        return ", ".join(self.where) + (", …" if self.count > len(self.where) else "")


@dataclass(frozen=True)
class Example:
    """One row as people read it: `number` counts the usable rows from 1, `answers` are names and texts, the good one first."""

    number: int
    split: str
    turns: tuple[Turn, ...]
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DataReport:
    """What a data set holds. Counts are rows, but `prompts`, which are distinct ones; `read` counts rows that are left out, too.

    `liked` counts the answers that were liked, None where rows are pairs. `form` is how the file writes its preferences, `unused`
    names its columns that are not read, `unused_texts` those of them that hold text. `reading` is the example in the tokens of
    `model`, None with the reason in `lacking`; `cuts` is what the model's default lengths cut. Of the distinct prompts `ready`
    hold the template's control tokens and are taken as they are, `quoting` have some within their text.
    """

    name: str
    counts: str
    form: str
    kind: Kind
    read: int
    rows: int
    prompts: int
    train: int
    held_out: int
    liked: int | None
    left_out: tuple[LeftOut, ...]
    unused: tuple[str, ...]
    unused_texts: tuple[str, ...]
    notes: tuple[str, ...]
    example: Example
    model: str
    reading: TokenReading | None = None
    lacking: str = ""
    cuts: Cuts | None = None
    ready: int = 0
    quoting: int = 0


def report(data: PreferenceSet, row: int = 1, model: str = weights.MODEL, texts: Collection[str] = ()) -> DataReport:
    """What these data hold; `row` is the usable row that is shown, from 1, and `texts` are columns of the file that hold text.

    Fetches no demo weights.
    """
    if not 1 <= row <= len(data.rows):
        raise RpoError(f"row must be a number from 1 to {len(data.rows)}, the rows that can be used, got {row}; choose another")
    found = DataReport(
        name=data.name,
        counts=data.counts().replace("**", ""),
        form=data.form,
        kind=data.kind,
        read=data.read,
        rows=len(data.rows),
        prompts=len(data.prompts),
        train=len(data.train),
        held_out=len(data.held_out),
        liked=sum(data.rows["liked"]) if data.kind is Kind.UNPAIRED else None,
        left_out=left_out(data.broken),
        unused=data.unused,
        unused_texts=tuple(column for column in data.unused if column in set(texts)),
        notes=data.notes,
        example=_example(data, row),
        model=model,
    )
    return _in_tokens(found, data, row)


def left_out(broken: Sequence[Skipped]) -> tuple[LeftOut, ...]:
    """How many rows broke each rule, the most frequent first; rules that differ in a value of the row alone count as one."""
    groups: dict[str, list[Skipped]] = {}
    for one in broken:
        groups.setdefault(NUMBER_IN_TEXT.sub("N", _without_values(one.rule)), []).append(one)
    largest = sorted(groups.values(), key=len, reverse=True)
    return tuple(LeftOut(_rule(group), len(group), _where(group)) for group in largest)


def _without_values(rule: str) -> str:
    for value, instead in VALUES:
        rule = value.sub(instead, rule)
    return rule


def _rule(group: Sequence[Skipped]) -> str:
    first = group[0].rule
    return first if all(one.rule == first for one in group) else _without_values(first)


def _where(group: Sequence[Skipped]) -> tuple[str, ...]:
    return tuple(f"{one.part}:{one.line}" if one.part else str(one.line) for one in group[:ROWS_NAMED])


def _example(data: PreferenceSet, row: int) -> Example:
    shown = data.rows[row - 1]
    return Example(row, shown["split"], turns(shown["prompt"]), tuple((name, text) for name, _, text in sides(shown)))


def _in_tokens(found: DataReport, data: PreferenceSet, row: int) -> DataReport:
    """The report with what the model's tokenizer adds to it, as far as it goes: data can be looked at without a model."""
    spec = RunSpec(model=found.model)
    try:
        tokens = _tokens(found.model, _stamp(found.model))
        ready, quoting = (sum(map(holds, data.prompts)) for holds in (tokens.ready, tokens.quotes))
        found = replace(found, ready=ready, quoting=quoting)
        found = replace(found, reading=read_row(tokens, data.rows[row - 1]))
        return replace(found, cuts=Cuts.of(spec, sample_sizes(tokens, data, spec.seed)))
    except RpoError as error:
        return replace(found, lacking=str(error))


def _stamp(model: str) -> str:
    """A text that changes with any file of a model's folder: its tokenizer and its template stand in several."""
    folder = Path(weights.locate(model))
    files = [(file.name, file.stat()) for file in sorted(folder.iterdir())] if folder.is_dir() else []
    return f"{folder} {[(name, stat.st_mtime_ns, stat.st_size) for name, stat in files]}"


@lru_cache(maxsize=2)
def _tokens(model: str, _stamp: str) -> "Tokens":
    from rpo.tokens.tokenizer import tokens_of

    return tokens_of(RunSpec(model=model))
