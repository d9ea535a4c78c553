"""The step of the page Learn on limits: the same τ with another encoder or another M, and what RPO cannot do."""

import streamlit as st

from pages.parts.learn.stage import Scene, chart, more
from rpo.contrast import gradient_of_size, own_weight
from rpo.teaching import lesson
from rpo.teaching.two import FIRST_TAU


def picture(_free: bool) -> None:
    """What τ leaves to the own answer, a line for each M and encoder."""
    alt = "Weight of the own rejected answer over τ, a line for each M and encoder"
    chart(lesson.own_figure(FIRST_TAU), "own", alt)


def words() -> None:
    """Figures at the paper's τ, then the other limits in a sentence each."""
    cases = "; ".join(
        f"M {size}, cosine {cosine:g}: **{own_weight(FIRST_TAU, size, cosine):.0%}**" for size, cosine in lesson.CASES
    )
    st.markdown(f"At τ = {FIRST_TAU:g} the own answer keeps: {cases}. Three more limits:")
    sizes = ", ".join(f"× {gradient_of_size(size, FIRST_TAU):.2g} at M = {size}" for size in (2, 4, 16, 64))
    st.markdown(
        f"- **A tiny batch, or a huge one.** M = 1 is DPO. With many prompts the gradient shrinks against DPO's: {sizes}.\n"
        "- **Answers of one kind.** All liked or all disliked: there is nothing to compare, and such a batch is refused.\n"
        f"- **Easy and hard prompts.** If every answer to one prompt pleases {lesson.easier():g} more, comparisons between "
        "prompts go wrong; within one prompt they do not."
    )
    more("Easy and hard prompts in figures", rewards)


def rewards() -> None:
    """Why comparisons between prompts go wrong."""
    st.markdown(
        "β times a log-ratio is a reward less β log Z(x), a constant of its prompt. Within a prompt it cancels; between prompts "
        "it does not. For pairs Train offers *centred margins*, which are free of it."
    )
    st.table(lesson.rewards_table(), alt="Rewards and margins of a pair")


LIMITS = Scene(picture, words)
