"""The step of the page Learn on what the paper reports, with the intervals and tests that it does not have."""

import streamlit as st

from pages.parts.learn.stage import Scene, chart, more
from rpo.glossary import quantity
from rpo.teaching import lesson
from rpo.teaching.guesses import best_and_dpo
from rpo.teaching.paper import HH, LLAMA, REPORTED, least_z, reported_differences


def picture(_free: bool) -> None:
    """Printed win rates with our intervals."""
    chart(lesson.reported_figure(REPORTED), "paper", "Win rates that the paper reports")


def words() -> None:
    """Where the figures are from, and our tests."""
    best, _ = best_and_dpo()
    st.caption(
        f"Wins that [the paper](https://arxiv.org/abs/2402.10958) prints: GPT-4's verdicts on {quantity(best.n, 'prompt')} each, "
        "one run a method. Intervals (Wilson, 95 %) and tests (z, two proportions) are ours: they cover other prompts, not other "
        "runs."
    )
    more("Our tests in figures", tests)


def tests() -> None:
    """The table of tests, and the leads of which only the difference is printed."""
    best, *others = (one for one in REPORTED if one.data == HH)
    st.table(lesson.tests_table(reported_differences(best, others)), alt="Our tests of the paper's differences")
    leads = ", ".join(f"{name} {wins / best.n:+.2%} (z at least {least_z(wins):.2f})" for name, wins in LLAMA.items())
    st.caption(
        f"{best.method} against DPO with other models: {leads}, whatever the two rates were. All methods answered the same "
        "prompts, so a paired test would be sharper; the single verdicts were not published."
    )


PAPER = Scene(picture, words)
