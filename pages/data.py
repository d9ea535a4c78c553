"""Data: bring a file, see what it holds and one row as a model reads it before it is kept; name a source; keep a slice."""

import streamlit as st

from pages.parts.data import report
from pages.parts.data.slice import see, slicing
from pages.parts.data.trial import trial
from pages.shared import here, hub, pickers
from pages.shared.plain import plain, trouble
from pages.shared.session import session
from rpo import preferences, tokens
from rpo.errors import RpoError
from rpo.preferences import PreferenceSet

FILE = "A file: JSONL, JSON, CSV, TSV, Parquet or Arrow, also .gz or .zst, or a .zip of them"
KNOWN = (
    "Recognised by their columns: the formats of TRL, HH-RLHF, Orca, LLaMA-Factory, ShareGPT, axolotl, distilabel, "
    "UltraFeedback, PKU-SafeRLHF, SHP, HelpSteer, WebGPT, Nectar and the arenas. Any other columns you map yourself."
)


def name_it() -> None:
    name = st.text_input(
        "Or a Hugging Face id, or a path", placeholder="owner/name, owner/name:split, /home/ann/pairs.jsonl"
    ).strip()
    st.caption("A data set of the hub is fetched once and kept; a file is read where it lies.")
    if not name or not st.button("Open it", icon=":material/folder_open:"):
        return
    hub.ask(name)
    try:
        with st.spinner(f"Reading {plain(name)}"):
            preferences.load(name)
    except RpoError as error:
        trouble(error)
        return
    see(name)


def known(source: str) -> None:
    hub.offer(source)
    try:
        with st.spinner(f"Reading {plain(source)}"):
            data = preferences.load(source)
    except RpoError as error:
        trouble(error)
    else:
        about(source, data)


def about(source: str, data: PreferenceSet) -> None:
    st.caption(data.counts())
    if st.button("See its map", icon=":material/scatter_plot:"):
        see(source)
    left_out(data)
    section = st.expander("One row as a model reads it", key="reading", on_change="rerun")
    if section.open:
        with section:
            row, model = report.choose_row(len(data.rows), source), report.model()
            report.row(tokens.report(data, row, model))


def left_out(data: PreferenceSet) -> None:
    if not data.broken:
        return
    st.markdown("**Rows left out, and why**")
    narrow = {"line": st.column_config.NumberColumn(width="small")}
    rows = [{"line": item.line, "rule": item.rule} for item in data.broken]
    st.dataframe(
        rows,
        width="content",
        height=400 if len(rows) > 10 else "content",
        column_config=narrow,
        hide_index=True,
        alt="Rows that were left out, and why",
    )


def bring() -> None:
    first, second = st.columns([5, 6], gap="large")
    with first:
        file = st.file_uploader(FILE, type=list(preferences.FILE_KINDS))
    if file is not None:
        trial(file, first, second)
        return
    with first:
        st.caption(KNOWN)
        name_it()
    with second:
        known(pickers.data("Data you have"))


here.owner_only()
st.title("Data")
if part := session.part:
    slicing(*part)
else:
    st.markdown("Prompts with two answers of which people preferred one, or with answers that they liked or did not.")
    bring()
