"""Choices that several pages offer: data, encoder, what it reads, a panel, a run."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from pages.shared import deep_link, hub
from pages.shared.session import session
from rpo import preferences
from rpo.preferences import View
from rpo.voting import Ballots, Panel

Name = TypeVar("Name")


def sources(*also: str) -> list[str]:
    """Names of data: all in the data folder, and those that were named elsewhere."""
    return list(dict.fromkeys([*preferences.data_folder(), *also]))


def data(label: str = "Data", place: Any = st, on_change: Callable[[], None] | None = None) -> str:
    """A data set: the address's, else the one chosen before."""
    asked = deep_link.asked("data", session.data)
    return deep_link.choose("data", sources(asked), asked, label=label, place=place, on_change=on_change)


def encoder(place: Any, key: str, given: str, **more: Any) -> str:
    """An encoder; who types its name asks for it."""
    return place.text_input("Encoder", given, key=key, on_change=hub.typed, args=(key,), **more)


def reads(place: Any, given: View = View.LAST_TURN, **more: Any) -> View:
    """What of a prompt the encoder reads."""
    return place.selectbox("The encoder reads", list(View), list(View).index(given), **more)


def panels(without: str) -> tuple[Panel, ...]:
    """All panels; where there is none the page says so, and ends."""
    found = Ballots.here().panels()
    if not found:
        st.info(without)
        st.page_link("panels.py", label="Panels", icon=":material/groups:")
        st.stop()
    return found


def panel(offered: tuple[Panel, ...]) -> Panel:
    """One of these panels: the address's, else the first."""
    known = {one.id: one for one in offered}
    return known[deep_link.choose("panel", list(known), label="Panel", titles=lambda name: known[name].name)]


def run(label: str, titles: Mapping[Name, str], asked: Name | None = None, place: Any = st, **more: Any) -> Name:
    """The name of one of these runs, shown by their titles: the one that was asked for, else the first."""
    names = list(titles)
    start = names.index(asked) if asked in names else 0
    return place.selectbox(label, names, start, format_func=titles.__getitem__, **more)
