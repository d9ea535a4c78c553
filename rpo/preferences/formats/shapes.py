"""Recognising a file's format by its columns and what stands in them: one row of `SHAPES` a known way to write preferences.

A shape names the columns of the prompt and of the answers. It is taken only where no other reading is possible: what could be
the prompt as well is asked for. Sources: the documentation of TRL, LLaMA-Factory, axolotl and distilabel, and the data sets'
cards on the Hugging Face hub. Not how a person maps columns: see `mapping`.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import chain

from rpo.errors import RpoError
from rpo.preferences.dialogue import CUE
from rpo.preferences.formats.choices import Flags, Ranked, ScoredAnswers, Summaries, WhichIsBetter
from rpo.preferences.formats.format import SLICES, SYSTEMS, Format, SeenColumns, recognised
from rpo.preferences.formats.labels import Better, Signed
from rpo.preferences.formats.sides import AnswerSides, Implicit, Row, Sides, Single

MODEL_A, MODEL_B = frozenset({"model_a", "a", "left"}), frozenset({"model_b", "b", "right"})
PROMPT_LIKE = (
    *("prompt", "instruction", "input", "question", "query", "context", "passage", "document", "article"),
    *("conversations", "messages"),
)
SCORE_COLUMNS = ("score_{}", "{}_score", "rating_{}", "{}_rating", "{}-rating", "{}-score", "{}_reward", "reward_{}")
COLUMNS_NAMED = 20  # columns that are named where none fits, and letters of each


@dataclass(frozen=True)
class FormatShape:
    """A known way to write preferences: `prompt` columns and those of the answers must be there, `more` prompt columns may."""

    name: str
    sides: Sides
    prompt: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    slice: str = ""

    def fits(self, seen: SeenColumns) -> bool:
        """Whether a file has its columns."""
        return seen.has(*self.prompt, *self.sides.columns)

    def format(self, seen: SeenColumns) -> Format:
        """How to read such a file."""
        prompt = (*self.prompt, *(name for name in self.more if name in seen.values))
        _check_alone(seen, prompt)
        return recognised(seen, self.name, deepcopy(self.sides), prompt, self.slice)


def recognise(rows: Sequence[Row]) -> Format:
    """The format of these first rows."""
    seen = SeenColumns(rows)
    known = (shape.format(seen) for shape in SHAPES if shape.fits(seen))
    found = next(chain(_pairs(seen), known, _judged(seen)), None)
    if found is not None:
        return found
    names = sorted(seen.values)
    more = ", …" if len(names) > COLUMNS_NAMED else ""
    raise RpoError(
        "the columns must be prompt, chosen, rejected or prompt, answer, liked (or a known format); "
        f"got {', '.join(name[:COLUMNS_NAMED] for name in names[:COLUMNS_NAMED]) or 'none'}{more}; say which column is which"
    )


def _pairs(seen: SeenColumns) -> Iterator[Format]:
    """A chosen and a rejected answer, with their prompt in one of the columns known for it, or in the answers themselves."""
    for chosen, rejected in PAIR_COLUMNS:
        if not seen.has(chosen) and not seen.has(rejected):
            continue
        sides = _scored(seen, AnswerSides(chosen, rejected))
        prompt = _prompt(seen)
        if prompt:
            yield recognised(seen, _name(prompt, chosen, rejected), sides, prompt)
        elif _conversations(seen, chosen, rejected):
            yield recognised(seen, f"conversations in {chosen} and {rejected}", sides, ())
        elif any(CUE in text for text in seen.texts(chosen)):
            yield recognised(seen, "HH-RLHF transcripts", sides, ())
        elif seen.texts(chosen) and seen.texts(rejected):
            _check_implicit(seen, sides)
            yield recognised(seen, "a prompt that both answers begin with", Implicit(chosen, rejected), ())


def _judged(seen: SeenColumns) -> Iterator[Format]:
    """An answer and a label, with their prompt in one of the columns known for it."""
    for answer, label in JUDGED:
        if seen.has(answer, label) and (prompt := _prompt(seen)):
            yield recognised(seen, _name(prompt, answer, label), Single(answer, label), prompt)


def _name(prompt: tuple[str, ...], answer: str, other: str) -> str:
    """What a person knows the format by: whose it is, where that is known, and its columns."""
    family = FAMILIES.get((prompt[0], answer))
    return f"{f'{family}: ' if family else ''}{', '.join((*prompt, answer, other))}"


def _prompt(seen: SeenColumns) -> tuple[str, ...]:
    """The columns that make the prompt; () where none of those known for it is there."""
    named = next((names for names in PROMPT_COLUMNS if seen.has(names[0])), ())
    prompt = tuple(name for name in named if name in seen.values)
    _check_alone(seen, prompt)
    return prompt


def _scored(seen: SeenColumns, sides: AnswerSides) -> AnswerSides:
    """With the columns of both answers' scores, or the preference's strength, where there are some."""
    for pattern in SCORE_COLUMNS:
        names = tuple(pattern.format(side) for side in ("chosen", "rejected"))
        if seen.numbers(*names):
            return replace(sides, scores=names, scale=pattern.strip("{}_-"))
    return replace(sides, scores=("strength",), scale="strength") if seen.numbers("strength") else sides


def _conversations(seen: SeenColumns, *names: str) -> bool:
    return all(any(isinstance(value, list | dict) for value in seen.values.get(name, ())) or seen.encoded(name) for name in names)


def _check_alone(seen: SeenColumns, prompt: tuple[str, ...]) -> None:
    """`prompt` is what TRL calls it; any other name is taken only where no other column could be the prompt or a part of it."""
    others = [name for name in PROMPT_LIKE if name not in prompt and seen.has(name)]
    if others and prompt and prompt[0] != "prompt":
        raise RpoError(
            f"the prompt must be in columns that leave no doubt, here {' and '.join([*prompt, *others])} could be parts of it; "
            "say which columns make the prompt (there may be several, in their order)"
        )


def _check_implicit(seen: SeenColumns, sides: AnswerSides) -> None:
    """What both answers begin with is the prompt only where no other text could be."""
    known = {*sides.columns, *sides.more, *SLICES, *SYSTEMS, "split"}
    others = [
        name for name in seen.values if name not in known and seen.texts(name) and not seen.numbers(name) and not _is_about(name)
    ]
    if others:
        raise RpoError(
            f"the columns must say which is the prompt: without one it would be what {sides.chosen} and {sides.rejected} begin "
            f"with, but {', '.join(name[:COLUMNS_NAMED] for name in others[:COLUMNS_NAMED])} hold text, too; say which is which"
        )


def _is_about(name: str) -> bool:
    """Whether a column's name says that it is about an answer or a row: its model, its id."""
    return name == "id" or name.endswith(("_id", "-id", "model", "language", "lang")) or "model" in name


