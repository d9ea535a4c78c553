"""A text in a model's tokens: prompts and answers as the model's own chat template says, cut to a spec's lengths.

Training, measuring and writing all take their tokens here. Not the text of a dialogue: that is `rpo.tokens.template`.
"""

from functools import cached_property
from typing import Any

from rpo import storage, weights
from rpo.errors import RpoError, foreign
from rpo.spec import RunSpec
from rpo.tokens.template import TurnForm, form_of
from rpo.tokens.types import Row, Sizes

TOKENS_VERSION = 1  # raise it with every change here or in `template` that gives a text other tokens

TOKENIZER_NEXT_STEP = "check the name, the connection, and for a gated model your access"


class Tokens:
    """A tokenizer with the model's form of a dialogue, and how many tokens of a prompt and of an answer are kept.

    `ends` are the tokens that end an answer, the one that training uses first: whatever writes answers stops at any of them.
    """

    def __init__(self, tokenizer: Any, prompt_tokens: int, answer_tokens: int) -> None:
        self.tokenizer, self.prompt_tokens, self.answer_tokens = tokenizer, prompt_tokens, answer_tokens
        self.form: TurnForm = form_of(tokenizer)
        whole = self._plain(self.form.end)[-1:] if self.form.end else []
        own = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
        self.ends: tuple[int, ...] = tuple(dict.fromkeys([*whole, *own]))
        if not self.ends:
            raise RpoError(
                "an answer must end with a token, this tokenizer has no `eos_token` and its chat template ends a turn with none; "
                "set `eos_token` in its tokenizer_config.json"
            )
        self.pad: int = self.ends[-1] if tokenizer.pad_token_id is None else tokenizer.pad_token_id

    def row(self, prompt: str, *answers: str) -> Row:
        """Tokens of a prompt and its answers; an answer that is too long loses its end, and with it the token that ends it."""
        return Row(tuple(self.prompt(prompt)), tuple(self._answer(answer) for answer in answers))

    def prompt(self, text: str) -> list[int]:
        """Tokens of a prompt up to where its answer begins; a long one loses its beginning, but not a token all begin with."""
        ids, first = self._prompt(text), self.beginning
        if len(ids) <= self.prompt_tokens:
            return ids
        kept = first if tuple(ids[: len(first)]) == first and len(first) < self.prompt_tokens else ()
        return [*kept, *ids[len(kept) - self.prompt_tokens :]]

    def sizes(self, prompt: str, *answers: str) -> Sizes:
        """How many tokens the prompt and the answers have before they are cut."""
        return Sizes(len(self._prompt(prompt)), tuple(sum(map(len, self._parts(answer))) for answer in answers))

    def ready(self, prompt: str) -> bool:
        """Whether a prompt holds the template's own control tokens already, and so is taken as it is."""
        return bool(self.form.marks) and self.form.ready(prompt)

    def quotes(self, prompt: str) -> bool:
        """Whether a prompt has a control token within its text, which the model then reads as one."""
        return any(mark in prompt for mark in self.form.marks) and not self.form.ready(prompt)

    @cached_property
    def beginning(self) -> tuple[int, ...]:
        """The tokens with which every prompt begins, like a BOS token; () if there are none."""
        return tuple(self._plain(self.form.beginning)) if self.tokenizer.chat_template else self._added

    @cached_property
    def rule(self) -> str:
        """A short text that changes whenever the tokens of a text could, the two lengths aside; for the keys of caches."""
        vocabulary = self.tokenizer.backend_tokenizer.to_str() if self.tokenizer.is_fast else repr(self.tokenizer.get_vocab())
        written = self.form.prompt("What is this?"), self.form.answer(" This. "), str(self.tokenizer.chat_template)
        return f"{TOKENS_VERSION}-{storage.digest(vocabulary, str(self.ends), *written)}"

    def _prompt(self, text: str) -> list[int]:
        ids = self._plain(self.form.prompt(text))
        if self.tokenizer.chat_template is None:
            ids = [*self._added, *ids]
        return ids or [self.ends[-1]]  # an answer's first token is predicted from the last of the prompt

    def _answer(self, text: str) -> tuple[int, ...]:
        ids, end = self._parts(text)
        return (*ids, *end) if len(ids) + len(end) <= self.answer_tokens else tuple(ids[: self.answer_tokens])

    def _parts(self, text: str) -> tuple[list[int], list[int]]:
        """An answer's tokens, and those of its end."""
        answer = self.form.answer(text)
        ids, end = self._following(answer), self.form.end
        if not end or self._end == [self.ends[0]]:
            return ids, [self.ends[0]]
        whole = self._following(answer + end)
        return ids, whole[len(ids) :] if whole[: len(ids)] == ids else self._end

    @cached_property
    def _end(self) -> list[int]:
        return self._plain(self.form.end)

    def _following(self, text: str) -> list[int]:
        """Tokens of a text as it follows an opening; by itself, some tokenizers would put a blank before it."""
        opening = self._opening
        ids = self._plain(self.form.opening + text)
        return ids[len(opening) :] if ids[: len(opening)] == opening else self._plain(text)

    @cached_property
    def _opening(self) -> list[int]:
        return self._plain(self.form.opening)

    @cached_property
    def _added(self) -> tuple[int, ...]:
        """What the tokenizer puts before a text by itself; what it puts after one would end the prompt before its answer."""
        with_added, bare = self.tokenizer("a")["input_ids"], self._plain("a")
        places = [place for place in range(len(with_added)) if with_added[place : place + len(bare)] == bare]
        return tuple(with_added[: places[0]]) if bare and places else ()

    def _plain(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]


def tokens_of(spec: RunSpec) -> Tokens:
    """The tokens of a spec's model, which need its tokenizer and no weights."""
    where = weights.locate(spec.model)
    with foreign(f"a model must have a tokenizer that transformers can open, that of {where!r} did not", TOKENIZER_NEXT_STEP):
        tokenizer = weights.library("transformers").AutoTokenizer.from_pretrained(where, trust_remote_code=False)
    return Tokens(tokenizer, spec.prompt_tokens, spec.answer_tokens)
