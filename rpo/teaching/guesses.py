"""What the lesson asks before it shows: a question with its answers, which of them is right, and why, in one sentence of figures.

Nobody is scored: the recap sets a guess beside what happened. All figures are computed from the formula or a run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rpo.contrast import own_weight
from rpo.glossary import quantity
from rpo.teaching.eight import EIGHT_PROMPTS, eight_at
from rpo.teaching.lesson import DULL_FLOOR, LESSON_M, TELLING_FLOOR
from rpo.teaching.paper import HH, REPORTED, Reported, prompts_needed, reported_differences
from rpo.teaching.steps import LessonStep
from rpo.teaching.toy import PROMPT_NAMES, Method, Toy, train_toy
from rpo.teaching.two import COSINES, FIRST_TAU, Shown

PAPERS, COLD = FIRST_TAU, 0.05  # τ of the question, and one at which likeness does decide
LAB_STEPS, E = 60, PROMPT_NAMES.index("E")
MORE_OR_LESS = ("More", "The same", "Less")


@dataclass(frozen=True)
class Guess:
    """A question, its answers, the right one of them, and why: a sentence of what is on the screen."""

    question: str
    answers: tuple[str, ...]
    right: str
    why: Callable[[Shown], str]

    def verdict(self, guessed: str, shown: Shown) -> str:
        """The guess beside what is so, and why, as markdown."""
        right = "and so it is" if guessed == self.right else f"it is **{self.right.lower()}**"
        return f"You guessed **{guessed.lower()}**, {right}. {self.why(shown)}"

    def beside(self, guessed: str) -> str:
        """The guess beside what is so, without figures and markdown."""
        return f"You guessed {guessed.lower()}, {'and so it is' if guessed == self.right else f'it is {self.right.lower()}'}."


def near(shown: Shown) -> str:
    """How far the weight goes from the farthest to the nearest prompt."""
    far, close = (shown.at(place).across for place in (0, len(COSINES) - 1))
    return (
        f"The weight grows with e to the cosine / τ: at τ = {shown.tau:g} it is {far:.2f} for the farthest prompt here and "
        f"{close:.2f} for the nearest."
    )


def more_prompts(shown: Shown) -> str:
    """What seven others as near as B leave to A's own."""
    eight = own_weight(shown.tau, LESSON_M, shown.cosine)
    return f"The weights of a row sum to 1, so each new prompt takes a part: A's own goes from {shown.own:.2f} to {eight:.2f}."


def likeness_at_papers(_shown: Shown) -> str:
    """What the paper's temperature leaves to likeness, beside random vectors."""
    (seen, chance), (cold, _) = eight_at(PAPERS), eight_at(COLD)
    others = len(EIGHT_PROMPTS) - 1
    return (
        f"At τ = {PAPERS:g} the own answer gets {seen.own:.0%} and the rest is spread over **{seen.others:.1f} of {others}**, "
        f"almost evenly; random vectors give {chance.own:.0%} and {chance.others:.1f}. At τ = {COLD:g} likeness does "
        f"decide ({cold.others:.1f} of {others}), but there the own answer has {cold.own:.0%}, and that is DPO."
    )


def between(_shown: Shown) -> str:
    """What E learned by each method in the lab's first world."""
    learned = {method: float(train_toy(Toy(), method, 0.3, LAB_STEPS).margins[-1, E]) for method in Method}
    return (
        f"D has no ✗ and F no ✓, so DPO has nothing to compare; RPO holds D's ✓ against F's ✗. After {LAB_STEPS} steps E's "
        f"margin is {learned[Method.DPO]:.2f} by DPO and {learned[Method.RPO]:.2f} by RPO (τ 0.3)."
    )


def other_encoder(_shown: Shown) -> str:
    """What a dull encoder leaves to the own answer."""
    good, dull = (own_weight(PAPERS, LESSON_M, cosine) for cosine in (TELLING_FLOOR, DULL_FLOOR))
    return (
        f"It keeps {dull:.0%}, not {good:.0%}; uniform weights would leave {1 / LESSON_M:.1%}. **τ alone says nothing: name τ, M "
        "(the prompts in a batch) and the encoder together.**"
    )


def best_and_dpo() -> tuple[Reported, Reported]:
    """The paper's best method on HH, and DPO."""
    best, *others = (one for one in REPORTED if one.data == HH)
    return best, next(one for one in others if one.method == "DPO")


def established(_shown: Shown) -> str:
    """What the paper's figures establish."""
    best, dpo = best_and_dpo()
    found = reported_differences(best, [one for one in REPORTED if one.data == HH and one is not best])
    sure, p = " and ".join(one.other for one in found if one.holm < 0.05), next(one.p for one in found if one.other == dpo.method)
    return (
        f"**Established** after Holm's correction: {best.method} beats {sure or 'none'}. **Not established**: that it beats DPO "
        f"(p = {p:.2f}); to find such a lead in four studies of five takes "
        f"{quantity(prompts_needed(best, dpo), 'prompt')} a method."
    )


def _of_paper() -> str:
    best, dpo = best_and_dpo()
    return (
        f"The paper prints {best.rate:.1%} wins for {best.method} and {dpo.rate:.1%} for DPO, {quantity(best.n, 'prompt')} "
        "each. Does that establish a lead?"
    )


GUESSES: Mapping[LessonStep, Guess] = {
    LessonStep.NEAR: Guess("B comes nearer to A. Will B's rejected answer count more or less for A?", MORE_OR_LESS, "More", near),
    LessonStep.FORMULA: Guess(
        "Six more prompts join, all as near to A as B. Will A's own rejected answer count more or less?",
        MORE_OR_LESS,
        "Less",
        more_prompts,
    ),
    LessonStep.TAU: Guess(
        f"At τ = {PAPERS:g}, the paper's value for pairs: does likeness decide which other answers count?",
        ("Yes", "No"),
        "No",
        likeness_at_papers,
    ),
    LessonStep.LAB: Guess(
        "E has no data: beside it D has only a ✓ and F only a ✗. Will E learn under DPO?", ("Yes", "No"), "No", between
    ),
    LessonStep.LIMITS: Guess(
        f"Another encoder puts unrelated prompts at cosine {DULL_FLOOR:g}, not {TELLING_FLOOR:g}. At the same τ, does the own "
        "answer keep more or less?",
        MORE_OR_LESS,
        "Less",
        other_encoder,
    ),
    LessonStep.PAPER: Guess(_of_paper(), ("Yes", "No"), "No", established),
}
KEEP = (
    "DPO compares the two answers to one prompt; RPO compares every chosen with every rejected answer of a batch.",
    "The nearer two prompts, the more their contrast weighs; τ says how fast that falls, and means nothing without M and the "
    "encoder.",
    "RPO can learn where DPO has nothing to compare; whether it gives better models is not established: measure it on your data.",
)
