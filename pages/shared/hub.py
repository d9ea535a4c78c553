"""What lies on the Hugging Face hub: typing its id or a click asks for it, a link that names it does not.

An address may come from anybody, so a page that it opens fetches nothing. What is here already opens at once.
"""

import streamlit as st

from pages.shared.plain import plain
from pages.shared.session import session
from rpo import embeddings, jobs, preferences, weights


def ask(name: str) -> None:
    """From now on this visitor's pages may fetch the data set or model of that id."""
    session.allowed |= {name}


def typed(key: str) -> None:
    """For `on_change` of a text field: who types an id asks for it."""
    ask(session.of(key))


def offer(source: str = preferences.EMBEDDED, model: str = weights.ENCODER) -> None:
    """Go on if data and model are here or were asked for; else say what the link names, offer to fetch it, and end the page."""
    for what, name, known in (("data set", source, preferences.at_hand), ("model", model, weights.downloaded)):
        if name not in session.allowed and not known(name):
            st.info(f"This link names a {what} on the Hugging Face hub: {plain(name)}. Nothing has been fetched yet.")
            st.button("Fetch it", key=f"fetch-{what}", on_click=ask, args=(name,), icon=":material/download:")
            st.stop()


def need(source: str, encoder: str, words: str) -> None:
    """Go on if these prompts' vectors or their encoder are here, or fetched as they are used; else say so, and end the page."""
    if not weights.ready(encoder) and not embeddings.needs_no_encoder(preferences.load(source).prompts, encoder):
        st.info(f"{words} the demo encoder, which {lacking()}. The embedded data and any other encoder work without it.")
        to_set_up()
        st.stop()


def lacking() -> str:
    """How it stands with demo weights that are not here."""
    return "is still being fetched" if jobs.look(weights.fetching()).active else "is not here yet: Set up fetches it"


def to_set_up() -> None:
    """The way to the page that fetches the demo models."""
    st.page_link("setup.py", label="Set up", icon=":material/download:")
