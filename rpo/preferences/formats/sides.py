"""How a row says which answers people preferred, where a column says it outright; `choices` are the ways where one must be found.

A way makes examples of a row whose prompt is read. One that keeps count while it reads says at the end what it saw (`check`,
`notes`); such a one is made new for each file. Which columns make the prompt is not said here: see `formats`.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from rpo.errors import RpoError
from rpo.preferences.dialogue import Turn
from rpo.preferences.formats.labels import Labels, as_number
from rpo.preferences.formats.messages import CellText, cell_text, settled, written_text
from rpo.preferences.types import Judged, Kind, Preference

Row = Mapping[str, Any]
AnyExample = Preference | Judged


@dataclass(frozen=True)
class Before:
    """What is read of a row beside its answers: the turns that come first, the prompt (None: the answers hold it), the slice."""

    turns: Sequence[Turn]
    prompt: CellText | None
    slice: str = ""

    def pair(self, chosen: Any, rejected: Any, **scores: Any) -> Preference:
        """The preference of two cells, of which the first is chosen."""
        empty = [name for name, value in (("chosen", chosen), ("rejected", rejected)) if value is None]
        if empty:
            raise RpoError(f"{' and '.join(empty)} must be there")
        prompt, plain = settled(self.turns, self.prompt, [cell_text(chosen, "chosen"), cell_text(rejected, "rejected")])
        good, bad = (written_text(text, name) for text, name in zip(plain, ("chosen", "rejected"), strict=True))
        return Preference(written_text(prompt, "prompt"), good, bad, slice=self.slice, **scores)

    def judged(self, answer: Any, liked: bool, score: float | None = None) -> Judged:
        """The judged answer of a cell."""
        prompt, (text,) = settled(self.turns, self.prompt, [cell_text(answer, "answer")])
        return Judged(written_text(prompt, "prompt"), written_text(text, "answer"), liked, slice=self.slice, score=score)


class Sides(Protocol):
    """A way to say preferences. `columns` must be there, `more` are read where they are."""

    @property
    def kind(self) -> Kind:
        """What its examples are."""
        ...

    @property
    def scale(self) -> str:
        """The name of the scores' scale, "" without scores."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that it needs."""
        ...

    @property
    def more(self) -> tuple[str, ...]:
        """Names of further columns that it reads."""
        ...

    def examples(self, row: Row, before: Before) -> list[AnyExample]:
        """The examples of a row. Raises `RpoError` with the rule that the row breaks."""
        ...

    def check(self) -> None:
        """After the last row: raise `RpoError` where the file as a whole cannot be read so."""
        ...

    def notes(self) -> tuple[str, ...]:
        """After the last row: what a person should know."""
        ...


class Silent:
    """A way that keeps no count."""

    def check(self) -> None:
        """Nothing was counted."""

    def notes(self) -> tuple[str, ...]:
        """Nothing was counted."""
        return ()


@dataclass
class AnswerSides(Silent):
    """The chosen and the rejected answer; with the columns of their scores, or of the preference's strength."""

    chosen: str
    rejected: str
    scores: tuple[str, ...] = ()
    scale: str = ""
    kind = Kind.PAIRED

    @property
    def columns(self) -> tuple[str, ...]:
        """Both answers'."""
        return self.chosen, self.rejected

    @property
    def more(self) -> tuple[str, ...]:
        """The scores'."""
        return self.scores

    def examples(self, row: Row, before: Before) -> list[AnyExample]:
        """One pair."""
        values = [as_number(row.get(name)) for name in self.scores]
        fields = ("strength",) if len(values) == 1 else ("score_chosen", "score_rejected")
        return [before.pair(row.get(self.chosen), row.get(self.rejected), **dict(zip(fields, values, strict=False)))]


@dataclass
class Single(Silent):
    """One answer, liked or not; a conversation's last turn where `answer` holds one."""

    answer: str
    label: str
    threshold: float | None = None
    score: str = ""
    kind = Kind.UNPAIRED
    labels: Labels = field(init=False)

    def __post_init__(self) -> None:
        self.labels = Labels(self.label, self.threshold)

    @property
    def scale(self) -> str:
        """The scores' column."""
        return self.label if self.threshold is not None else self.score

    @property
    def columns(self) -> tuple[str, ...]:
        """The answer's and the label's."""
        return self.answer, self.label

    @property
    def more(self) -> tuple[str, ...]:
        """The score's."""
        return (self.score,) if self.score else ()

    def examples(self, row: Row, before: Before) -> list[AnyExample]:
        """One judged answer."""
        answer = row.get(self.answer)
        liked = self.labels.liked(row.get(self.label))
        return [before.judged(answer, liked, as_number(row.get(self.scale)) if self.scale else None)]

    def check(self) -> None:
        """Numbers must be labels, not ratings."""
        self.labels.check()


@dataclass
class Implicit(Silent):
    """Two texts that begin alike: the prompt ends where a sentence, else a word ends, as TRL cuts it."""

    chosen: str = "chosen"
    rejected: str = "rejected"
    kind = Kind.PAIRED
    scale = ""
    more = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Both answers'."""
        return self.chosen, self.rejected

    def examples(self, row: Row, before: Before) -> list[AnyExample]:
        """One pair."""
        texts = [cell_text(row.get(name), name) for name in self.columns]
        one, other = (text if isinstance(text, str) else "" for text in texts)
        if not (one and other):
            raise RpoError("chosen and rejected must be text")
        shared = os.path.commonprefix([one, other])  # noqa: RUF071 - characters are what is meant
        ends = [shared.rfind(mark) + len(mark) for mark in ("\n", ": ", "? ", ". ") if mark in shared]
        cut = max(ends, default=shared.rfind(" ") + 1)
        if not shared[:cut].strip():
            raise RpoError("without a prompt column, chosen and rejected must begin with the same text, the prompt")
        return [Before(before.turns, one[:cut].strip(), before.slice).pair(one[cut:].strip(), other[cut:].strip())]
