"""What a preference is: a prompt with a chosen and a rejected answer, or one answer that was liked or not.

Single examples are small frozen types with laws; in bulk they live in a `datasets.Dataset` (Arrow). Not a reader of files:
that is `sources`. A prompt is one string, which carries the turns of a dialogue: see `dialogue`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences.scores import SCORES
from rpo.storage import digest

if TYPE_CHECKING:
    from datasets import Dataset

SCALE_LETTERS = 40  # characters of a scale's name that are shown


class Kind(StrEnum):
    """Paired: both answers to one prompt. Unpaired: answers, each liked or not."""

    PAIRED = "paired"
    UNPAIRED = "unpaired"

    @property
    def example(self) -> "type[Preference | Judged]":
        """The type of one example."""
        return Preference if self is Kind.PAIRED else Judged


def sides(row: Mapping[str, Any]) -> list[tuple[str, bool, str]]:
    """The answers of a data set's row: (chosen, rejected, liked or disliked; whether it is the good one; the answer)."""
    if "chosen" in row:
        return [("chosen", True, row["chosen"]), ("rejected", False, row["rejected"])]
    return [("liked" if row["liked"] else "disliked", bool(row["liked"]), row["answer"])]


def _text(name: str, value: str) -> str:
    if not isinstance(value, str):
        raise RpoError(f"{name} must be text, got {type(value).__name__}")
    if not value.strip():
        raise RpoError(f"{name} must not be empty")
    return value


@dataclass(frozen=True)
class Preference:
    """Two answers to one prompt, of which people preferred `chosen`.

    Where the data have them: both answers' scores, or the strength of the preference (more is stronger), on a scale of theirs.
    """

    prompt: str
    chosen: str
    rejected: str
    source: str = ""
    slice: str = ""
    score_chosen: float | None = None
    score_rejected: float | None = None
    strength: float | None = None

    def __post_init__(self) -> None:
        for name in ("prompt", "chosen", "rejected"):
            _text(name, getattr(self, name))
        if self.chosen.strip() == self.rejected.strip():
            raise RpoError("chosen must differ from rejected")

    @property
    def id(self) -> str:
        """A name for its content."""
        return digest(self.prompt, self.chosen, self.rejected)


