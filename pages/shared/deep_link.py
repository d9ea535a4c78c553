"""The address of a page: what it asks for, what it carries on, and a choice that stands in it, so that a page can be shared."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st


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
    """From now on the address says this and nothing else."""
    st.query_params.from_dict(words)


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
