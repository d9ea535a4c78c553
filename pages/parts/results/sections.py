"""What to look at beyond the score on the page Results: slices, raters, where they disagree, all figures, all runs on one board.

Each is a section that is worked out only while it is open.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from pages.parts.results.lengths import lengths
from pages.parts.results.standing import P
from pages.shared.plain import trouble
from rpo import preferences, statistics
from rpo.charts.score import board_figure, score_figure
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.statistics import (
    Agreement,
    Disagreement,
    Looks,
    Rank,
    Reading,
    ScoreDifference,
    Standings,
    by_slice,
    disagreements,
    rank_authors,
    rater_stats,
    score_differences,
)
from rpo.voting import Ballots, Columns, Panel, Unrated, votes_csv

READ = 40  # disagreements that are listed
LINE = 160  # characters of their prompts
APART = (
    "Score of the candidate less that of the other, with a 95 % interval for one look at the end and these raters. Prompts of "
    "both are compared one by one, which makes the interval narrower; prompts of one alone count as independent. Holm's "
    "correction is for all rows. Where the two did not have the same raters, the raters are part of the difference."
)


def percent(value: float, digits: int = 0) -> str:
    return "undefined" if value != value else f"{value:.{digits}%}"


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
    coefficients(found)
    st.caption(
        found.note
        or f"Over {quantity(found.prompts, 'prompt')} that two raters at least have seen; people agree 65.7 % on AlpacaEval."
    )
    st.dataframe([rater_row(one) for one in rater_stats(votes)], hide_index=True, alt="What each rater did")
    st.caption(
        "Left: share of left among decided votes; “leans” where that is not half, after Holm's correction for so many raters. "
        "Same again: hidden repeats, swapped, with the same winner."
    )


def coefficients(found: Agreement) -> None:
    named = {"Percent": found.percent, "Krippendorff's α": found.alpha, "Gwet's AC1": found.ac1}
    for place, (name, one) in zip(st.columns(3), named.items(), strict=True):
        shown = percent(one.value) if name == "Percent" else ("undefined" if one.value != one.value else f"{one.value:.2f}")
        place.metric(name, shown, help=one.meaning)


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


def several(panels: tuple[Panel, ...], titles: Mapping[str, str]) -> None:
    """One board for all authors whose panels were voted on."""
    if len({author for panel in panels for author in (panel.baseline, panel.candidate)}) > 2:
        section("Several runs on one board", "board", partial(together_on_board, panels, titles))


def together_on_board(panels: tuple[Panel, ...], titles: Mapping[str, str]) -> None:
    votes = Ballots.here().columns(*(panel.id for panel in panels))
    try:
        places = rank_authors(votes)
    except RpoError as error:
        trouble(error, st.info)
    else:
        board([replace(one, author=titles.get(one.author, one.author)) for one in places])
    settled = [pair for panel in panels for pair in Ballots.here().unrated(panel.id)]
    if found := score_differences(votes, [panel.baseline for panel in panels], settled):
        apart(found, titles)


def board(places: Sequence[Rank]) -> None:
    st.plotly_chart(board_figure(places), key="board", alt="Strengths of all candidates, with intervals")
    st.dataframe([one.as_row() for one in places], hide_index=True, alt="Strengths of all candidates")
    st.caption("Bradley–Terry over all panels' votes, ties half; intervals by resampling prompts.")


def apart(found: Sequence[ScoreDifference], titles: Mapping[str, str]) -> None:
    st.markdown("**Differences between two candidates that were judged against the same baseline**")
    st.dataframe([of_two(one, titles) for one in found], hide_index=True, alt="Differences between two candidates")
    st.caption(APART)


def of_two(one: ScoreDifference, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "candidate": titles.get(one.first, one.first),
        "minus": titles.get(one.second, one.second),
        "difference, points": f"{100 * one.value:+.1f}  ({100 * one.low:+.1f} to {100 * one.high:+.1f})",
        "p, Holm": "< 0.001" if one.holm < 0.001 else f"{one.holm:.3f}",
        "clear difference": "yes" if one.found else "no",
        "prompts of both": one.shared,
        "of one alone": one.first_alone + one.second_alone,
        "raters of both": f"{one.raters} of {one.raters_in_all}",
    }
