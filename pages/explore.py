"""Explore: the prompt map. Pick a prompt, read its answers, see its neighbours in the original space."""

from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from rpo import jobs, preferences, prompts, weights
from rpo.charts.prompt_map import map_figure
from rpo.errors import RpoError
from rpo.preferences import PreferenceSet
from rpo.prompts import PromptMap, View

SHOWN = 5  # rows on one prompt that are shown
LONG = 20_000  # characters of a text that are shown
FIELDS = {
    "two answers a row, one preferred": ("prompt", "chosen", "rejected"),
    "one answer a row, liked or not": ("prompt", "answer", "liked"),
}


def upload() -> None:
    key, kinds = f"file-{added()}", ["jsonl", "json", "csv", "parquet", "gz"]
    file = st.file_uploader("JSONL, JSON, CSV or Parquet, also .gz", type=kinds, key=key)
    hub = st.text_input("or a Hugging Face id", placeholder="owner/name or owner/name:split")
    if hub and st.button("Open the id"):
        go_to(hub.strip())
    if file is not None:
        add(file.name, file.getvalue())


def add(name: str, content: bytes) -> None:
    kind = st.selectbox("Columns", ["recognise them", *FIELDS])
    try:
        columns = mapping(name, content, FIELDS[kind]) if kind in FIELDS else None
        if not st.button("Add this file", type="primary"):
            return
        preferences.add(name, content, columns)
    except RpoError as error:
        st.error(str(error))
        return
    go_to(name)


def go_to(name: str) -> None:
    """Show other data; the form that brought it is folded away, empty."""
    forget()
    st.session_state["added"] = added() + 1
    st.query_params.from_dict({"data": name})
    st.rerun()


def mapping(name: str, content: bytes, fields: tuple[str, ...]) -> dict[str, str]:
    seen = preferences.peek_columns(name, content)
    if len(seen) < len(fields):
        raise RpoError(
            f"the file must have columns for {', '.join(fields)}, it has {', '.join(seen) or 'none'}; add another file"
        )
    return {
        field: st.selectbox(f"{field} is in column", seen, place, key=f"column-{field}") for place, field in enumerate(fields)
    }


def choose() -> tuple[str, str, View]:
    first, second, third, fourth = st.columns([3, 3, 2, 2], vertical_alignment="bottom")
    asked = st.query_params.get("data", st.session_state.get("data", preferences.EMBEDDED))
    names = list(dict.fromkeys([*preferences.shelf(), asked]))
    source = first.selectbox("Data", names, names.index(asked), on_change=forget)
    known: str = st.session_state.get("encoder", weights.ENCODER)
    encoder = second.text_input("Encoder", known, help="The demo encoder, a Hugging Face id, or a local folder")
    reads = "Long dialogues: the last human turn is what the encoder would else cut off"
    view = third.selectbox("It reads", list(View), help=reads)
    with fourth.popover("Add data", icon=":material/upload:", width="stretch", key=f"adding-{added()}"):
        upload()
    st.query_params["data"] = st.session_state["data"] = source
    st.session_state["encoder"] = encoder
    return source, encoder, view


def added() -> int:
    """How often data was added: each time the form starts afresh."""
    return st.session_state.get("added", 0)


def forget() -> None:
    """Rows of one data set mean nothing in another."""
    st.query_params.pop("prompt", None)
    for key in ("ring", "lasso"):
        st.session_state.pop(key, None)


def counts(data: PreferenceSet) -> None:
    kinds = {"paired": "pairs", "unpaired": "judged answers"}
    st.caption(
        f"**{len(data.rows):,} {kinds[data.kind]}** on **{len(data.prompts):,} prompts**: {len(data.train):,} to train on, "
        f"{len(data.held_out):,} held out. {len(data.broken):,} of {data.read:,} rows left out."
    )
    if data.broken:
        with st.expander(f"The {len(data.broken):,} rows left out, and why"):
            narrow = {"line": st.column_config.NumberColumn(width="small")}
            rows = [{"line": item.line, "rule": item.rule} for item in data.broken]
            st.dataframe(rows, width="content", height=240 if len(rows) > 6 else "content", column_config=narrow, hide_index=True)


@st.fragment(run_every=1.0)
def progress(folder: Path, shown: str) -> None:
    state = jobs.look(folder)
    if prompts.method(folder) != shown or not state.active:
        st.session_state.pop("ring", None)  # a new picture: the picked prompt is ringed in it
        st.rerun(scope="app")
    st.progress(state.progress, state.message)


def status(folder: Path, shown: str) -> None:
    state = jobs.look(folder)
    if state.active:
        progress(folder, shown)
    elif state.status is not jobs.Status.DONE:
        st.error(f"The map was not finished: {state.message}")
        st.button("Try again", on_click=prompts.again, args=(folder,))


@st.cache_resource(max_entries=4, show_spinner=False)
def opened(folder: Path, method: str) -> PromptMap:
    return prompts.opened(folder, method)


def pick_from_map() -> None:
    points = st.session_state["map"].selection.points
    rows = [point["customdata"][0] if isinstance(point["customdata"], list) else point["customdata"] for point in points]
    st.session_state["lasso"] = rows if len(rows) > 1 else []
    if len(rows) == 1:
        st.query_params["prompt"] = str(rows[0])
        if st.session_state.get("ring") is not None:
            st.session_state["ring"] = rows[0]


