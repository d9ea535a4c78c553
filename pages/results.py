"""Results: what the votes say, with an interval and the question it answers."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import streamlit as st

from rpo import home
from rpo.charts.standings import FEW, score_figure, votes_figure
from rpo.errors import RpoError
from rpo.voting import Ballots, Panel, Standings, Vote, by_slice, standings


@st.cache_resource
def ballots_of(home_folder: Path) -> Ballots:
    return Ballots()


def choose(panels: tuple[Panel, ...]) -> Panel:
    known = {panel.id: panel for panel in panels}
    asked = st.query_params.get("panel", "")
    chosen = st.selectbox("Panel", list(known), list(known).index(asked) if asked in known else 0, lambda key: known[key].name)
    st.query_params["panel"] = chosen
    return known[chosen]


def headline(panel: Panel, one: Standings) -> None:
    a, b, c, d = st.columns(4)
    a.metric("Score of the candidate", f"{one.score:.1%}", border=True, help="(wins + ties/2) / n, over prompts")
    b.metric("95 % interval", f"{one.low:.1%} – {one.high:.1%}", border=True, help="Wilson over prompts")
    c.metric("Wins · ties · losses", f"{one.wins} · {one.ties} · {one.losses}", border=True)
    d.metric("Both bad", f"{one.both_bad}", border=True, help="Ties where the rater found neither answer usable")
    counts = f"{of(one.prompts, 'prompt')}, {of(one.votes, 'vote')} by {of(one.raters, 'rater')}"
    st.markdown(f"**{panel.candidate}** against **{panel.baseline}**: {counts}.")
    st.markdown(verdict(one))


def verdict(one: Standings) -> str:
    if one.low > 0.5:
        return f":green[The candidate is ahead] for these raters on prompts like these (sign test p = {one.p:.3f})."
    if one.high < 0.5:
        return f":red[The baseline is ahead] for these raters on prompts like these (sign test p = {one.p:.3f})."
    return f"The interval holds 50 %: these votes do not tell the two apart (sign test p = {one.p:.3f})."


def of(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def details(votes: Sequence[Vote], panel: Panel) -> None:
    rows = [{**asdict(vote), "outcome": vote.outcome(panel.candidate)} for vote in votes]
    shown = ("prompt", "slice", "rater", "outcome", "both_bad", "left", "right", "choice", "time")
    with st.expander(f"{of(len(rows), 'vote')}, with authors"):
        st.dataframe(rows, column_order=shown, hide_index=True)
        st.caption("The table's own menu downloads it as CSV.")


def show(panel: Panel, votes: tuple[Vote, ...]) -> None:
    one = standings(votes, panel.candidate, panel.same)
    headline(panel, one)
    st.plotly_chart(score_figure([("all prompts", one)]), key="score")
    st.plotly_chart(votes_figure(one), key="votes")
    st.caption(" ".join(meaning(panel, one)))
    slices = by_slice(votes, panel.candidate)
    if len(slices) > 1:
        with st.expander("By slice; grey under 30 prompts"):
            st.plotly_chart(score_figure([(part.slice, part) for part in slices]), key="slices")
    details(votes, panel)


def meaning(panel: Panel, one: Standings) -> Iterator[str]:
    yield "The interval answers: with these raters, what if we had asked other prompts like these?"
    yield "It does not speak for other raters."
    if panel.same:
        yield f"{of(panel.same, 'pair')} with identical answers scored as ties without a rater."
    if one.prompts < FEW:
        yield "Grey: fewer than 30 prompts stand behind it."


if "front" not in st.session_state:  # a fresh server opens a deep link past app.py, until someone has called st.navigation
    st.navigation([st.Page(st.stop, url_path="front"), __file__])
    st.rerun()
st.title("Results")
try:
    ballots = ballots_of(home.home())
    panels = ballots.panels()
    if not panels:
        st.info("No panel yet. Train a run, let it answer held-out prompts, and make a panel of them.")
        st.page_link("pages/vote.py", label="Vote", icon=":material/how_to_vote:")
        st.stop()
    panel = choose(panels)
    votes = ballots.votes(panel.id)
    if not votes:
        st.info("Nobody has voted on this panel yet.")
        st.page_link("pages/vote.py", label="Vote", icon=":material/how_to_vote:")
        st.stop()
    hidden = st.empty()
    if hidden.toggle("Show the results: look only when you have finished voting", value=st.query_params.get("show") == "1"):
        show(panel, votes)
except RpoError as error:
    st.error(str(error))
