"""The judge beside the raters on the page Results: what a language model, or a rule, says of the same pairs."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.parts.results.lengths import measured
from pages.parts.results.with_judge import with_judge
from pages.shared.plain import plain
from rpo import judging, preferences
from rpo.charts.judging import confusion_figure
from rpo.charts.score import score_figure
from rpo.glossary import quantity
from rpo.judging import Imported, JudgeVsHumans, Known, Measured, PairVerdict, WinRate, judge_vs_humans, unsaid, win_rate
from rpo.judging import judge_votes as votes_of
from rpo.statistics import Standings, length_adjusted, standings
from rpo.voting import Columns, Comparison, Panel, Unrated, Vote

READ = 40  # prompts on which judge and raters differ, to read
LINE = 160  # characters of them

Heard = dict[Known, tuple[PairVerdict, ...]]


def judges(
    said: Columns, panel: Panel, people: Standings, settled: tuple[Unrated, ...], known: Heard, pairs: dict[str, Comparison]
) -> None:
    """What language models, or a rule, say of the same pairs."""
    if not known:
        st.page_link("judge.py", label="Ask a judge too", icon=":material/gavel:", query_params={"panel": panel.id})
        return
    st.subheader("The judge beside the raters")
    judge = st.selectbox("Judge", list(known), format_func=lambda one: one.name)
    ruled = votes_of(known[judge], judge)
    if not ruled:
        st.info("Not one pair has a verdict in both orders yet. On the Judge page you see what came instead.")
        return
    alone(known[judge], judge, panel, people, settled)
    with_judge(said, panel, judge, settled)
    beside(judge_vs_humans(ruled, said, panel.candidate), ruled, said, panel, pairs)


def alone(ruled: Sequence[PairVerdict], judge: Known, panel: Panel, people: Standings, settled: tuple[Unrated, ...]) -> None:
    """The judge's own score under the raters'."""
    numbers = judging.weighted(ruled, judge)
    score = standings(numbers, panel.candidate, unsaid(settled, numbers))
    st.plotly_chart(
        score_figure([("raters", people), (judge.name, score)]),
        key="both",
        alt="Scores by the raters and by the judge, with intervals",
    )
    if isinstance(judge, Imported):
        st.caption(rates(win_rate(numbers, panel.candidate)))


def beside(found: JudgeVsHumans, ruled: Sequence[Vote], said: Columns, panel: Panel, pairs: dict[str, Comparison]) -> None:
    if found.warning:
        st.warning(plain(found.warning), icon=":material/call_split:")
    together(found)
    apart(found, ruled, said, panel, pairs)


def rates(found: WinRate) -> str:
    """What an imported judge's score is, in AlpacaEval's own terms."""
    discrete = f"discrete win rate (a verdict is a whole win, tie or loss): {found.discrete_win_rate:.2%}"
    if not found.known:
        return f"The score above is the {discrete}. The judge's own numbers are not here: take its annotations in again for them."
    error = "" if found.standard_error != found.standard_error else f", standard error {100 * found.standard_error:.2f} points"
    lacking = f"; {found.unknown} of them without a number, by their verdict" if found.unknown else ""
    score = f"Win rate {found.win_rate:.2%}{error}, from the judge's own numbers on {quantity(found.n, 'prompt')}{lacking}"
    return f"{score}: AlpacaEval's win_rate and standard_error. The figures below compare verdicts, whose {discrete}."


def measure(place: Any, name: str, one: Measured, form: str = ".0%") -> None:
    ends = "" if one.low != one.low else f" 95 % {one.low:{form}} to {one.high:{form}}, n = {one.n}."
    place.metric(name, "undefined" if one.value != one.value else f"{one.value:{form}}", help=f"{one.question}{ends}")


def together(found: JudgeVsHumans) -> None:
    left, right = st.columns([2, 3], vertical_alignment="center")
    left.plotly_chart(confusion_figure(found), key="confusion", alt="How often raters and judge said what together")
    with right:
        a, b, c = st.columns(3)
        measure(a, "Same verdict", found.agree)
        measure(b, "Same winner", found.decided)
        measure(c, "Cohen's κ", found.kappa, ".2f")
        d, e, f = st.columns(3)
        measure(d, "Judge and one rater", found.one_human)
        measure(e, "Two raters (ceiling)", found.ceiling)
        measure(f, "Judge minus raters", found.gap, "+.1%")
        both = f"On {quantity(found.prompts, 'prompt')} that both have judged."
        st.caption(f"{both} Point at a name for its question and interval.")


def apart(found: JudgeVsHumans, ruled: Sequence[Vote], said: Columns, panel: Panel, pairs: dict[str, Comparison]) -> None:
    """Length for each, and what to read."""
    letters = measured(pairs)
    for who, cast in (("raters", said), ("judge", ruled)):
        one = length_adjusted(cast, panel.candidate, letters)
        twice = f"an answer twice as long has {one.doubling:.2f} times the odds" if one.known else f"not to be had: {one.note}"
        st.caption(f"**Length, {who}:** {twice}.")
    if found.differing:
        differing(found)


def differing(found: JudgeVsHumans) -> None:
    with st.expander(f"{quantity(len(found.differing), 'prompt')} on which judge and raters differ, to read"):
        rows = [{**one.as_row(), "prompt": preferences.headline(one.prompt, LINE)} for one in found.differing[:READ]]
        shown = ["prompt", "judge", "humans", "score", "said"]
        st.dataframe(rows, hide_index=True, column_order=shown, alt="Prompts on which judge and raters differ")
