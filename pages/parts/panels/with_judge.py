"""A judge in the plan of a new panel: what its verdicts on more prompts would add, if it agrees with a rater so often."""

import streamlit as st

from pages.shared import kept
from rpo.glossary import quantity
from rpo.judging import Measured, measured_agreement
from rpo.statistics import PlannedWithJudge, plans_with_judge
from rpo.voting import Ballots

ASSUMED = 70  # percent, where nothing was measured
HOW = (
    "Each verdict is two calls, one for each order of the answers; Model judge says before it asks what they cost. For verdicts "
    "on more prompts make a second, larger panel of the same answers without raters, ask the judge there, and pick it in Results."
)


def with_judge(pairs: int, votes: int, ties: float) -> None:
    place = st.expander("A judge on more prompts: what would it add?", key="plan-judge", on_change="rerun")
    if not place.open:
        return
    with place:
        found = measured_agreement(Ballots.here())
        agrees = kept.number(st, "A judge names the winner that one rater names, in %", "judge-agrees", (50, 100), default(found))
        st.caption(source(found))
        rows = [row(plan) for plan in plans_with_judge(pairs, agrees / 100, votes, ties)]
        st.dataframe(rows, hide_index=True, alt="What a judge's verdicts on more prompts add to this panel")
        st.caption(f"For one look at the end, with {quantity(votes, 'vote')} a prompt. {HOW}")


def default(found: Measured | None) -> int:
    return ASSUMED if found is None else max(50, round(100 * found.value))


def source(found: Measured | None) -> str:
    if found is None:
        return "An assumption: no panel of yours has both votes and a judge's verdicts yet. 50 % is a coin."
    return f"Measured on your newest panel that has both: {found.value:.0%} ({found.low:.0%} – {found.high:.0%}, n = {found.n})."


def row(plan: PlannedWithJudge) -> dict[str, str | int]:
    return {
        "prompts with votes": plan.prompts,
        "more prompts, by the judge alone": plan.more,
        "worth, in prompts with votes": round(plan.worth),
        "true win rate found in 4 panels of 5": "none" if plan.rate != plan.rate else f"{plan.rate:.1%}",
    }
