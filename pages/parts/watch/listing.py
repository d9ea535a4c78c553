"""All runs on the page Watch: a table to search, with the settings that differ; open, name, compare or delete the selected."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.parts.watch.acts import attempt
from pages.parts.watch.compared import compared
from pages.parts.watch.label import label
from pages.parts.watch.style import table_height
from pages.shared import deep_link
from pages.shared.plain import plain
from pages.shared.session import Session, session
from rpo import runs, storage
from rpo.glossary import quantity, these
from rpo.runs import Run, RunRow
from rpo.voting import Ballots

FORMS = {
    "run": st.column_config.TextColumn(pinned=True, width=340),
    "began": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
    **{name: st.column_config.NumberColumn(format="%.3f") for name in ("accuracy", "margin", "KL")},
}


def all_runs(place: Any) -> None:
    every = runs.run_rows(runs.all_runs(broken=True))
    hidden = {"label_visibility": "collapsed", "key": Session.run_words.key, "persist_state": "session"}
    words = place.text_input("Find runs", placeholder="Find runs by name, note, state or setting", **hidden)
    found = runs.found_by(every, words)
    if not found:
        st.info("No run has all of these words." if every else "No run yet. Train starts one.")
        return
    picked = [row.run for row in table(found)]
    deep_link.carry("runs", ",".join(run.name for run in picked) or "all")
    st.caption(f"{quantity(len(found), 'run')} of {len(every)}. Select one to open or name it, several to compare them.")
    actions(picked)
    readable = [run for run in picked if not run.trouble]
    if len(readable) > 1:
        compared(readable)


def table(found: Sequence[RunRow]) -> list[RunRow]:
    """The runs with the settings in which these differ; the selected ones, which the address names."""
    names = [row.run.name for row in found]
    asked = deep_link.asked("runs").split(",")
    chosen = [place for place, name in enumerate(names) if name in asked]
    columns = {"run": [row.title for row in found], **figures(found), **runs.settings_that_differ([row.run for row in found])}
    begun: Any = {"selection_default": {"selection": {"rows": chosen}}, "on_select": "rerun"}
    look = {"column_config": FORMS, "hide_index": True, "placeholder": "–", "height": table_height(len(found))}
    key = f"runs-{storage.digest(*names)}"  # other rows are another table: a place in it means another run
    with st.container(height=table_height(len(found)), border=False):
        shown = st.dataframe(columns, key=key, alt="All runs; select some to compare them", **begun, **look)
    return [found[place] for place in shown.selection.rows if place < len(found)]


def figures(found: Sequence[RunRow]) -> dict[str, list[Any]]:
    return {
        "state": [row.state for row in found],
        "steps": [row.steps for row in found],
        "accuracy": [row.accuracy for row in found],
        "margin": [row.margin for row in found],
        "KL": [row.kl for row in found],
        "note": [row.note for row in found],
        "began": [row.began for row in found],
    }


def actions(picked: Sequence[Run]) -> None:
    if not picked:
        return
    with st.container(horizontal=True, key="actions"):
        if len(picked) == 1:
            st.button("Open", type="primary", icon=":material/monitoring:", on_click=open_run, args=(picked[0].name,))
            label(picked[0], st, "content")
        with st.popover(f"Delete {these(len(picked), 'run')}", icon=":material/delete:"):
            removal(picked)


def open_run(name: str) -> None:
    session.watch_view, session.watched = "One run", name


def removal(picked: Sequence[Run]) -> None:
    """What goes, what refers to it, and a button that does it."""
    said = ", ".join(plain(run.title) for run in picked)
    st.markdown(f"This deletes {said}: curves, log, adapter and answers. It cannot be undone.")
    for words in referring(picked):
        st.markdown(f":material/link: {plain(words)}")
    st.button("Delete for good", type="primary", icon=":material/delete_forever:", on_click=delete, args=(picked,))


def referring(picked: Sequence[Run]) -> list[str]:
    """Panels and sweeps in which these runs are named."""
    names = {run.name for run in picked}
    asked = [one.name for one in Ballots.here().panels() if names & {one.candidate, one.baseline}]
    swept = [one.title for one in runs.sweeps() if names & {run.name for run in one.runs}]
    panels = f"Panels of these answers keep their pairs and votes: {', '.join(asked)}." if asked else ""
    sweeps = f"These sweeps will lack it: {', '.join(swept)}." if swept else ""
    return [words for words in (panels, sweeps) if words]


def delete(picked: Sequence[Run]) -> None:
    for run in picked:
        attempt(runs.delete, run)
