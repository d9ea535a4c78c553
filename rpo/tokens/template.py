"""How a model's dialogue is written: by its own chat template, or in headings as in HH-RLHF where it has none.

Where an answer begins and with which token it ends is read off the template, by rendering a dialogue whose answer is known:
`eos_token` is often another token. Not a tokenizer: this is text, and `rpo.tokens.tokenizer` makes tokens of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rpo.errors import RpoError, foreign
from rpo.preferences import Role, Turn, turns

SAMPLE_QUESTION, SAMPLE_ANSWER = (
    "Where is number 7391?",
    "It is beside number 2846.",
)  # found again, whatever a template trims or wraps


@dataclass(frozen=True)
class Headings:
    """For a model without a chat template: "Human:" and "Assistant:"; the blank after the colon belongs to the next word.

    As of every form: `opening` is the text right before an answer, and `blank` what then belongs to the answer's first word;
    `end` ends an answer ("": the tokenizer's `eos_token` does); `beginning` is a control token that all dialogues begin with
    ("": none); `marks` are the control tokens that it writes, and `note` says what it lacks.
    """

    opening: str = "\n\nAssistant:"
    blank: str = " "
    end: str = ""
    beginning: str = ""
    marks: tuple[str, ...] = ()
    note: str = ""

    def prompt(self, text: str) -> str:
        """The prompt up to "Assistant:", without a blank."""
        return text.rstrip() if self.ready(text) else f"\n\nHuman: {text}{self.opening}"

    def answer(self, text: str) -> str:
        """The answer after a blank, if it has none of its own."""
        return text if text[:1].isspace() else self.blank + text

    def ready(self, text: str) -> bool:
        """Whether the headings are there."""
        return text.rstrip().endswith("Assistant:")


class Template:
    """A tokenizer's chat template; what `Headings` says of its fields holds here."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.known = _control_tokens(tokenizer)
        self.sample = self._rendered([Turn(Role.USER, SAMPLE_QUESTION), Turn(Role.ASSISTANT, SAMPLE_ANSWER)])
        before, found, after = self.sample.rpartition(SAMPLE_ANSWER)
        self.marks = tuple(mark for mark in self.known if mark in self.sample)
        first = str(tokenizer.bos_token or "")  # one that opens turns as well is part of them
        self.beginning = first if first and self.sample.startswith(first) and self.sample.count(first) == 1 else ""
        self.note, self.invitation, self.end = "", before.rpartition(SAMPLE_QUESTION)[2], self._end(after) if found else ""
        if not found:  # it rewrites answers: the invitation that it writes by itself must do
            self.invitation = self._invited([Turn(Role.USER, SAMPLE_QUESTION)]).rpartition(SAMPLE_QUESTION)[2]
        if not self.end:
            self.note = "The model's chat template ends an answer with no token of its own: `eos_token` ends it."
        self.opening = _after_first(self.marks, self.invitation).rstrip(" ")
        self.blank = self.invitation[len(self.invitation.rstrip(" ")) :]

    @cached_property
    def trims(self) -> bool:
        """Whether it takes the white space around an answer off."""
        return self._rendered([Turn(Role.USER, SAMPLE_QUESTION), Turn(Role.ASSISTANT, f" \n{SAMPLE_ANSWER}\n ")]) == self.sample

    def prompt(self, text: str) -> str:
        """The dialogue up to its answer; a prompt that holds the template's own marks already is not wrapped again."""
        return (self._completed(text) if self.ready(text) else self._wrapped(text)).rstrip(" ")

    def answer(self, text: str) -> str:
        """The answer as the template writes it; an end or an opening of its own is not doubled."""
        end, opening = self.end.strip(), self.opening.strip()
        if end and text.rstrip().endswith(end):
            text = text.rstrip().removesuffix(end)
        if any(mark in opening for mark in self.marks) and text.lstrip().startswith(opening):
            text = text.lstrip().removeprefix(opening).removeprefix(self.opening[len(self.opening.rstrip()) :])
        return self.blank + (text.strip() if self.trims else text)

    def ready(self, text: str) -> bool:
        """Whether a prompt begins with a control token that opens a turn here, or ends by inviting an answer."""
        if not any(mark in text for mark in self.marks):
            return False
        opens = tuple(mark for mark in self.marks if mark != self.beginning)
        return bool(opens and text.lstrip().startswith(opens)) or text.rstrip().endswith(self.opening.strip())

    def _completed(self, text: str) -> str:
        """A prompt in the template's form, with the beginning and the invitation that it may lack."""
        if self.beginning not in text:
            text = self.beginning + text
        bare, opening = text.rstrip(), self.opening.strip()
        last = bare.rfind(opening)
        rest = bare[last + len(opening) :]
        if opening and last >= 0 and not any(mark in rest for mark in self.marks):
            return text if rest else bare + self.opening[len(self.opening.rstrip()) :]
        there = next(size for size in range(len(self.invitation), -1, -1) if text.endswith(self.invitation[:size]))
        return text + self.invitation[there:]

    def _wrapped(self, text: str) -> str:
        """The dialogue as the template takes it: as it is, else with turns of one role joined, else without a system turn."""
        said = turns(text)
        refusals: list[str] = []
        for dialogue in (said, _joined(said), _joined(_without_system(said))):
            try:
                return self._until_answer(dialogue)
            except RpoError as error:
                refusals.append(str(error))
        raise RpoError(refusals[-1])

    def _until_answer(self, dialogue: Sequence[Turn]) -> str:
        begun, found, _ = self._rendered([*dialogue, Turn(Role.ASSISTANT, SAMPLE_ANSWER)]).rpartition(SAMPLE_ANSWER)
        begun = begun if found else self._invited(dialogue)
        lost = [turn.role for turn in dialogue if turn.role is Role.SYSTEM and turn.text.strip() not in begun]
        if lost:
            raise RpoError("a chat template must keep every turn, this model's leaves the system turn out; choose another model")
        return begun

    def _end(self, after: str) -> str:
        """What follows an answer, up to and including the first control token: what ends its turn."""
        places = sorted((after.find(mark), -len(mark), mark) for mark in self.marks if mark in after)
        if not places:
            return ""
        place, _, mark = places[0]
        alone = [Turn(Role.USER, SAMPLE_QUESTION)]
        if self._invited(alone) == self._rendered(alone):  # it invites an answer always, and so after this one: is this the end?
            more = self._rendered([*alone, Turn(Role.ASSISTANT, SAMPLE_ANSWER), *alone, Turn(Role.ASSISTANT, "Yes.")])
            if not more.rpartition(SAMPLE_ANSWER)[2].startswith(after[: place + len(mark)]):
                return ""
        return after[: place + len(mark)]

    def _invited(self, dialogue: Sequence[Turn]) -> str:
        return self._rendered(dialogue, invite=True)

    def _rendered(self, dialogue: Sequence[Turn], *, invite: bool = False) -> str:
        messages = [{"role": str(turn.role), "content": turn.text} for turn in dialogue]
        roles = ", ".join(turn.role for turn in dialogue)
        rule = f"a chat template must take a dialogue of {roles}, this model's does not"
        with foreign(rule, "leave such rows out, or choose a model whose template takes them"):
            return self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=invite)