@dataclass(frozen=True)
class Judged:
    """One answer, liked or not; with its score where the data have one."""

    prompt: str
    answer: str
    liked: bool
    source: str = ""
    slice: str = ""
    score: float | None = None

    def __post_init__(self) -> None:
        for name in ("prompt", "answer"):
            _text(name, getattr(self, name))
        if not isinstance(self.liked, bool):
            raise RpoError(f"liked must be true or false, got {self.liked!r}")

    @property
    def id(self) -> str:
        """A name for its content."""
        return digest(self.prompt, self.answer, str(self.liked))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that was left out: its line (from 1), the rule it broke, and in a source of several files which one it stands in."""

    line: int
    rule: str
    part: str = ""


@dataclass(frozen=True)
class PreferenceSet:
    """A loaded data set. `rows` has columns id, prompt, source, slice, split and chosen, rejected or answer, liked.

    Where the data have them, rows also have score_chosen and score_rejected, strength, or score: numbers or None, on the scale
    `scale`. `spare` are held-out prompts without answers, of slices `spare_slices`; `read` counts the rows of the file with the
    broken. `form` is how the file writes its preferences, `unused` names its columns that are not read, and `notes` are sentences
    on what a person should know of what was read.
    """

    name: str
    kind: Kind
    rows: "Dataset"
    broken: tuple[Skipped, ...] = ()
    read: int = 0
    spare: tuple[str, ...] = ()
    spare_slices: tuple[str, ...] = ()
    form: str = ""
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    scale: str = ""

    @cached_property
    def train(self) -> "Dataset":
        """The rows to train on."""
        return self._split("train")

    @cached_property
    def held_out(self) -> "Dataset":
        """The rows to measure on; no prompt of theirs is trained on."""
        return self._split("held-out")

    @cached_property
    def prompts(self) -> tuple[str, ...]:
        """All distinct prompts with answers, in the order of the rows."""
        return tuple(dict.fromkeys(self._column("prompt")))

    @cached_property
    def stamp(self) -> str:
        """A name for `prompts`, computed once: what is kept on disk about them is found by it."""
        return digest(more=self.prompts)

    @cached_property
    def content(self) -> str:
        """A name for the rows with their scores, computed once: what is computed from answers or scores is cached by it."""
        there = [name for name in SCORES if name in self.rows.column_names]
        return digest(self.scale, *(f"{name} {self._column(name)}" for name in there), more=self._column("id"))

    @property
    def score_name(self) -> str:
        """What the scores are called: "rating"."""
        return self._scale or "score"

    @property
    def strength_name(self) -> str:
        """What the strength of a preference is called: "strength (rank)"; where there are scores the scale is theirs."""
        scored = {"score_chosen", "score_rejected"} & set(self.rows.column_names)
        return "strength" if scored or self._scale in ("", "strength") else f"strength ({self._scale})"

    @property
    def _scale(self) -> str:
        name = " ".join(self.scale.replace("_", " ").split())
        return name if len(name) <= SCALE_LETTERS else f"{name[:SCALE_LETTERS]}…"

    @cached_property
    def slices(self) -> tuple[str, ...]:
        """The slice of each of `prompts`, empty where none is known."""
        known = dict(zip(reversed(self._column("prompt")), reversed(self._column("slice")), strict=True))
        return tuple(known[prompt] for prompt in self.prompts)

    def slice_of(self, prompt: str) -> str:
        """The slice of any prompt of this set, a spare one too."""
        if prompt in self._places:
            return self.rows[self._places[prompt][0]]["slice"]
        return dict(zip(self.spare, self.spare_slices, strict=False)).get(prompt, "")

    def about(self, prompt: str) -> list[dict[str, Any]]:
        """All rows on one prompt."""
        return [self.rows[number] for number in self._places.get(prompt, ())]

    @cached_property
    def held_out_prompts(self) -> tuple[str, ...]:
        """Distinct prompts for a blind panel: the held-out rows' and the spare ones."""
        return tuple(dict.fromkeys([*self.held_out["prompt"], *self.spare]))

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for number, prompt in enumerate(self._column("prompt")):
            places.setdefault(prompt, []).append(number)
        return places

    def counts(self) -> str:
        """What there is, in a sentence: nothing is left out in silence."""
        rows = quantity(len(self.rows), "pair" if self.kind is Kind.PAIRED else "judged answer")
        return (
            f"**{rows}** on **{quantity(len(self.prompts), 'prompt')}**: {len(self.train):,} to train on, "
            f"{len(self.held_out):,} held out. {len(self.broken):,} of {quantity(self.read, 'row')} left out."
        )

    def unpaired(self) -> "PreferenceSet":
        """The same answers with the pairing dropped: each stands alone with its side. Unpaired data stay as they are."""
        if self.kind is Kind.UNPAIRED:
            return self
        from datasets import Dataset

        scored = ["score"] if "score_chosen" in self.rows.column_names else []
        names = ("id", "prompt", "answer", "liked", "source", "slice", "split", *scored)
        columns: dict[str, list[Any]] = {name: [] for name in names}
        seen: set[str] = set()
        for row in self.rows.to_list():
            for side in ("chosen", "rejected"):
                score = row.get(f"score_{side}")
                one = Judged(row["prompt"], row[side], side == "chosen", row["source"], row["slice"], score)
                if one.id in seen:
                    continue
                seen.add(one.id)
                whole = {"id": one.id, **vars(one), "split": row["split"]}
                for name in names:
                    columns[name].append(whole[name])
        return replace(self, kind=Kind.UNPAIRED, rows=Dataset.from_dict(columns))

    def _split(self, name: str) -> "Dataset":
        return self.rows.select([number for number, split in enumerate(self._column("split")) if split == name])

    def _column(self, name: str) -> list[Any]:
        """A column at once: walking through it row by row takes eight times as long."""
        return self.rows[name][:]
