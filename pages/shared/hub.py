"""What lies on the Hugging Face hub: typing its id or a click asks for it, a link that names it does not.

An address may come from anybody, so a page that it opens fetches nothing. What is here already opens at once.
"""

import streamlit as st

from pages.shared.plain import plain
from rpo import preferences, weights

ASKED = "asked_of_hub"


def ask(name: str) -> None:
    """From now on this visitor's pages may fetch the data set or model of that id."""
    st.session_state[ASKED] = {*st.session_state.get(ASKED, ()), name}


def typed(key: str) -> None:
    """For `on_change` of a text field: who types an id asks for it."""
    ask(st.session_state[key])


def changed(name: str, given: str) -> str:
    """The same name, which was typed, and so asked for, if it is another than the field was given."""
    if name != given:
        ask(name)
    return name


def offer(source: str = preferences.EMBEDDED, model: str = weights.ENCODER) -> None:
    """Go on if data and model are here or were asked for; else say what the link names, offer to fetch it, and end the page."""
    allowed = st.session_state.get(ASKED, ())
    for what, name, known in (("data set", source, preferences.at_hand), ("model", model, weights.at_hand)):
        if name not in allowed and not known(name):
            st.info(f"This link names a {what} on the Hugging Face hub: {plain(name)}. Nothing has been fetched yet.")
            st.button("Fetch it", key=f"fetch-{what}", on_click=ask, args=(name,), icon=":material/download:")
            st.stop()
