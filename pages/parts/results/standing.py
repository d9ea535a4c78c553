"""The score on the page Results: what the votes say, by the interval to go by, and the two intervals beside it."""

from collections.abc import Iterator, Mapping

import streamlit as st

from pages.shared.plain import plain
from rpo.glossary import quantity
from rpo.reporting import first_sentence
from rpo.statistics import Counted, Ending, Leader, Looks, Reading, Standings
from rpo.voting import Panel, Unrated

EACH_ONCE = "Each prompt counts once, shared out among its votes; the score follows from these counts"


def span(low: float, high: float) -> str:
    return "undefined" if low != low else f"{low:.1%} – {high:.1%}"


P = {
    Looks.ONCE: (
        "p, at the end",
        "Exact, two-sided, over prompts: the sign test where each has one vote, with more a sign-flip test of their scores. For "
        "one look when all have finished. A side is ahead where p ≤ 0.05: exactly where the interval “these raters” leaves out "
        "50 %.",
    ),
    Looks.ALWAYS: (
        "p, at every look",
        "It holds however often one has looked before, so it is higher than that of one look. A side is ahead where p ≤ 0.05: "
        "exactly where the interval “at every look” leaves out 50 %.",
    ),
}


def headline(panel: Panel, one: Standings, prompts: Counted, end: Ending, titles: Mapping[str, str]) -> None:
    found = one.reading(end.look)
    st.container(key="sentence").code(first_sentence(panel, one, end, titles), language=None, wrap_lines=True)
    a, b, c, d = st.container(key="standing").columns(4)
    a.metric("Score of the candidate", f"{one.score:.1%}", border=True, help="(won + tied/2) / n, over prompts")
    b.metric(f"Of {quantity(prompts.n, 'prompt')}: won · tied · lost", prompts.words, border=True, help=EACH_ONCE)
    c.metric("Both bad", f"{one.both_bad} of {one.votes}", border=True, help="Votes that found neither answer usable")
    label, meaning = P[end.look]
    d.metric(label, "p < 0.001" if found.p < 0.001 else f"p = {found.p:.3f}", border=True, help=meaning)
    decided = f"By most votes on each prompt: {quantity(one.won, 'win')} of {quantity(one.decided, 'decided prompt')}"
    st.markdown(f"{verdict(found)} {decided}, in {quantity(one.votes, 'vote')}. {plain(end.why)}")


def verdict(found: Reading) -> str:
    return {
        Leader.CANDIDATE: ":green[**The candidate is ahead.**]",
        Leader.BASELINE: ":red[**The baseline is ahead.**]",
        Leader.NEITHER: "**Neither is ahead.**",
    }[found.leader]


def intervals(one: Standings) -> None:
    shown = {"these raters": one.same_raters, "raters like these": one.other_raters, "at every look": one.peeking}
    for place, (name, interval) in zip(st.columns(3), shown.items(), strict=True):
        with place.container(border=True, height="stretch"):
            st.markdown(f"**95 % interval, {name}**")
            st.markdown(f"### {span(interval.low, interval.high)}")
            st.caption(f"{interval.question} (n = {interval.n}) {interval.note}")


def meaning(settled: tuple[Unrated, ...], one: Standings) -> Iterator[str]:
    if settled:
        yield f"{quantity(len(settled), 'pair')} scored without a rater: identical answers as ties, an empty one as lost."
    if one.few:
        yield "Grey: fewer than 30 prompts stand behind it."
