r"""A dialogue as one string, and back: what a prompt is everywhere, in files, databases, runs and on pages.

A single user turn is its text. Several turns have headings as in HH-RLHF: "\n\nHuman: … \n\nAssistant:". The string carries
its turns without loss, white space around them aside: where a message holds a heading of its own, as pasted text does, a
backslash before it says that no turn begins there. Not a reader of files: that is `messages`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

HEADLINE = 120  # characters of a prompt in a list
CHARACTERS_SHOWN = 20_000  # characters of a text that are shown


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


HEADINGS = {Role.SYSTEM: "System", Role.USER: "Human", Role.ASSISTANT: "Assistant"}
ROLES = {heading: role for role, heading in HEADINGS.items()}
ROLE_NAMES = "|".join(ROLES)
FIRST_HEADING = re.compile(rf"(?=\n\n)\s*\n\n(?:{ROLE_NAMES}):")
TURN = re.compile(rf"\n\n({ROLE_NAMES}):[ \t]?")
HEADING = re.compile(rf"\n\n(\\*(?:{ROLE_NAMES}):)")  # one that begins a turn, or is kept from it by backslashes
KEPT_TEXT = re.compile(rf"\n\n\\(\\*(?:{ROLE_NAMES}):)")
CUE = "\n\nAssistant:"


@dataclass(frozen=True)
class Turn:
    """One utterance of a dialogue."""

    role: Role
    text: str


def turns(prompt: str) -> tuple[Turn, ...]:
    """The turns of a prompt; the empty assistant turn that invites the answer is not one."""
    if not FIRST_HEADING.match(prompt):
        return (Turn(Role.USER, prompt),)
    pieces = TURN.split(prompt)[1:]
    spoken = [
        Turn(ROLES[name], KEPT_TEXT.sub(r"\n\n\1", text).strip()) for name, text in zip(pieces[::2], pieces[1::2], strict=True)
    ]
    kept = tuple(turn for turn in spoken if turn.text)
    return kept or (Turn(Role.USER, prompt),)


def transcript(dialogue: Sequence[Turn]) -> str:
    """The prompt of a dialogue: plain text for a single user turn, else headings as in HH-RLHF up to "Assistant:"."""
    if len(dialogue) == 1 and dialogue[0].role is Role.USER and not FIRST_HEADING.match(dialogue[0].text):
        return dialogue[0].text
    return "".join(f"\n\n{HEADINGS[turn.role]}: {HEADING.sub(_kept, turn.text)}" for turn in dialogue) + CUE


def as_prompt(text: str) -> str:
    """A dialogue in headings that others wrote, as a prompt: a heading with a backslash before it keeps it."""
    return KEPT_TEXT.sub(lambda found: f"\n\n\\\\{found[1]}", text) if "\n\n\\" in text and FIRST_HEADING.match(text) else text


def in_headings(text: str) -> bool:
    """Whether a text begins with the heading of a turn, so that it is a dialogue."""
    return FIRST_HEADING.match(text) is not None


def alike(prompt: str) -> str:
    """The same for prompts that differ in white space or case alone, and in how a single turn is written: they count as one."""
    return " ".join(transcript(turns(prompt)).split()).casefold()


def last_turn(prompt: str) -> str:
    """The last user turn: what a short-sighted encoder should read of a long dialogue."""
    said = [turn.text for turn in turns(prompt) if turn.role is Role.USER]
    return said[-1] if said else prompt


def headline(prompt: str, length: int = HEADLINE) -> str:
    """The last user turn as one line of so many characters at most: a prompt in a list, on a button, beside a point of a map."""
    return one_line(last_turn(prompt), length)


def one_line(text: str, length: int) -> str:
    """A text as one line of so many characters at most; of a longer one the end is left out and marked."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def brief(text: str, length: int = CHARACTERS_SHOWN) -> str:
    """A text of more characters than that, by default so many that they would choke a browser, is cut and says so."""
    return text if len(text) <= length else f"{text[:length]}… ({len(text):,} characters in all)"


def _kept(found: re.Match[str]) -> str:
    return f"\n\n\\{found[1]}"


class View(StrEnum):
    """What of a prompt the encoder reads."""

    LAST_TURN = "last turn"
    WHOLE = "whole prompt"

    def of(self, prompt: str) -> str:
        """The text to embed."""
        return (last_turn(prompt) if self is View.LAST_TURN else prompt).strip()
