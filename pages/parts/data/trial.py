"""A file on the page Data: what it holds and one row as a model reads it, before it is kept."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.parts.data import report
from pages.parts.data.columns import Said, mapping, opened
from pages.parts.data.slice import see
from pages.shared.plain import plain, trouble
from rpo import preferences, tokens, weights
from rpo.errors import RpoError
from rpo.preferences import Peek, PreferenceSet
from rpo.tokens import DataReport


@st.cache_resource(max_entries=2, show_spinner=False)
def read(name: str, content: bytes, columns: Said) -> PreferenceSet:
    return preferences.tried(name, content, columns)


@st.cache_data(max_entries=4, show_spinner=False)
def peek(name: str, content: bytes) -> Peek:
    return preferences.peek(name, content)


@st.cache_data(max_entries=4, show_spinner=False)
def texts(name: str, content: bytes) -> tuple[str, ...]:
    return preferences.text_columns(name, content)


@st.cache_data(max_entries=16, show_spinner=False)
def examined(name: str, content: bytes, columns: Said, row: int, model: str, here: bool) -> DataReport:
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
        row, model = report.choose_row(rows, file.file_id), report.model()
    found = examined(file.name, file.getvalue(), columns, row, model, weights.ready(model))
    with top:
        report.said(found)
        add(file, columns)
        report.remarks(found)
    with left:
        report.left_out(found)
    with right:
        report.row(found)


def add(file: UploadedFile, columns: Said) -> None:
    if file.name in preferences.data_folder():
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