TurnForm = Headings | Template


def form_of(tokenizer: Any) -> TurnForm:
    """The form in which a tokenizer's model reads dialogues."""
    return Headings() if tokenizer.chat_template is None else Template(tokenizer)


def _control_tokens(tokenizer: Any) -> tuple[str, ...]:
    added = [token.content for token in tokenizer.added_tokens_decoder.values()]
    return tuple(dict.fromkeys(token for token in (*tokenizer.all_special_tokens, *added) if token.strip()))


def _after_first(marks: tuple[str, ...], invitation: str) -> str:
    """An invitation without the control token with which the user's turn ends, if it begins with one."""
    bare = invitation.lstrip()
    first = max((mark for mark in marks if bare.startswith(mark)), key=len, default="")
    rest = bare.removeprefix(first).lstrip()
    return rest if rest.strip() else invitation


def _joined(dialogue: Sequence[Turn]) -> list[Turn]:
    """Consecutive turns of one role as one, a blank line between them."""
    found: list[Turn] = []
    for turn in dialogue:
        if found and found[-1].role is turn.role:
            found[-1] = Turn(turn.role, f"{found[-1].text}\n\n{turn.text}")
        else:
            found.append(turn)
    return found


def _without_system(dialogue: Sequence[Turn]) -> list[Turn]:
    """What a system turn says comes first in the first user turn."""
    said = [turn.text for turn in dialogue if turn.role is Role.SYSTEM]
    rest = [turn for turn in dialogue if turn.role is not Role.SYSTEM]
    first = next((place for place, turn in enumerate(rest) if turn.role is Role.USER), None)
    if first is None:
        return [Turn(Role.USER, "\n\n".join(said)), *rest] if said else rest
    rest[first] = Turn(Role.USER, "\n\n".join([*said, rest[first].text]))
    return rest
