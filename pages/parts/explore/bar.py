"""One slim bar over the map: the data, the encoder, the colour, a search, and what is needed more rarely."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.shared import pickers, prompt_list
from pages.shared.session import session
from rpo.preferences import View

WIDTHS = [1.05, 1.9, 1.45, 1.9, 1.5, 1.8, 1.9, 1.35]


@dataclass(frozen=True)
class Bar:
    """What is mapped, and the places in the bar for what depends on the map."""

    source: str
    encoder: str
    view: View
    colour: Any
    only: Any
    search: Any
    more: Any


def bar() -> Bar:
    """Draw it; data and encoder are chosen, the rest is filled in by who knows the map."""
    with st.container(key="map-bar"):
        title, data, add, encoder, colour, only, search, last = st.columns(WIDTHS, vertical_alignment="bottom", gap="small")
    title.title("Explore")
    more = last.popover("More", icon=":material/more_horiz:", width="stretch")
    del session.part  # a slice that was begun on the page Data and not kept
    session.data = source = pickers.data(place=data, on_change=prompt_list.forget)
    encoders = "The demo encoder, a Hugging Face id, or a local folder"
    session.encoder = name = pickers.encoder(encoder, "explore_encoder", session.encoder, help=encoders)
    reads = "Long dialogues: the last human turn is what the encoder would else cut off"
    session.reads = view = pickers.reads(more, session.reads, help=reads)
    if add.button("Add data", icon=":material/upload:", width="stretch"):
        st.switch_page("data.py", query_params={"data": source})
    return Bar(source, name, view, colour, only, search, more)
