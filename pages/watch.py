"""Watch: follow a run, compare runs, read a sweep; stop and resume. The page only reads what the runs write."""

from typing import Any

import streamlit as st

from pages.parts.watch.listing import all_runs
from pages.parts.watch.run import one_run
from pages.parts.watch.style import STYLE
from pages.parts.watch.sweep import all_sweeps
from pages.shared import deep_link, here
from pages.shared.plain import trouble
from pages.shared.session import Session, session
from rpo.errors import RpoError

VIEWS = {"One run": ("run", one_run), "All runs": ("runs", all_runs), "Sweeps": ("sweep", all_sweeps)}
"""What the page shows, the word of an address that asks for it, and who draws it."""


def bar() -> tuple[str, Any]:
    """The title, what is shown, and a place for the choice of one of these."""
    with st.container(key="bar"):
        title, views, choice = st.columns([1, 1.7, 4], vertical_alignment="center", gap="small")
    title.title("Watch")
    session.begin({Session.watch_view.key: asked()})
    options = {"required": True, "label_visibility": "collapsed"}
    return views.segmented_control("Show", list(VIEWS), key=Session.watch_view.key, **options), choice


def asked() -> str:
    """The view that the address asks for, or the page before."""
    words = {view: word for view, (word, _) in VIEWS.items()}
    begun = {"Sweeps": session.sweep, "One run": session.watched}
    named = [view for view, word in words.items() if deep_link.asked(word, begun.get(view, ""))]
    return named[-1] if named else "One run"


here.owner_only()
st.html(STYLE)
view, place = bar()
if refused := session.take(Session.trouble):
    trouble(refused)
try:
    for word, draw in VIEWS.values():
        if (word, draw) != VIEWS[view]:
            deep_link.drop(word)
    VIEWS[view][1](place)
except RpoError as error:
    trouble(error)