PAIR_COLUMNS = (("chosen", "rejected"), ("chosen_response", "rejected_response"))
JUDGED = (("completion", "label"), ("answer", "liked"), ("output", "kto_tag"))
PROMPT_COLUMNS = (("prompt",), ("instruction", "input"), ("question",), ("conversations",), ("messages",), ("input",), ("query",))
FAMILIES = {  # who writes files with such a prompt and such an answer
    ("prompt", "chosen"): "TRL",
    ("instruction", "chosen"): "LLaMA-Factory",
    ("question", "chosen"): "Orca",
    ("conversations", "chosen"): "ShareGPT",
    ("messages", "chosen"): "axolotl",
    ("input", "chosen"): "distilabel",
    ("instruction", "chosen_response"): "distilabel",
    ("prompt", "completion"): "TRL",
    ("question", "completion"): "axolotl",
    ("instruction", "completion"): "axolotl",
    ("instruction", "output"): "LLaMA-Factory",
}
SHAPES = (
    FormatShape(
        "PKU-SafeRLHF (better_response_id)",
        WhichIsBetter("response_0", "response_1", Better("better_response_id", frozenset("0"), frozenset("1"))),
        ("prompt",),
    ),
    FormatShape(
        "Stanford Human Preferences (labels)",
        WhichIsBetter(
            "human_ref_A", "human_ref_B", Better("labels", frozenset("1"), frozenset("0")), ("score_A", "score_B"), "score"
        ),
        ("history",),
        slice="domain",
    ),
    FormatShape(
        "HelpSteer2 (preference_strength)",
        WhichIsBetter("response_1", "response_2", Signed("preference_strength"), scale="preference_strength"),
        ("prompt",),
    ),
    FormatShape(
        "HelpSteer3 (overall_preference)",
        WhichIsBetter("response1", "response2", Signed("overall_preference"), scale="overall_preference"),
        ("context",),
        slice="domain",
    ),
    FormatShape(
        "WebGPT comparisons (score_0, score_1)", ScoredAnswers("answer_0", "answer_1", ("score_0", "score_1")), ("question",)
    ),
    FormatShape(
        "arena conversations (winner)", WhichIsBetter("conversation_a", "conversation_b", Better("winner", MODEL_A, MODEL_B))
    ),
    FormatShape(
        "arena answers (winner_model_a, winner_model_b)",
        Flags("response_a", "response_b", ("winner_model_a", "winner_model_b")),
        ("prompt",),
    ),
    FormatShape(
        "arena answers (winner)", WhichIsBetter("response_a", "response_b", Better("winner", MODEL_A, MODEL_B)), ("prompt",)
    ),
    FormatShape(
        "UltraFeedback completions (overall_score)",
        Ranked("completions", "response", "overall_score", scale="overall_score"),
        ("instruction",),
        ("input",),
    ),
    FormatShape("Nectar ranking (rank)", Ranked("answers", "answer", "rank", lowest_is_best=True, scale="rank"), ("prompt",)),
    FormatShape(
        "distilabel ratings (generations, ratings)",
        Ranked("generations", "", "rating", ranks="ratings", scale="rating"),
        ("instruction",),
        ("input",),
    ),
    FormatShape("OpenAI summary comparisons", Summaries()),
    FormatShape("LLaMA-Factory KTO conversations (kto_tag)", Single("messages", "kto_tag")),
    FormatShape("LLaMA-Factory KTO conversations (kto_tag)", Single("conversations", "kto_tag")),
    FormatShape("conversations with a label", Single("messages", "label")),
    FormatShape("conversations with a label", Single("conversations", "label")),
)
