"""Raters and the judge together on the page Results: one score of both, and how many prompts the judge's verdicts are worth."""

import streamlit as st

from rpo.glossary import meaning, quantity
from rpo.judging import Known, of_the_same, verdicts_on, with_raters
from rpo.statistics import PredictionPowered
from rpo.voting import Ballots, Columns, Panel, Unrated

MAKE = (
    "To gain from the judge, let it read more prompts than people: on Panels make a second, larger panel of the same answers, "
    "invite nobody, and ask the judge there; then it can be picked here."
)
PICK = "To gain from the judge, pick a panel above whose other prompts it has read."
ONCE = "The interval is for these raters on other prompts, and for one look, when voting is over."


def with_judge(votes: Columns, panel: Panel, judge: Known, settled: tuple[Unrated, ...]) -> None:
    st.markdown("#### Raters and judge together")
    ballots = Ballots.here()
    others = of_the_same(ballots, panel)
    also = picked(others) if others else []
    found = with_raters(votes, verdicts_on(ballots, judge, panel.id, *also), panel.candidate, settled)
    if found.more:
        figures(found)
    st.caption(f"{found.words} {ONCE if found.more else PICK if others else MAKE}")


def picked(others: tuple[Panel, ...]) -> list[str]:
    """Other panels of the same two, whose prompts the judge has read too."""
    named = {one.id: f"{one.name} ({quantity(one.comparisons, 'pair')})" for one in others}
    return st.multiselect(
        "More prompts that this judge has read: other panels of the same two models",
        list(named),
        format_func=named.__getitem__,
        placeholder="None picked",
        help="Only panels drawn from the same prompts: verdicts on prompts of another kind would shift the score.",
    )


def figures(found: PredictionPowered) -> None:
    a, b, c, d = st.columns(4)
    a.metric("Score of both", f"{found.score:.1%}", help=f"{found.question} Raters alone: {found.raters:.1%}.")
    b.metric("95 % interval", f"{found.interval.low:.1%} – {found.interval.high:.1%}", help=found.interval.question)
    c.metric("λ", f"{found.weight:.2f}", help=meaning("λ"))
    worth = f"As many prompts with votes would be as certain without the judge; {found.prompts} have votes."
    d.metric("Worth", quantity(round(found.worth), "prompt"), help=worth)
