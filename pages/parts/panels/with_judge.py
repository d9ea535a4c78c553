"""A judge in the plan of a new panel: what its verdicts on more prompts would add, if it agrees with a rater so often."""

from math import inf

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared import kept
from rpo.glossary import quantity
from rpo.judging import Measured, PaidCalls, measured_agreement, paid_calls
from rpo.statistics import PlannedWithJudge, plans_with_judge, verdicts_worth_their_price
from rpo.voting import Ballots

ASSUMED = 70  # percent, where nothing was measured
UNPAID = "No judge of yours has cost anything yet. 0: for free, or not known."
WAGES = "What a rater is paid for a pair; 50 cents is an assumption"
HOW = (
    "A verdict is two calls, one for each order of the answers, and the prompts with votes need one too. For verdicts "
    "on more prompts make a second, larger panel of the same answers without raters, ask the judge there, and pick it in Results."
)


def with_judge(pairs: int, votes: int, ties: float) -> None:
    place = st.expander("A judge on more prompts: what would it add?", key="plan-judge", on_change="rerun")
    if not place.open:
        return
    with place:
        found, paid = measured_agreement(Ballots.here()), paid_calls(Ballots.here().database)
        a, b, c = st.columns(3)
        agrees = kept.number(a, "A judge names one rater's winner, in %", "judge-agrees", (50, 100), default(found))
        a.caption(source(found))
        verdict, vote = prices(b, c, paid)
        rows = [row(plan, verdict) for plan in plans_with_judge(pairs, agrees / 100, votes, ties)]
        st.dataframe(rows, hide_index=True, alt="What a judge's verdicts on more prompts add to this panel")
        if verdict and vote:
            st.markdown(until(verdicts_worth_their_price(pairs, agrees / 100, verdict, vote, votes, ties)))
        st.caption(f"For one look at the end and these raters, with {quantity(votes, 'vote')} a prompt. {HOW}")


def prices(of_verdict: DeltaGenerator, of_vote: DeltaGenerator, paid: PaidCalls | None) -> tuple[float, float]:
    """Of a verdict and of a vote, in dollars; 0 where nobody says one."""
    known = 0.0 if paid is None else round(paid.verdict, 6)
    verdict = kept.number(of_verdict, "A verdict costs, in $", "verdict-price", (0.0, None), known, step=0.001, format="%.4f")
    of_verdict.caption(UNPAID if paid is None else measured(paid))
    vote = kept.number(of_vote, "A vote costs, in $", "vote-price", (0.0, None), 0.5, step=0.1, help=WAGES)
    return verdict, vote


def measured(paid: PaidCalls) -> str:
    return f"Measured on {quantity(paid.calls, 'call')} of the judge that you asked last."


def until(verdicts: float) -> str:
    """Where the next verdict is worth less than the next vote."""
    if verdicts == inf:
        return "At these prices a verdict on one more prompt always adds more for its money than votes on one more prompt."
    if verdicts < 1:
        return "At these prices votes on one more prompt add more for their money than any verdict does."
    more = quantity(round(verdicts), "more prompt")
    return (
        f"At these prices verdicts on up to **{more}** add more for their money than votes on one more prompt do; then votes do."
    )


def default(found: Measured | None) -> int:
    return ASSUMED if found is None else max(50, round(100 * found.value))


def source(found: Measured | None) -> str:
    if found is None:
        return "An assumption: no panel of yours has both votes and a judge's verdicts yet. 50 % is a coin."
    return f"Measured on your newest panel that has both: {found.value:.0%} ({found.low:.0%} – {found.high:.0%}, n = {found.n})."


def row(plan: PlannedWithJudge, price: float) -> dict[str, str | int | float]:
    cost = {"cost of the verdicts, $": round(price * (plan.prompts + plan.more) * (plan.more > 0), 2)} if price else {}
    return {
        "prompts with votes": plan.prompts,
        "more prompts, by the judge alone": plan.more,
        "worth, in prompts with votes": round(plan.worth),
        "true win rate found in 4 panels of 5": "none" if plan.rate != plan.rate else f"{plan.rate:.1%}",
        **cost,
    }
