"""Data: bring a file, name a source or keep a slice; say whose columns mean what; see which rows were left out and why."""

from collections.abc import Sequence

import streamlit as st

from pages.shared import here, hub
from pages.shared.plain import plain, trouble
from rpo import preferences, prompts, training
from rpo.errors import RpoError
from rpo.preferences import EMBEDDED, PreferenceSet

LISTED = 1000  # prompts of a slice that are listed
KINDS = ["jsonl", "json", "csv", "parquet", "gz"]
FIELDS = {
    "two answers a row, one preferred": ("prompt", "chosen", "rejected"),
    "one answer a row, liked or not": ("prompt", "answer", "liked"),
}
KNOWN = (
    "Recognised by their columns: prompt, chosen, rejected; HH transcripts; TRL's formats; OpenAI's summary comparisons; "
    "winner/loser logs; prompt, answer, liked. Any other columns you map yourself."
)


def upload() -> None:
    file = st.file_uploader("A file: JSONL, JSON, CSV or Parquet, also .gz", type=KINDS)
    st.caption(KNOWN)
    if file is not None:
        add(file.name, file.getvalue())


def add(name: str, content: bytes) -> None:
    kind = st.selectbox("Columns", ["recognise them", *FIELDS])
    try:
        columns = mapping(name, content, FIELDS[kind]) if kind in FIELDS else None
        if not st.button("Add this file", type="primary", icon=":material/upload:"):
            return
        with st.spinner(f"Reading {plain(name)}"):
            preferences.add(name, content, columns)
    except RpoError as error:
        trouble(error)
        return
    see(name)


def mapping(name: str, content: bytes, fields: tuple[str, ...]) -> dict[str, str]:
    seen = preferences.peek(name, content).columns
    if len(seen) < len(fields):
        raise RpoError(
            f"the file must have columns for {', '.join(fields)}, it has {', '.join(seen) or 'none'}; add another file"
        )
    return {
        field: st.selectbox(f"{field} is in column", seen, place, key=f"column-{field}") for place, field in enumerate(fields)
    }


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


def left_out(data: PreferenceSet) -> None:
    if not data.broken:
        return
    st.markdown("**Rows left out, and why**")
    narrow = {"line": st.column_config.NumberColumn(width="small")}
    rows = [{"line": item.line, "rule": item.rule} for item in data.broken]
    st.dataframe(rows, width="content", height=400 if len(rows) > 10 else "content", column_config=narrow, hide_index=True)


def slicing(source: str, wanted: Sequence[str], name: str) -> None:
    st.markdown(f"**A slice.** The rows on these {len(wanted):,} prompts of {plain(source)} become a data file of their own.")
    name = st.text_input("Its name", prompts.part_name(source, name), width=500)
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
        file = prompts.keep_part(data, wanted, name)
        draft = training.draft_on(file, preferences.load(file)) if train else None
    except RpoError as error:
        trouble(error)
        return
    if draft is None:
        see(file)
        return
    st.session_state["draft"], st.session_state["draft_words"] = draft.fields, draft.words
    st.switch_page("train.py")


def bring() -> None:
    first, second = st.columns(2, gap="large")
    with first:
        upload()
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
