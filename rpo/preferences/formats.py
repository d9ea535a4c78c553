"""Recognising how a file writes its preferences, by its columns and what stands in them: one row of `SHAPES` a way.

A shape names the columns of the prompt and of the answers. It is taken only where no other reading is possible: what could be
the prompt as well is asked for. A row that does not fit raises `RpoError` with the rule it breaks. Sources: the documentation of
TRL, LLaMA-Factory, axolotl and distilabel, and the data sets' cards on the Hugging Face hub. Not how a person maps columns: see
`mapping`.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from rpo.errors import RpoError
from rpo.preferences.choices import Flags, Ranked, Scored, Summaries, WhichIsBetter
from rpo.preferences.dialogue import CUE, Role, Turn
from rpo.preferences.labels import Better, Signed, number
from rpo.preferences.messages import Said, absent, decoded, dialogue, empty, encoded, said
from rpo.preferences.sides import Before, Example, Implicit, Pair, Row, Sides, Single
from rpo.preferences.types import Kind

SLICES = ("slice", "topic", "category", "source")
SYSTEMS = ("system", "system_prompt")
IMAGES = ("images", "image", "videos", "audios")
MODEL_A, MODEL_B = frozenset({"model_a", "a", "left"}), frozenset({"model_b", "b", "right"})
PROMPT_LIKE = (
    "prompt",
    "instruction",
    "input",
    "question",
    "query",
    "context",
    "passage",
    "document",
    "article",
    "conversations",
)
SCORES = ("score_{}", "{}_score", "rating_{}", "{}_rating", "{}-rating", "{}-score", "{}_reward", "reward_{}")
NAMED = 20  # columns that are named where none fits, and letters of each


@dataclass(frozen=True)
class Seen:
    """The first rows of a file: what stands in which column."""

    rows: Sequence[Row]

    @cached_property
    def values(self) -> dict[str, list[Any]]:
        """The cells of each column that are not empty, in the order in which columns come."""
        found: dict[str, list[Any]] = {}
        for row in self.rows:
            for name, value in row.items():
                found.setdefault(str(name), []).extend([] if absent(value) else [value])
        return found

    def has(self, *names: str) -> bool:
        """Whether each of these columns has a value somewhere."""
        return all(self.values.get(name) for name in names)

    def texts(self, name: str) -> list[str]:
        """The texts of a column."""
        return [value for value in self.values.get(name, ()) if isinstance(value, str)]

    def numbers(self, *names: str) -> bool:
        """Whether each of these columns holds numbers alone."""
        return all(self.has(name) and all(number(value) is not None for value in self.values[name]) for name in names)

    def encoded(self, name: str) -> bool:
        """Whether all texts of a column look like messages that are written as JSON or Python text."""
        return encoded(self.texts(name))


@dataclass(frozen=True)
class Format:
    """How a file writes its preferences: the columns of the prompt, and the way it says which answers people preferred.

    `decoded` are columns whose texts are messages written as JSON or Python text.
    """

    name: str
    sides: Sides
    prompt: tuple[str, ...] = ()
    system: str = ""
    history: str = ""
    slice: str = ""
    decoded: frozenset[str] = frozenset()

    @property
    def kind(self) -> Kind:
        """What it reads: pairs or judged answers."""
        return self.sides.kind

    @property
    def uses(self) -> tuple[str, ...]:
        """All columns that it reads."""
        named = (*self.prompt, self.system, self.history, self.slice, *self.sides.columns, *self.sides.more, *IMAGES)
        return tuple(dict.fromkeys(name for name in named if name))

    def read(self, row: Row) -> list[Example]:
        """The examples of a row. Raises `RpoError` with the rule that the row breaks."""
        for name in IMAGES:
            if row.get(name):
                raise RpoError(f"a row must be text alone, this one has {name}")
        row = self._decoded(row)
        kind = row.get(self.slice) if self.slice else ""
        before = [*self._system(row), *_history(row.get(self.history) if self.history else None, self.history)]
        return self.sides.examples(row, Before(before, self._prompt(row), kind if isinstance(kind, str) else ""))

    def _decoded(self, row: Row) -> Row:
        texts = {name: decoded(row[name], name) for name in self.decoded if isinstance(row.get(name), str) and row[name].strip()}
        return {**row, **texts} if texts else row

    def _system(self, row: Row) -> list[Turn]:
        value = row.get(self.system) if self.system else None
        if empty(value):
            return []
        if not isinstance(value, str):
            raise RpoError(f"{self.system} must be text, got {type(value).__name__}")
        return [Turn(Role.SYSTEM, value)]

    def _prompt(self, row: Row) -> Said | None:
        """What the prompt's columns say: texts joined by a line break, or what stands in the only one that is not empty."""
        if not self.prompt:
            return None
        cells = {name: row.get(name) for name in self.prompt if len(self.prompt) == 1 or not empty(row.get(name))}
        if not cells:
            raise RpoError(f"{' or '.join(self.prompt)} must be there")
        if len(cells) == 1:
            ((name, cell),) = cells.items()
            return said(cell["full_text"] if isinstance(cell, dict) and "full_text" in cell else cell, name)
        texts = [cell for cell in cells.values() if isinstance(cell, str)]
        if len(texts) < len(cells):
            raise RpoError(f"{' and '.join(cells)} must be texts, for a prompt of several columns is joined from texts")
        return "\n".join(texts)


