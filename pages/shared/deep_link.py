"""The address of a page: what it asks for, what it carries on, and a choice that stands in it, so that a page can be shared."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.components import v2

from rpo.components import address


def asked(word: str, before: str = "") -> str:
    """What the address says of this word, else what was chosen before."""
    return st.query_params.get(word, before)


def everything() -> dict[str, str]:
    """All words of the address."""
    return st.query_params.to_dict()


def carry(word: str, value: str) -> None:
    """From now on the address says this."""
    st.query_params[word] = value


def drop(word: str) -> None:
    """From now on the address says nothing of this word."""
    st.query_params.pop(word, None)


def become(words: Mapping[str, str]) -> None:
    """From now on the address says this and nothing else, which is no new step on the browser's way back.

    `everything` knows of it with the next run of the page.
    """
    with st.container(key="address"):
        st.html("<style>.st-key-address { position: absolute }</style>")
        v2.component("address", js=address.JS)(key="address-bar", data=urlencode(words))


def choose(
    word: str,
    options: Sequence[str],
    before: str = "",
    *,
    label: str,
    place: Any = st,
    titles: Callable[[str], str] = str,
    **more: Any,
) -> str:
    """One of these options: the address's, else the one from before, else the first; the address carries it on."""
    wanted = asked(word, before)
    start = options.index(wanted) if wanted in options else 0
    chosen = place.selectbox(label, options, start, format_func=titles, **more)
    carry(word, chosen)
    return chosen
