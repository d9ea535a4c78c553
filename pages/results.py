"""Results: what the votes say, with intervals and the questions they answer; then the pairs themselves, to read."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from pages.parts.results.across import across
from pages.parts.results.exploring import exploring
from pages.parts.results.judge import Heard, judges
from pages.parts.results.reading_room import reading_room
from pages.parts.results.sections import cast, closer, everything, section, several
from pages.parts.results.standing import headline, intervals, meaning
from pages.parts.results.writing import writing
from pages.shared import deep_link, example, here, pickers
from pages.shared.plain import plain, trouble
from rpo import reading, runs, statistics
from rpo.charts.score import prompts_figure, score_figure
from rpo.errors import RpoError
from rpo.judging import JudgementCache, both_orders, judge_votes
from rpo.reading import ReadPair
from rpo.statistics import Ending, Standings, standings
from rpo.voting import Ballots, Columns, Panel, Unrated


def show(panel: Panel, votes: Columns, settled: tuple[Unrated, ...], end: Ending, titles: Mapping[str, str]) -> None:
    one = standings(votes, panel.candidate, settled)
    score(panel, votes, settled, end, one, titles)
    pairs = Ballots.here().comparisons(panel.id)
    known = both_orders(JudgementCache(Ballots.here().database), list(pairs.values()))
    read = read_pairs(panel, votes, known)
    reading_room(panel, read, titles)
    section("Why, how and when a side wins: what goes with winning", "explore", partial(exploring, panel, read, end.look))
    closer(panel, votes, settled, end.look)
    judges(votes, panel, one, settled, known, pairs)
    across(panel)
    write = partial(writing, panel, votes, settled, end, titles)
    section("Write it up: methods, limitations, table, figure, datasheet", "writing", write)
    label = f"All figures, and {cast(votes)} with authors to download"
    section(label, "everything", partial(everything, votes, panel, one, settled))


def score(
    panel: Panel, votes: Columns, settled: tuple[Unrated, ...], end: Ending, one: Standings, titles: Mapping[str, str]
) -> None:
    prompts = statistics.counted(votes, panel.candidate, settled)
    headline(panel, one, prompts, end, titles)
    intervals(one)
    st.plotly_chart(score_figure([("all prompts", one)]), key="score", alt="Score of the candidate, with its interval")
    st.plotly_chart(prompts_figure(prompts), key="prompts", alt="How many prompts have which score")
    st.caption(" ".join(meaning(settled, one)))


def read_pairs(panel: Panel, votes: Columns, known: Heard) -> tuple[ReadPair, ...]:
    """The panel's pairs with all votes and the verdicts of all judges."""
    ruled = [vote for judge, said in known.items() for vote in judge_votes(said, judge)]
    return reading.read_pairs(Ballots.here(), panel.id, votes, ruled)


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
        titles = runs.titles()
        show(panel, votes, Ballots.here().unrated(panel.id), end, titles)
        several(tuple(one for one in panels if not one.example), titles)
except RpoError as error:
    trouble(error)