def _history(value: Any, name: str) -> list[Turn]:
    """Earlier turns: messages, or pairs of what the user and the assistant said."""
    if isinstance(value, str) and value.strip().startswith("["):
        value = decoded(value, name)
    if empty(value) or value == []:
        return []
    if not isinstance(value, list):
        raise RpoError(f"{name} must be a list of earlier turns, got {type(value).__name__}")
    if isinstance(value[0], dict):
        return dialogue(value, name)
    if not all(isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair) for pair in value):
        raise RpoError(f"{name} must hold messages, or pairs of what the user and the assistant said")
    return [Turn(role, text) for pair in value for role, text in zip((Role.USER, Role.ASSISTANT), pair, strict=True)]


@dataclass(frozen=True)
class Shape:
    """A known way to write preferences: `prompt` columns and those of the answers must be there, `more` prompt columns may."""

    name: str
    sides: Sides
    prompt: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    slice: str = ""

    def fits(self, seen: Seen) -> bool:
        """Whether a file has its columns."""
        return seen.has(*self.prompt, *self.sides.columns)

    def format(self, seen: Seen) -> Format:
        """How to read such a file."""
        more = tuple(name for name in self.more if name in seen.values)
        return recognised(seen, self.name, deepcopy(self.sides), (*self.prompt, *more), self.slice)


def recognised(seen: Seen, name: str, sides: Sides, prompt: tuple[str, ...], slice_: str = "") -> Format:
    """A format with what every file may have beside its prompt and answers: a system column, earlier turns, a slice, a score."""
    free = [one for one in seen.values if one not in {*prompt, *sides.columns}]
    system = next((one for one in SYSTEMS if one in free), "")
    if isinstance(sides, Single) and not sides.score and "score" in free and seen.numbers("score"):
        sides.score = "score"
    group = next((one for one in (slice_, *SLICES) if one in free and seen.texts(one)), "")
    return formed(seen, Format(name, sides, prompt, system, "history" if "history" in free else "", group))


def formed(seen: Seen, format_: Format) -> Format:
    """The format with those of its columns named whose texts are encoded messages."""
    columns = (*format_.prompt, *format_.sides.columns, format_.history)
    return replace(format_, decoded=frozenset(name for name in columns if name and seen.encoded(name)))


def recognise(rows: Sequence[Row]) -> Format:
    """The format of these first rows."""
    seen = Seen(rows)
    found = next(_pairs(seen), None) or next((shape.format(seen) for shape in SHAPES if shape.fits(seen)), None)
    if found is not None:
        return found
    names = sorted(seen.values)
    more = ", …" if len(names) > NAMED else ""
    raise RpoError(
        "the columns must be prompt, chosen, rejected or prompt, answer, liked (or a known format); "
        f"got {', '.join(name[:NAMED] for name in names[:NAMED]) or 'none'}{more}; say which column is which"
    )


def _pairs(seen: Seen) -> Iterator[Format]:
    """A chosen and a rejected answer, with their prompt in one of the columns known for it, or in the answers themselves."""
    for chosen, rejected in PAIRS:
        if not seen.has(chosen) and not seen.has(rejected):
            continue
        sides = _scored(seen, Pair(chosen, rejected))
        named = next((names for names in PROMPTS if seen.has(names[0])), None)
        if named is not None:
            prompt = (named[0], *(name for name in named[1:] if name in seen.values))
            _check_alone(seen, prompt)
            yield recognised(seen, f"{' and '.join(prompt)}, {chosen}, {rejected}", sides, prompt)
        elif _conversations(seen, chosen, rejected):
            yield recognised(seen, f"conversations in {chosen} and {rejected}", sides, ())
        elif any(CUE in text for text in seen.texts(chosen)):
            yield recognised(seen, "HH-RLHF transcripts", sides, ())
        elif seen.texts(chosen) and seen.texts(rejected):
            _check_implicit(seen, sides)
            yield recognised(seen, "a prompt that both answers begin with", Implicit(chosen, rejected), ())


