"""A slice on the page Data: some prompts of a data set, kept as data of their own; and from there to their map, or to a run."""

from collections.abc import Sequence

import streamlit as st

from pages.shared import deep_link
from pages.shared.plain import plain, trouble
from pages.shared.session import session
from pages.shared.to_train import to_train
from rpo import preferences, tuning
from rpo.errors import RpoError
from rpo.glossary import quantity, these

LISTED = 1000  # prompts of a slice that are listed


def see(name: str) -> None:
    """Go to the map of these data."""
    session.data = name
    st.switch_page("explore.py", query_params={"data": name})


def slicing(source: str, wanted: Sequence[str], name: str) -> None:
    st.markdown(f"**A slice.** The rows on {these(len(wanted), 'prompt')} of {plain(source)} become a data file of their own.")
    name = st.text_input("Its name", preferences.part_name(source, name), width=500)
    with st.container(horizontal=True, vertical_alignment="center"):
        train = st.button("Train on it", type="primary", icon=":material/model_training:")
        own = st.button("See its own map", icon=":material/scatter_plot:")
        st.page_link("explore.py", label="Back to the map", query_params=deep_link.everything())
    if train or own:
        kept(source, wanted, name, train)
    shown = [{"prompt": preferences.headline(prompt)} for prompt in wanted[:LISTED]]
    st.dataframe(shown, height=400 if len(shown) > 10 else "content", hide_index=True, alt="Prompts of the slice")
    st.caption(f"Listed: {len(shown):,} of {quantity(len(wanted), 'prompt')}.")


def kept(source: str, wanted: Sequence[str], name: str, train: bool) -> None:
    try:
        data = preferences.load(source)
        file = preferences.keep_part(data, wanted, name)
        draft = tuning.draft_on(file, preferences.load(file)) if train else None
    except RpoError as error:
        trouble(error)
        return
    if draft is None:
        see(file)
    else:
        to_train(draft.fields, "With the chosen data", draft.words)
