"""How long the texts of data are in a model's tokens, and how many of them a spec's lengths cut.

Counted on a seeded sample of the rows to train on. Not a tokenizer: that is `rpo.tokens.tokenizer`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from typing_extensions import TypedDict

from rpo import storage
from rpo.glossary import quantity
from rpo.preferences import Kind, PreferenceSet
from rpo.spec import RunSpec
from rpo.tokens.types import Sizes

if TYPE_CHECKING:
    from rpo.tokens.tokenizer import Tokens

ROWS_COUNTED = 500  # rows whose tokens are counted
MAY_BE_CUT = 0.05  # share of texts that the proposed lengths cut at most
FILE = "cuts.json"


@dataclass(frozen=True)
class Drawn:
    """The sizes of a sample of `rows` rows; how many of its prompts hold the template's control tokens, at the ends or within."""

    sizes: tuple[Sizes, ...]
    rows: int
    ready: int = 0
    quoting: int = 0
    note: str = ""


def sample_sizes(tokens: "Tokens", data: PreferenceSet, seed: int) -> Drawn:
    """A seeded sample of the rows to train on, in tokens."""
    names = ("prompt", "chosen", "rejected") if data.kind is Kind.PAIRED else ("prompt", "answer")
    drawn = data.train.shuffle(seed=seed).select(range(min(ROWS_COUNTED, len(data.train))))
    texts = list(zip(*(drawn[name][:] for name in names), strict=True))  # as lists: a column gives its rows one by one, slowly
    ready, quoting = (sum(holds(prompt) for prompt, *_ in texts) for holds in (tokens.ready, tokens.quotes))
    return Drawn(tuple(tokens.sizes(*each) for each in texts), len(data.train), ready, quoting, tokens.form.note)


@dataclass(frozen=True)
class Cuts:
    """Of the texts in `seen` of `rows` rows, how many a spec's lengths cut, and the lengths that cut at most 5 % of either.

    `ready` prompts hold the template's control tokens already, `quoting` ones have some within their text; `note` says what the
    model's template lacks.
    """

    seen: int
    rows: int
    prompts: int
    answers: int
    texts: int
    prompt_tokens: int
    answer_tokens: int
    ready: int = 0
    quoting: int = 0
    note: str = ""

    @classmethod
    def of(cls, spec: RunSpec, drawn: Drawn, positions: int | None = None) -> "Cuts":
        """What the spec cuts; no lengths are proposed that together exceed the model's `positions`."""
        prompts, answers = [size.prompt for size in drawn.sizes], [length for size in drawn.sizes for length in size.answers]
        wanted = _enough(prompts, spec.prompt_tokens), _enough(answers, spec.answer_tokens)
        if positions is not None and sum(wanted) > positions:
            wanted = spec.prompt_tokens, spec.answer_tokens
        cut = sum(length > spec.prompt_tokens for length in prompts), sum(length > spec.answer_tokens for length in answers)
        return cls(len(prompts), drawn.rows, *cut, len(answers), *wanted, drawn.ready, drawn.quoting, drawn.note)

    @property
    def words(self) -> str:
        """How many are cut, in a sentence."""
        rows = f"the {quantity(self.rows, 'row')}"
        where = f"a sample of {self.seen} of {rows}" if self.seen < self.rows else rows
        if not self.prompts + self.answers:
            return f"These lengths cut no prompt and no answer of {where}."
        prompts, answers = _percent(self.prompts, self.seen), _percent(self.answers, self.texts)
        return f"These lengths cut {prompts} of the prompts and {answers} of the answers of {where}."

    @property
    def marks(self) -> str:
        """How many prompts hold the model's own control tokens, in words; "" if none does."""
        of = f"of {'a sample of ' * (self.seen < self.rows)}{quantity(self.seen, 'prompt')}"
        own = "the model's own control tokens and"
        ready = quantity(self.ready, f"{of} carries {own} is taken as it is.", f"{of} carry {own} are taken as they are.")
        have = quantity(self.quoting, f"{of} has such tokens within its text", f"{of} have such tokens within their text")
        within = f"{have}: the model reads them as control tokens."
        return " ".join([ready] * bool(self.ready) + [within] * bool(self.quoting))

    def longer(self, spec: RunSpec) -> RunSpec:
        """The spec with the proposed lengths."""
        return replace(spec, prompt_tokens=self.prompt_tokens, answer_tokens=self.answer_tokens)

    def proposed(self, spec: RunSpec) -> str:
        """The proposed lengths that differ from the spec's, in words; "" if none does."""
        longer = {"prompt": (self.prompt_tokens, spec.prompt_tokens), "answer": (self.answer_tokens, spec.answer_tokens)}
        words = [f"{wanted} {kind}" for kind, (wanted, given) in longer.items() if wanted != given]
        return f"{' and '.join(words)} tokens" if words else ""

    def save(self, folder: Path) -> None:
        """Record them in a run's folder."""
        storage.write_json(folder / FILE, asdict(self))


CutsRecord: Any = TypedDict("CutsRecord", get_type_hints(Cuts))  # pyright: ignore[reportArgumentType]


def recorded_cuts(folder: Path) -> Cuts | None:
    """What was recorded when a run was started; a run made by an older version has none."""
    found = storage.read_json(folder / FILE, CutsRecord, missing=None)
    return Cuts(**{field.name: found[field.name] for field in fields(Cuts)}) if found else None


def _enough(sizes: Sequence[int], given: int) -> int:
    """The least round length that cuts at most 5 % of texts of these sizes; the given one if it cuts no more."""
    if not sizes or sum(size > given for size in sizes) <= MAY_BE_CUT * len(sizes):
        return given
    wanted = sorted(sizes)[-1 - int(MAY_BE_CUT * len(sizes))]
    step = 64 if wanted > 256 else 16
    return -(-wanted // step) * step


def _percent(count: int, of: int) -> str:
    share = 100 * count / of
    return f"{share:.0f} %" if share >= 1 or not count else "less than 1 %"