def _scored(seen: Seen, sides: Pair) -> Pair:
    """With the columns of both answers' scores, or the preference's strength, where there are some."""
    for pattern in SCORES:
        names = tuple(pattern.format(side) for side in ("chosen", "rejected"))
        if seen.numbers(*names):
            return replace(sides, scores=names, scale=pattern.strip("{}_-"))
    return replace(sides, scores=("strength",), scale="strength") if seen.numbers("strength") else sides


def _conversations(seen: Seen, *names: str) -> bool:
    return all(any(isinstance(value, list | dict) for value in seen.values.get(name, ())) or seen.encoded(name) for name in names)


def _check_alone(seen: Seen, prompt: tuple[str, ...]) -> None:
    """`prompt` is what TRL calls it; any other name is taken only where no other column could be the prompt or a part of it."""
    others = [name for name in PROMPT_LIKE if name not in prompt and seen.has(name)]
    if others and prompt != ("prompt",):
        raise RpoError(
            f"the prompt must be in columns that leave no doubt, here {' and '.join([*prompt, *others])} could be parts of it; "
            "say which columns make the prompt (there may be several, in their order)"
        )


def _check_implicit(seen: Seen, sides: Pair) -> None:
    """What both answers begin with is the prompt only where no other text could be."""
    known = {*sides.columns, *sides.more, *SLICES, *SYSTEMS, "split"}
    others = [
        name for name in seen.values if name not in known and seen.texts(name) and not seen.numbers(name) and not _is_about(name)
    ]
    if others:
        raise RpoError(
            f"the columns must say which is the prompt: without one it would be what {sides.chosen} and {sides.rejected} begin "
            f"with, but {', '.join(name[:NAMED] for name in others[:NAMED])} hold text, too; say which column is which"
        )


def _is_about(name: str) -> bool:
    """Whether a column's name says that it is about an answer or a row: its model, its id."""
    return name == "id" or name.endswith(("_id", "-id", "model", "language", "lang")) or "model" in name


PAIRS = (("chosen", "rejected"), ("chosen_response", "rejected_response"))
PROMPTS = (("prompt",), ("instruction", "input"), ("question",), ("conversations",), ("messages",), ("input",), ("query",))
SHAPES = (
    Shape(
        "PKU-SafeRLHF (better_response_id)",
        WhichIsBetter("response_0", "response_1", Better("better_response_id", frozenset("0"), frozenset("1"))),
        ("prompt",),
    ),
    Shape(
        "Stanford Human Preferences (labels)",
        WhichIsBetter(
            "human_ref_A", "human_ref_B", Better("labels", frozenset("1"), frozenset("0")), ("score_A", "score_B"), "score"
        ),
        ("history",),
        slice="domain",
    ),
    Shape(
        "HelpSteer2 (preference_strength)",
        WhichIsBetter("response_1", "response_2", Signed("preference_strength"), scale="preference_strength"),
        ("prompt",),
    ),
    Shape(
        "HelpSteer3 (overall_preference)",
        WhichIsBetter("response1", "response2", Signed("overall_preference"), scale="overall_preference"),
        ("context",),
        slice="domain",
    ),
    Shape("WebGPT comparisons (score_0, score_1)", Scored("answer_0", "answer_1", ("score_0", "score_1")), ("question",)),
    Shape("arena conversations (winner)", WhichIsBetter("conversation_a", "conversation_b", Better("winner", MODEL_A, MODEL_B))),
    Shape(
        "arena answers (winner_model_a, winner_model_b)",
        Flags("response_a", "response_b", ("winner_model_a", "winner_model_b")),
        ("prompt",),
    ),
    Shape("arena answers (winner)", WhichIsBetter("response_a", "response_b", Better("winner", MODEL_A, MODEL_B)), ("prompt",)),
    Shape(
        "UltraFeedback completions (overall_score)",
        Ranked("completions", "response", "overall_score", scale="overall_score"),
        ("instruction",),
    ),
    Shape("Nectar ranking (rank)", Ranked("answers", "answer", "rank", lowest_is_best=True, scale="rank"), ("prompt",)),
    Shape(
        "distilabel ratings (generations, ratings)",
        Ranked("generations", "", "rating", ranks="ratings", scale="rating"),
        ("instruction",),
    ),
    Shape("OpenAI summary comparisons", Summaries()),
    Shape("prompt, completion, label", Single("completion", "label"), ("prompt",)),
    Shape("prompt, answer, liked", Single("answer", "liked"), ("prompt",)),
    Shape("LLaMA-Factory KTO (kto_tag)", Single("output", "kto_tag"), ("instruction",), ("input",)),
    Shape("LLaMA-Factory KTO conversations (kto_tag)", Single("messages", "kto_tag")),
    Shape("LLaMA-Factory KTO conversations (kto_tag)", Single("conversations", "kto_tag")),
    Shape("conversations with a label", Single("messages", "label")),
    Shape("conversations with a label", Single("conversations", "label")),
)
