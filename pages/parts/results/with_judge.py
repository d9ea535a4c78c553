"""Raters and the judge together on the page Results: one score of both, and how many prompts the judge's verdicts are worth."""

import streamlit as st

from rpo.glossary import meaning
from rpo.judging import Known, of_the_same, verdicts_on, with_raters
from rpo.statistics import PredictionPowered
from rpo.voting import Ballots, Columns, Panel, Unrated

MORE = (
    "To gain from the judge, let it read more prompts than people: on Panels make a second, larger panel of the same answers, "
    "invite nobody, ask the judge there, and pick that panel here."
)
ONCE = "The interval is for these raters on other prompts, and for one look, when voting is over."


def with_judge(votes: Columns, panel: Panel, judge: Known, settled: tuple[Unrated, ...]) -> None:
    st.markdown("#### Raters and judge together")
    ballots = Ballots.here()
    also = larger(of_the_same(ballots, panel))
    found = with_raters(votes, verdicts_on(ballots, judge, panel.id, *also), panel.candidate, settled)
    if found.more:
        figures(found)
    st.caption(f"{found.words} {ONCE if found.more else MORE}")


def larger(others: tuple[Panel, ...]) -> list[str]:
    """Other panels of the same two, whose prompts the judge has read too."""
    if not others:
        return []
    named = {one.id: f"{one.name} ({one.comparisons} pairs)" for one in others}
    return st.multiselect(
        "Also the judge's verdicts on panels of the same two",
        list(named),
        format_func=named.__getitem__,
        placeholder="None",
        help="Only panels drawn from the same prompts: verdicts on other kinds of prompts would shift the score.",
    )


def figures(found: PredictionPowered) -> None:
    a, b, c, d = st.columns(4)
    a.metric("Score of both", f"{found.score:.1%}", help=f"{found.question} Raters alone: {found.raters:.1%}.")
    b.metric("95 % interval", f"{found.interval.low:.1%} – {found.interval.high:.1%}", help=found.interval.question)
    c.metric("λ", f"{found.weight:.2f}", help=meaning("λ"))
    worth = f"As many prompts with votes would be as certain without the judge; {found.prompts} have votes."
    d.metric("Worth", f"{found.worth:.0f} prompts", help=worth)
