"""The lesson's steps, one line each: how it is called, how long it takes, what a teacher asks and what the class should see.

The page draws a step by its name here, the address names it, and the teacher's sheet prints all of them. No torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class LessonStep(StrEnum):
    """A step, by the name that stands in an address."""

    PAIR = "pair"
    NEAR = "near"
    FORMULA = "formula"
    TAU = "tau"
    LAB = "lab"
    LIMITS = "limits"
    PAPER = "paper"
    RECAP = "recap"


@dataclass(frozen=True)
class Taught:
    """A step for those who teach it: its title in the menu, minutes in a class, what to ask and what they should see."""

    title: str
    minutes: int
    ask: str
    see: str


TAUGHT: Mapping[LessonStep, Taught] = {
    LessonStep.PAIR: Taught(
        "Pair",
        3,
        "Which of the two answers do you prefer? Let them vote by a show of hands, then click.",
        "The click makes one answer chosen and the other rejected. This one contrast is all that DPO learns from at this prompt.",
    ),
    LessonStep.NEAR: Taught(
        "Near",
        4,
        "B comes nearer to A: will B's rejected answer count more or less for A? Then let somebody drag B, and turn τ.",
        "The lines between the prompts grow thicker as B comes nearer. A large τ makes all lines alike, a small one leaves only "
        "the own pair.",
    ),
    LessonStep.FORMULA: Taught(
        "Formula",
        4,
        "Six more prompts join the batch: will A's own rejected answer count more or less?",
        "Four pieces, with the numbers that were on the screen: cosine, e to the cosine / τ, weights that sum to 1 in a row, "
        "margin. The loss puts them together.",
    ),
    LessonStep.TAU: Taught(
        "τ",
        4,
        "At τ = 0.5, the paper's value for pairs: does likeness decide which other answers count?",
        "The others share the rest almost evenly. At a τ where they do not, the own pair has nearly everything, and that is DPO.",
    ),
    LessonStep.LAB: Taught(
        "Train",
        6,
        "E has no data. Will E learn under DPO? Run, then turn τ down to 0.05 and up to 5.",
        "E learns under RPO and uniform weights, not under DPO. H learns from its lone ✗ only where weights are even.",
    ),
    LessonStep.LIMITS: Taught(
        "Limits",
        3,
        "Another encoder finds all prompts more alike: does the own answer keep more or less at the same τ?",
        "Less. The same τ means another thing with another encoder or another number of prompts, so name all three together.",
    ),
    LessonStep.PAPER: Taught(
        "Paper",
        4,
        "78.5 % against 72.3 % wins, 256 prompts each: is the lead of RPO over DPO established?",
        "The intervals overlap and p is about 0.10. The lead over uniform weights holds after Holm's correction.",
    ),
    LessonStep.RECAP: Taught(
        "Recap",
        2,
        "Which of your guesses surprised you? Which three sentences do you keep?",
        "Guesses beside what happened, without a score, and links that open the same batch in Tune.",
    ),
}
ALL_STEPS = tuple(LessonStep)
EARLIER_NUMBERS = (
    LessonStep.PAIR,
    LessonStep.FORMULA,
    LessonStep.TAU,
    LessonStep.LIMITS,
    LessonStep.LAB,
    LessonStep.PAPER,
)
"""The steps for which 1 to 6 stood in addresses before steps had names."""


def step_of(word: str) -> LessonStep:
    """The step that an address names, also by its earlier number; the first where it names none."""
    if word in ALL_STEPS:
        return LessonStep(word)
    numbers = [str(number) for number in range(1, len(EARLIER_NUMBERS) + 1)]
    return EARLIER_NUMBERS[numbers.index(word)] if word in numbers else ALL_STEPS[0]


def beside(step: LessonStep, places: int) -> LessonStep:
    """The step so many places later (or earlier, if negative), the ends being the ends."""
    return ALL_STEPS[min(max(ALL_STEPS.index(step) + places, 0), len(ALL_STEPS) - 1)]


def in_menu(step: LessonStep) -> str:
    """A step's number and title."""
    return f"{ALL_STEPS.index(step) + 1} {TAUGHT[step].title}"
