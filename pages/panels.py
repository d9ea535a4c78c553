"""Panels: who judges what: make a panel, say what it can show, invite, follow, take the votes along."""

from functools import partial

import streamlit as st

from pages.parts.panels.across import asked_besides
from pages.parts.panels.for_raters import besides_the_pairs
from pages.parts.panels.invite import invite, replace
from pages.parts.panels.new import new_panel
from pages.shared import example, here, pickers
from pages.shared.plain import plain, trouble
from pages.shared.session import Session, session
from pages.shared.to_train import to_train
from rpo import runs, tuning, voting
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences import Kind
from rpo.voting import RUBRIC, Ballots, Panel, origin, to_shelf

KINDS = {"pairs (prompt, chosen, rejected)": Kind.PAIRED, "single answers (prompt, completion, label)": Kind.UNPAIRED}


def about(panel: Panel) -> None:
    of_pool = f"{panel.comparisons:,} of " * (panel.pool > panel.comparisons)
    drawn = f"{of_pool}{quantity(max(panel.pool, panel.comparisons), 'pair')}, "
    least, most = panel.twice
    shown = f"{least if least == most else f'{least} or {most}'} shown twice to each rater. " if most else ""
    named = runs.titles()
    authors = " against ".join(f"**{plain(named.get(one, one))}**" for one in (panel.candidate, panel.baseline))
    st.markdown(f"{authors}: {drawn}{shown}“{plain(panel.rubric or RUBRIC)}”")
    example.about_votes(panel)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link("vote.py", label="Vote", icon=":material/how_to_vote:", query_params={"panel": panel.id})
        st.page_link("results.py", label="Results", icon=":material/leaderboard:", query_params={"panel": panel.id})
        if panel.example:
            example.to_remove()


def people(panel: Panel) -> None:
    st.subheader("Raters")
    for name, (done, total) in Ballots.here().turnout(panel.id).items():
        st.progress(done / total if total else 1.0, f"{plain(name)}: {done} of {total}")
    asked_besides(panel)
    with st.expander("Invite by link", icon=":material/link:"):
        invite(panel)
    if panel.raters:
        with st.expander("Someone drops out", icon=":material/swap_horiz:"):
            replace(panel)


def unrated(panel: Panel) -> None:
    found = Ballots.here().unrated(panel.id)
    if found:
        with st.expander(f"Scored without a rater: {len(found)}"):
            rows = [{"verdict": str(one.verdict), "prompt": one.prompt, "slice": one.slice} for one in found]
            st.dataframe(rows, hide_index=True, alt="Pairs that need no rater, and their verdicts")


def along(panel: Panel) -> None:
    """The votes as data for the next run."""
    st.subheader("Votes as preferences")
    kind = KINDS[st.radio("As", list(KINDS), horizontal=True)]
    st.caption("A prompt's majority decides; where it is equal the prompt is left out. Where they come from goes along.")
    if origin(Ballots.here(), panel.id).decided == 0:
        st.info("There is no prompt yet on which most raters agree. Vote first.")
        return
    with st.container(horizontal=True):
        for suffix in (".jsonl", ".parquet"):
            written = partial(voting.export, Ballots.here(), panel.id, kind, suffix)
            st.download_button(f"Download {suffix[1:].upper()}", written, f"votes-{panel.id}{suffix}", on_click="ignore")
        if not panel.example and st.button("Use as data for the next run", type="primary"):
            train(panel, kind)
    if panel.example:
        st.caption("A run learns from what people prefer, so the example's votes are to look at and to download.")


def train(panel: Panel, kind: Kind) -> None:
    name = f"votes-{panel.id}-{kind}.jsonl"
    draft = tuning.draft_on(name, to_shelf(Ballots.here(), panel.id, name, kind))
    to_train(draft.fields, "With the votes", draft.words)


here.owner_only()
st.title("Panels")
st.markdown("Who judges which answers, blind. Make a panel, invite, follow how far they are, take the votes along as data.")
if refused := session.take(Session.trouble):
    trouble(refused)
try:
    every = Ballots.here().panels()
    new_panel(expanded=not every or bool(session.panel_run))
    if every:
        panel = pickers.panel(every)
        about(panel)
        besides_the_pairs(panel)
        people(panel)
        unrated(panel)
        along(panel)
except RpoError as error:
    trouble(error)