def show_on_map(row: int) -> None:
    """A pick from elsewhere gets a ring; one on the map needs none, and a figure that does not change keeps its zoom."""
    st.query_params["prompt"] = str(row)
    st.session_state["ring"] = row


def find(drawn: PromptMap) -> None:
    words = st.text_input("Find a prompt by its words", placeholder="for instance: coffee stain")
    if not words:
        return
    found = [row for row, prompt in enumerate(drawn.prompts) if words.lower() in prompt.lower()]
    if not found:
        st.caption(f"No prompt contains “{words}”.")
        return
    row = st.selectbox(
        f"{len(found):,} of {len(drawn.prompts):,} prompts", found[:200], format_func=lambda r: last(drawn.prompts[r])
    )
    st.button("Show it", on_click=show_on_map, args=(row,))


def last(prompt: str) -> str:
    return preferences.last_turn(prompt)[:120]


def picked(drawn: PromptMap) -> int | None:
    asked = st.query_params.get("prompt", "")
    return int(asked) if asked.isdecimal() and int(asked) < len(drawn.prompts) else None


def ring(drawn: PromptMap) -> int | None:
    row = st.session_state.setdefault("ring", picked(drawn))
    return row if row is not None and row < len(drawn.prompts) else None


def reading(data: PreferenceSet, drawn: PromptMap, row: int) -> None:
    with st.container(border=True, key="picked"):
        asked(drawn.prompts[row])
    examples = data.about(drawn.prompts[row])
    for example in examples[:SHOWN]:
        answers(example)
    if len(examples) > SHOWN:
        st.caption(f"{SHOWN} of {len(examples)} rows on this prompt")
    nearest(drawn, row)


def asked(prompt: str) -> None:
    *earlier, question = preferences.turns(prompt)
    if earlier:
        with st.expander(f"{len(earlier)} earlier turns"):
            for turn in earlier:
                st.caption(str(turn.role))
                st.text(brief(turn.text))
    st.caption("prompt")
    st.text(brief(question.text))


def brief(text: str) -> str:
    """A text so long that it would choke the browser is cut, and says so."""
    return text if len(text) <= LONG else f"{text[:LONG]}… ({len(text):,} characters in all)"


def nearest(drawn: PromptMap, row: int) -> None:
    st.markdown("**Nearest prompts**, by cosine in the original space; select one to go there")
    rows, cosines = prompts.neighbours(drawn.vectors, row, 10)
    near = [{"cosine": float(c), "prompt": last(drawn.prompts[r])} for r, c in zip(rows, cosines, strict=True)]
    key, narrow = f"near-{row}", st.column_config.NumberColumn(format="%.2f", width="small")
    options = {"selection_mode": "single-row", "column_config": {"cosine": narrow}, "hide_index": True}
    st.dataframe(near, key=key, on_select=lambda: follow(key, rows), **options)


def follow(key: str, rows: Iterable[int]) -> None:
    for place in st.session_state[key].selection.rows:
        show_on_map(int(list(rows)[place]))


def answers(example: dict[str, str]) -> None:
    shown = {"chosen": "green", "rejected": "red"} if "chosen" in example else {"answer": "green" if example["liked"] else "red"}
    for name, colour in shown.items():
        title = name if name != "answer" else ("liked" if example["liked"] else "disliked")
        with st.container(border=True):
            st.markdown(f":{colour}[**{title}**]")
            st.text(brief(example[name]))


def lassoed(drawn: PromptMap) -> None:
    rows = st.session_state.get("lasso", [])
    if rows and st.button(f"Use these {len(rows)} prompts in Tune", type="primary", icon=":material/tune:"):
        st.session_state["picked"] = [drawn.prompts[row] for row in rows]
        st.switch_page("pages/tune.py")


def draw(data: PreferenceSet, drawn: PromptMap) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        picture(data, drawn)
    with right:
        lassoed(drawn)
        find(drawn)
        row = picked(drawn)
        if row is None:
            st.info("Click a point on the map, or find a prompt by its words, to read its answers and see its neighbours.")
        else:
            reading(data, drawn, row)


def picture(data: PreferenceSet, drawn: PromptMap) -> None:
    figure = map_figure(drawn, data.slices, ring(drawn))
    options = {"selection_mode": ("points", "lasso", "box"), "config": {"scrollZoom": True}}
    st.plotly_chart(figure, key="map", on_select=pick_from_map, **options)
    st.caption(
        f"{len(drawn.prompts):,} of {len(drawn.prompts):,} prompts, {drawn.method.upper()} of {drawn.encoder}. "
        "The picture is for the eye; neighbours are computed in the original space. Click a point to read it; "
        "lasso a batch (the tool stands above the map) to weigh it in Tune."
    )


if "front" not in st.session_state:  # a fresh server opens a deep link past app.py, until someone has called st.navigation
    st.navigation([st.Page(st.stop, url_path="front"), __file__])
    st.rerun()
st.title("Explore")
st.markdown("Where your prompts lie. RPO contrasts answers across prompts that are near each other here.")
source, encoder, view = choose()
try:
    with st.spinner(f"Reading {source}"):
        data = preferences.load(source)
    counts(data)
    if not weights.ready(encoder):
        st.info("The map needs the demo encoder, which is not here yet. Set up fetches it; any other encoder works without.")
        st.page_link("pages/start.py", label="Set up", icon=":material/download:")
        st.stop()
    folder = prompts.request(source, encoder, view)
    method = prompts.method(folder)
    status(folder, method)
    if method:
        draw(data, opened(folder, method))
except RpoError as error:
    st.error(str(error))
