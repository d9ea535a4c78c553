"""The reading room of the page Results: a table of the panel's pairs, and beside it the one that is read.

A fragment: to narrow the table or to step on works nothing else out anew. The address holds the pair.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from pages.shared import deep_link
from pages.shared.session import Session, session
from rpo import preferences, reading
from rpo.components.side_by_side.read_pair import pair_html
from rpo.glossary import quantity
from rpo.reading import PairFilter, PairKind, ReadPair
from rpo.voting import Panel

PROMPT = 90  # characters of a prompt in the table
HEIGHT = 560  # pixels of the table
COLUMNS = {  # widths in pixels, and what a column says
    "verdict": (64, "By the mean of the votes, for the candidate"),
    "votes": (72, "For the candidate : tie : for the baseline"),
    "judge": (64, "The judges' verdicts, for the candidate"),
    "words": (80, "In the candidate's answer / in the baseline's"),
    "prompt": (None, None),
    "slice": (80, None),
    "tags": (110, "That raters attached"),
}


@st.fragment
def reading_room(panel: Panel, pairs: Sequence[ReadPair], titles: Mapping[str, str]) -> None:
    st.subheader("Read the pairs")
    found = reading.narrow(pairs, narrowing(pairs))
    if not found:
        st.info("No pair is of all these kinds and holds these words: take one away.")
        return
    place = shown(found)
    table, pair = st.columns([2, 3])
    with table:
        listing(found, place)
        download(panel, found, titles)
    with pair.container(key="read-pair"):
        mark = steps(found, place)
        st.html(pair_html(found[place], titles, mark))


def narrowing(pairs: Sequence[ReadPair]) -> PairFilter:
    counts = reading.kind_counts(pairs)
    kinds, search = st.columns([3, 2])
    offered = [kind for kind in PairKind if counts[kind]]
    picked = kinds.pills(
        "Only pairs that are",
        offered,
        selection_mode="multi",
        format_func=lambda kind: f"{kind} {counts[kind]}",
        key=Session.read_kinds.key,
    )
    words = search.text_input("Find words", placeholder="in prompts, answers and reasons", key=Session.read_words.key)
    return PairFilter(frozenset(picked), words)


def shown(found: Sequence[ReadPair]) -> int:
    """The place of the pair that the address names, else of the first."""
    places = {pair.id: place for place, pair in enumerate(found)}
    return places.get(deep_link.asked("pair"), 0)


def listing(found: Sequence[ReadPair], place: int) -> None:
    session.put(Session.pairs_table.key, {"selection": {"rows": [place], "columns": [], "cells": []}})
    rows = [row(pair) for pair in found]
    st.dataframe(
        rows,
        key=Session.pairs_table.key,
        height=HEIGHT,
        hide_index=True,
        selection_mode="single-row",
        on_select=partial(follow, found),
        column_order=[name for name in COLUMNS if any(one[name] for one in rows)],
        column_config={name: st.column_config.Column(width=width, help=text) for name, (width, text) in COLUMNS.items()},
        alt="The panel's pairs; selecting one shows it",
    )


def row(pair: ReadPair) -> dict[str, Any]:
    judged = ", ".join(dict.fromkeys(str(ruling.standing) for ruling in pair.rulings))
    return {
        "verdict": str(pair.standing),
        "prompt": preferences.headline(pair.pair.prompt, PROMPT),
        "votes": " : ".join(map(str, pair.counts)),
        "words": " / ".join(map(str, reversed(pair.words))),
        "tags": ", ".join(pair.tags),
        "slice": pair.pair.slice,
        "judge": judged,
    }


def follow(found: Sequence[ReadPair]) -> None:
    """Read the pair that was selected in the table."""
    for place in session.of(Session.pairs_table.key).selection.rows:
        read(found[place].id)


def read(pair: str) -> None:
    """The address leads back to this pair, with the results open around it."""
    deep_link.carry("pair", pair)
    deep_link.carry("show", "1")


def steps(found: Sequence[ReadPair], place: int) -> bool:
    """Back and on through the pairs of the table; whether the words that differ are marked."""
    last = len(found) - 1
    with st.container(horizontal=True, vertical_alignment="center"):
        before, after = found[max(place - 1, 0)].id, found[min(place + 1, last)].id
        st.button("Previous", shortcut="p", on_click=read, args=(before,), disabled=place == 0)
        st.button("Next", shortcut="n", on_click=read, args=(after,), disabled=place == last)
        st.caption(f"{place + 1} of {quantity(len(found), 'pair')}; the address leads back to this one", width="stretch")
        return st.toggle("Mark differences", key=Session.read_marked.key)


def download(panel: Panel, found: Sequence[ReadPair], titles: Mapping[str, str]) -> None:
    written = partial(reading.comparator_json, panel, found, titles)
    label = f"Download {quantity(len(found), 'pair')} for LLM Comparator"
    st.download_button(label, written, f"comparator-{panel.id}.json", "application/json", on_click="ignore")
