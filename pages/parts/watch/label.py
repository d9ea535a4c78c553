"""What people call a run and note of it, on the page Watch."""

from typing import Any

import streamlit as st

from pages.parts.watch.acts import attempt
from pages.shared.session import session
from rpo import runs
from rpo.runs import Run


def label(run: Run, place: Any, width: Any = "stretch") -> None:
    """A small form that opens on a press; saved under the run, never in its settings."""
    if run.trouble:
        return
    with place.popover("Name, note", icon=":material/edit:", width=width):
        keys = f"name-{run.name}", f"note-{run.name}"
        known = run.label
        st.text_input("Name", known.get("name", ""), key=keys[0], placeholder=run.described, persist_state="page")
        st.text_area("Note", known.get("note", ""), key=keys[1], placeholder="What this run is for", persist_state="page")
        st.button("Save", type="primary", key=f"label-{run.name}", on_click=save, args=(run, *keys))


def save(run: Run, name: str, note: str) -> None:
    attempt(runs.give_label, run, session.of(name), session.of(note))
