"""Data: bring a file, see what it holds and one row as a model reads it before it is kept; name a source; keep a slice."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.shared import here, hub, reported
from pages.shared.mapping import Said, mapping, opened
from pages.shared.plain import plain, trouble
from rpo import preferences, tokens, tuning, weights
from rpo.errors import RpoError
from rpo.preferences import EMBEDDED, Peek, PreferenceSet
from rpo.tokens import Report

LISTED = 1000  # prompts of a slice that are listed
FILE = "A file: JSONL, JSON, CSV, TSV, Parquet or Arrow, also .gz or .zst, or a .zip of them"
KNOWN = (
    "Recognised by their columns: the formats of TRL, HH-RLHF, Orca, LLaMA-Factory, ShareGPT, axolotl, distilabel, "
    "UltraFeedback, PKU-SafeRLHF, SHP, HelpSteer, WebGPT, Nectar and the arenas. Any other columns you map yourself."
)


@st.cache_resource(max_entries=2, show_spinner=False)
def read(name: str, content: bytes, columns: Said) -> PreferenceSet:
    return preferences.trial(name, content, columns)


@st.cache_data(max_entries=4, show_spinner=False)
def peek(name: str, content: bytes) -> Peek:
    return preferences.peek(name, content)


@st.cache_data(max_entries=4, show_spinner=False)
def texts(name: str, content: bytes) -> tuple[str, ...]:
    return preferences.text_columns(name, content)


@st.cache_data(max_entries=16, show_spinner=False)
def report(name: str, content: bytes, columns: Said, row: int, model: str, here: bool) -> Report:
    return tokens.report(read(name, content, columns), row, model, texts(name, content))


def trial(file: UploadedFile, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """What a file holds beside one of its rows, before it is kept, and the form that says whose columns mean what."""
    with left:
        top = st.container()
        found = None if opened(file.file_id) else attempt(file, {})
        columns = form(file, refused=isinstance(found, RpoError))
        found = attempt(file, columns) if columns else found
    if isinstance(found, RpoError):
        trouble(found, top.error)
    elif found is not None and columns is not None:
        show(file, columns, len(found.rows), top, left, right)


def attempt(file: UploadedFile, columns: Said) -> PreferenceSet | RpoError:
    try:
        with st.spinner(f"Reading {plain(file.name)}"):
            return read(file.name, file.getvalue(), columns)
    except RpoError as error:
        return error


def form(file: UploadedFile, *, refused: bool) -> Said | None:
    try:
        seen = peek(file.name, file.getvalue())
    except RpoError:  # the trial says what is wrong with the file
        return {}
    return mapping(seen, file.file_id, refused) if seen.columns else {}


def show(file: UploadedFile, columns: Said, rows: int, top: DeltaGenerator, left: DeltaGenerator, right: DeltaGenerator) -> None:
    with right:
        row, model = reported.choose_row(rows, file.file_id), reported.model()
    found = report(file.name, file.getvalue(), columns, row, model, weights.ready(model))
    with top:
        reported.said(found)
        add(file, columns)
        reported.remarks(found)
    with left:
        reported.left_out(found)
    with right:
        reported.row(found)


def add(file: UploadedFile, columns: Said) -> None:
    if file.name in preferences.shelf():
        st.caption("A file of this name is here already; this one replaces it.")
    if not st.button("Add this file", type="primary", icon=":material/upload:"):
        return
    try:
        with st.spinner(f"Keeping {plain(file.name)}"):
            preferences.add(file.name, file.getvalue(), columns)
    except RpoError as error:
        trouble(error)
        return
    see(file.name)


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


def see(name: str) -> None:
    """Go to the map of these data."""
    st.session_state["data"] = name
    st.switch_page("explore.py", query_params={"data": name})


def choose() -> str:
    asked = st.query_params.get("data", st.session_state.get("data", EMBEDDED))
    names = list(dict.fromkeys([*preferences.shelf(), asked]))
    source = st.selectbox("What is here", names, names.index(asked))
    st.query_params["data"] = source
    return source


def known(source: str) -> None:
    hub.offer(source)
    try:
        with st.spinner(f"Reading {plain(source)}"):
            data = preferences.load(source)
    except RpoError as error:
        trouble(error)
        return
    st.caption(data.counts())
    if st.button("See its map", icon=":material/scatter_plot:"):
        see(source)
    left_out(data)
    section = st.expander("One row as a model reads it", key="reading", on_change="rerun")
    if section.open:
        with section:
            row, model = reported.choose_row(len(data.rows), source), reported.model()
            reported.row(tokens.report(data, row, model))


def left_out(data: PreferenceSet) -> None:
    if not data.broken:
        return
    st.markdown("**Rows left out, and why**")
    narrow = {"line": st.column_config.NumberColumn(width="small")}
    rows = [{"line": item.line, "rule": item.rule} for item in data.broken]
    st.dataframe(rows, width="content", height=400 if len(rows) > 10 else "content", column_config=narrow, hide_index=True)


def slicing(source: str, wanted: Sequence[str], name: str) -> None:
    st.markdown(f"**A slice.** The rows on these {len(wanted):,} prompts of {plain(source)} become a data file of their own.")
    name = st.text_input("Its name", preferences.part_name(source, name), width=500)
    with st.container(horizontal=True, vertical_alignment="center"):
        train = st.button("Train on it", type="primary", icon=":material/model_training:")
        own = st.button("See its own map", icon=":material/scatter_plot:")
        st.page_link("explore.py", label="Back to the map", query_params=st.query_params.to_dict())
    if train or own:
        kept(source, wanted, name, train)
    shown = [{"prompt": preferences.headline(prompt)} for prompt in wanted[:LISTED]]
    st.dataframe(shown, height=400 if len(shown) > 10 else "content", hide_index=True)
    st.caption(f"{len(shown):,} of {len(wanted):,} prompts are listed.")


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
        return
    st.session_state["draft"], st.session_state["draft_words"] = draft.fields, draft.words
    st.switch_page("train.py")


def bring() -> None:
    first, second = st.columns([5, 6], gap="large")
    with first:
        file = st.file_uploader(FILE, type=list(preferences.KINDS))
    if file is not None:
        trial(file, first, second)
        return
    with first:
        st.caption(KNOWN)
        name_it()
    with second:
        known(choose())


here.owner_only()
st.title("Data")
if part := st.session_state.get("part"):
    slicing(*part)
else:
    st.markdown("Prompts with two answers of which people preferred one, or with answers that they liked or did not.")
    bring()
