"""Results: what the votes say, with intervals and the questions they answer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from pages.parts.results.lengths import lengths, measured
from pages.parts.results.with_judge import with_judge
from pages.shared import deep_link, example, here, pickers
from pages.shared.plain import plain, trouble
from rpo import judging, preferences, runs, statistics
from rpo.charts.judging import confusion_figure
from rpo.charts.score import board_figure, prompts_figure, score_figure
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.judging import Imported, JudgementCache, JudgeVsHumans, Measured, WinRate, both_orders, judge_vs_humans, unsaid, win_rate
from rpo.judging import judge_votes as votes_of
from rpo.statistics import (
    Counted,
    Disagreement,
    Ending,
    Leader,
    Looks,
    Reading,
    Standings,
    by_slice,
    disagreements,
    length_adjusted,
    rank_authors,
    rater_stats,
    standings,
)
from rpo.voting import Ballots, Columns, Comparison, Panel, Unrated, Vote, votes_csv

READ = 40  # disagreements that are listed
LINE = 160  # characters of their prompts
EACH_ONCE = "Each prompt counts once, shared out among its votes; the score follows from these counts"


def percent(value: float, digits: int = 0) -> str:
    return "undefined" if value != value else f"{value:.{digits}%}"


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


def headline(panel: Panel, one: Standings, prompts: Counted, end: Ending) -> None:
    found = one.reading(end.look)
    a, b, c, d = st.container(key="standing").columns(4)
    a.metric("Score of the candidate", f"{one.score:.1%}", border=True, help="(won + tied/2) / n, over prompts")
    b.metric(f"Of {quantity(prompts.n, 'prompt')}: won · tied · lost", prompts.words, border=True, help=EACH_ONCE)
    c.metric("Both bad", f"{one.both_bad} of {one.votes}", border=True, help="Votes that found neither answer usable")
    label, meaning = P[end.look]
    d.metric(label, "p < 0.001" if found.p < 0.001 else f"p = {found.p:.3f}", border=True, help=meaning)
    counts = f"{quantity(one.prompts, 'prompt')}, {quantity(one.votes, 'vote')} by {quantity(one.raters, 'rater')}"
    decided = f"By most votes on each prompt: {quantity(one.won, 'win')} of {quantity(one.decided, 'decided prompt')}"
    named = runs.titles()
    authors = " against ".join(f"**{plain(named.get(author, author))}**" for author in (panel.candidate, panel.baseline))
    st.markdown(f"{authors}: {counts}. {decided}.")
    st.markdown(f"{verdict(found)} {plain(end.why)}")


def verdict(found: Reading) -> str:
    """Who is ahead, by the interval to go by."""
    ends = f"the 95 % interval, {span(found.interval.low, found.interval.high)},"
    if found.leader is Leader.NEITHER:
        return f"These votes do not tell the two apart: {ends} holds 50 %."
    who = ":green[The candidate is ahead]" if found.leader is Leader.CANDIDATE else ":red[The baseline is ahead]"
    return f"{who} for these raters on prompts like these: {ends} leaves out 50 %."


def intervals(one: Standings) -> None:
    shown = {"these raters": one.same_raters, "raters like these": one.other_raters, "at every look": one.peeking}
    for place, (name, interval) in zip(st.columns(3), shown.items(), strict=True):
        with place.container(border=True, height="stretch"):
            st.markdown(f"**95 % interval, {name}**")
            st.markdown(f"### {span(interval.low, interval.high)}")
            st.caption(f"{interval.question} (n = {interval.n}) {interval.note}")


def section(label: str, key: str, draw: Callable[[], None]) -> None:
    """A part of the page that is worked out only while it is open."""
    place = st.expander(label, key=f"section-{key}", on_change="rerun")
    if place.open:
        with place:
            draw()


def slices(votes: Columns, panel: Panel, settled: tuple[Unrated, ...], look: Looks) -> None:
    found = by_slice(votes, panel.candidate, settled)
    st.plotly_chart(
        score_figure([(part.slice, part) for part in found]), key="slices", alt="Score of the candidate by slice, with intervals"
    )
    rows = [
        {"slice": part.slice, "prompts": part.prompts, "score": part.score, **corrected(part.reading(look))} for part in found
    ]
    st.dataframe(rows, hide_index=True, alt="Scores by slice")
    st.caption("Many looks find something by chance: Holm's correction multiplies p for the number of slices.")


def corrected(found: Reading) -> dict[str, float]:
    return {P[found.look][0]: found.p, "p, Holm": found.holm}


def raters(votes: Columns, panel: Panel) -> None:
    found = statistics.agreement(votes, panel.candidate)
    for place, (name, one) in zip(
        st.columns(3),
        {"Percent": found.percent, "Krippendorff's α": found.alpha, "Gwet's AC1": found.ac1}.items(),
        strict=True,
    ):
        shown = percent(one.value) if name == "Percent" else ("undefined" if one.value != one.value else f"{one.value:.2f}")
        place.metric(name, shown, help=one.meaning)
    st.caption(
        found.note
        or f"Over {quantity(found.prompts, 'prompt')} that two raters at least have seen; people agree 65.7 % on AlpacaEval."
    )
    st.dataframe([rater_row(one) for one in rater_stats(votes)], hide_index=True, alt="What each rater did")
    st.caption(
        "Left: share of left among decided votes; “leans” where that is not half, after Holm's correction for so many raters. "
        "Same again: hidden repeats, swapped, with the same winner."
    )


def rater_row(one: Any) -> dict[str, Any]:
    leans = " (leans)" if one.leans else ""
    return {
        "rater": one.rater or "all",
        "votes": one.votes,
        "left": f"{percent(one.left.value)} of {one.left.n}{leans}",
        "same again": f"{one.consistent.k} of {one.consistent.n}",
        "both bad": f"{percent(one.both_bad.value)}",
        "seconds a vote": None if one.seconds != one.seconds else round(one.seconds, 1),
    }


def judges(said: Columns, panel: Panel, people: Standings, settled: tuple[Unrated, ...]) -> None:
    """What language models, or a rule, say of the same pairs."""
    pairs = Ballots.here().comparisons(panel.id)
    known = both_orders(JudgementCache(Ballots.here().database), list(pairs.values()))
    if not known:
        st.page_link("judge.py", label="Ask a judge too", icon=":material/gavel:", query_params={"panel": panel.id})
        return
    st.subheader("The judge beside the raters")
    judge = st.selectbox("Judge", list(known), format_func=lambda one: one.name)
    ruled = votes_of(known[judge], judge)
    if not ruled:
        st.info("Not one pair has a verdict in both orders yet. On the Judge page you see what came instead.")
        return
    numbers = judging.weighted(known[judge], judge)
    alone = standings(numbers, panel.candidate, unsaid(settled, numbers))
    st.plotly_chart(
        score_figure([("raters", people), (judge.name, alone)]),
        key="both",
        alt="Scores by the raters and by the judge, with intervals",
    )
    if isinstance(judge, Imported):
        st.caption(rates(win_rate(numbers, panel.candidate)))
    with_judge(said, panel, judge, settled)
    found = judge_vs_humans(ruled, said, panel.candidate)
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
        st.caption(
            f"On {quantity(found.prompts, 'prompt')} that both have judged. Point at a name for its question and interval."
        )


def apart(found: JudgeVsHumans, ruled: Sequence[Vote], said: Columns, panel: Panel, pairs: dict[str, Comparison]) -> None:
    """Length for each, and what to read."""
    letters = measured(pairs)
    for who, cast in (("raters", said), ("judge", ruled)):
        one = length_adjusted(cast, panel.candidate, letters)
        twice = f"an answer twice as long has {one.doubling:.2f} times the odds" if one.known else f"not to be had: {one.note}"
        st.caption(f"**Length, {who}:** {twice}.")
    if found.differing:
        with st.expander(f"{quantity(len(found.differing), 'prompt')} on which judge and raters differ, to read"):
            rows = [{**one.as_row(), "prompt": preferences.headline(one.prompt, LINE)} for one in found.differing[:READ]]
            st.dataframe(
                rows,
                hide_index=True,
                column_order=["prompt", "judge", "humans", "score", "said"],
                alt="Prompts on which judge and raters differ",
            )


def split(found: Sequence[Disagreement]) -> None:
    columns = {
        "prompt": lambda one: preferences.headline(one.prompt, LINE),
        "for the candidate": lambda one: ", ".join(one.candidate),
    }
    columns |= {"for the baseline": lambda one: ", ".join(one.baseline), "tie": lambda one: ", ".join(one.tie)}
    st.dataframe(
        [{name: words(one) for name, words in columns.items()} for one in found[:READ]],
        hide_index=True,
        alt="Prompts on which raters disagree",
    )
    if len(found) > READ:
        st.caption(f"The {READ} on which raters are most divided.")


def everything(votes: Columns, panel: Panel, one: Standings, settled: tuple[Unrated, ...]) -> None:
    found = [one, *by_slice(votes, panel.candidate, settled)]
    st.dataframe(
        [part.as_row() | ({"example": True} if panel.example else {}) for part in found],
        hide_index=True,
        alt="All figures, for the whole panel and by slice",
    )
    written = partial(votes_csv, Ballots.here(), panel.id)
    st.download_button("Download the votes as CSV", written, f"votes-{panel.id}.csv", "text/csv", on_click="ignore")
    st.caption("The table's own menu downloads the figures; Panels gives the votes as preference data.")


def show(panel: Panel, votes: Columns, settled: tuple[Unrated, ...], end: Ending) -> None:
    one, prompts = standings(votes, panel.candidate, settled), statistics.counted(votes, panel.candidate, settled)
    headline(panel, one, prompts, end)
    intervals(one)
    st.plotly_chart(score_figure([("all prompts", one)]), key="score", alt="Score of the candidate, with its interval")
    st.plotly_chart(prompts_figure(prompts), key="prompts", alt="How many prompts have which score")
    st.caption(" ".join(meaning(settled, one)))
    closer(panel, votes, settled, end.look)
    judges(votes, panel, one, settled)
    everything_of = partial(everything, votes, panel, one, settled)
    section(f"All figures, and {cast(votes)} with authors to download", "everything", everything_of)


def cast(votes: Columns) -> str:
    """All votes there are: those that count, and those on second showings, which test the rater."""
    first = len(votes.first)
    again = f" (and {len(votes) - first} on pairs shown again)" if len(votes) > first else ""
    return quantity(first, "vote") + again


def closer(panel: Panel, votes: Columns, settled: tuple[Unrated, ...], look: Looks) -> None:
    """What to look at beyond the score."""
    if len({*votes.first.slice.used().names, *(pair.slice for pair in settled)}) > 1:
        section("By slice; grey under 30 prompts", "slices", partial(slices, votes, panel, settled, look))
    section("Do the raters agree, and with themselves?", "raters", partial(raters, votes, panel))
    section("Length and style: what if both answers looked alike?", "lengths", partial(lengths, votes, panel))
    if found := disagreements(votes, panel.candidate):
        section(f"{quantity(len(found), 'prompt')} on which raters disagree, to read", "split", partial(split, found))


def meaning(settled: tuple[Unrated, ...], one: Standings) -> Iterator[str]:
    if settled:
        yield f"{quantity(len(settled), 'pair')} scored without a rater: identical answers as ties, an empty one as lost."
    if one.few:
        yield "Grey: fewer than 30 prompts stand behind it."


def several(panels: tuple[Panel, ...]) -> None:
    """One board for all authors whose panels were voted on."""
    if len({author for panel in panels for author in (panel.baseline, panel.candidate)}) > 2:
        section("Several runs on one board", "board", partial(together_on_board, panels))


def together_on_board(panels: tuple[Panel, ...]) -> None:
    try:
        places = rank_authors(Ballots.here().columns(*(panel.id for panel in panels)))
    except RpoError as error:
        trouble(error, st.info)
        return
    named = runs.titles()
    titled = [replace(one, author=named.get(one.author, one.author)) for one in places]
    st.plotly_chart(board_figure(titled), key="board", alt="Strengths of all candidates, with intervals")
    st.dataframe([one.as_row() for one in titled], hide_index=True, alt="Strengths of all candidates")
    st.caption("Bradley–Terry over all panels' votes, ties half; intervals by resampling prompts.")


here.owner_only()
st.title("Results")
try:
    panels = pickers.panels("No panel yet. Train a run, let it answer held-out prompts, and make a panel of them.")
    panel = pickers.panel(panels)
    example.about_votes(panel)
    votes = Ballots.here().columns(panel.id)
    if not len(votes):
        st.info("Nobody has voted on this panel yet.")
        st.page_link("vote.py", label="Vote", icon=":material/how_to_vote:", query_params={"panel": panel.id})
        st.stop()
    end = statistics.ending(Ballots.here().attendance(panel.id))
    if end.late and panel.sealed:
        who_is_late = f"Sealed: not all have finished ({plain(', '.join(end.late))})."
        st.info(f"{who_is_late} To look now is a peek; go by the interval that is valid at every look.")
    at_once = panel.example or deep_link.asked("show") == "1"
    if st.container(key="show").toggle("Show the results: look only when you have finished voting", value=at_once):
        show(panel, votes, Ballots.here().unrated(panel.id), end)
        several(tuple(one for one in panels if not one.example))
except RpoError as error:
    trouble(error)
