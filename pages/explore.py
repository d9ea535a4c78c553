"""Explore: the prompt map. Pick a prompt, read its answers, see its neighbours in the original space."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components import v2

from rpo import jobs, preferences, prompts, training, weights
from rpo.charts import measures
from rpo.charts.colours import Colours, Groups
from rpo.charts.health import cosines_figure
from rpo.charts.links import JS, Links, links_of, overlay
from rpo.charts.prompt_map import map_figure
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.preferences import Kind, PreferenceSet
from rpo.prompts import Grade, Graph, Health, PromptMap, View

SHOWN = 5  # rows on one prompt that are shown
LISTED = 200  # found prompts that are listed
DIGITS = {"cosine": "%.2f", "weight": "%.2f", "lists": "%d"}
LONG = 20_000  # characters of a text that are shown
FIELDS = {
    "two answers a row, one preferred": ("prompt", "chosen", "rejected"),
    "one answer a row, liked or not": ("prompt", "answer", "liked"),
}
linked = v2.component("prompt_links", js=JS)


@dataclass(frozen=True)
class Scene:
    """What is on the screen: the data, their map, where it lies on disk, and what the encoder read."""

    data: PreferenceSet
    drawn: PromptMap
    graph: Any  # indices and distances, None until they are found
    folder: Path
    view: View

    @property
    def place(self) -> tuple[Path, str]:
        """What names the map for a cache."""
        return self.folder, self.drawn.method

    @property
    def texts(self) -> list[str]:
        """What the encoder reads of each prompt."""
        return [self.view.of(prompt) for prompt in self.drawn.prompts]


@dataclass(frozen=True)
class Look:
    """What the points are coloured by; with `only` the members of one group, (N,), the others being grey."""

    colours: Colours
    only: str = ""
    members: Any = None


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
    for key in ("lasso", "held"):
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
        hold()
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


@st.cache_resource(max_entries=4, show_spinner=False)
def graph(folder: Path, method: str) -> Graph | None:
    return prompts.neighbour_graph(folder)


@st.cache_data(max_entries=8, show_spinner="Naming topics")
def topics(place: tuple[Path, str], _scene: Scene) -> tuple[str, ...]:
    return prompts.name_topics(_scene.drawn.vectors, _scene.texts)


@st.cache_data(max_entries=8, show_spinner="Counting words")
def lengths(place: tuple[Path, str], _scene: Scene) -> Colours:
    return measures.length(_scene.texts)


@st.cache_data(max_entries=8, show_spinner="Measuring the embedding")
def health(place: tuple[Path, str], _scene: Scene) -> Health:
    cut = prompts.cut(_scene.drawn.prompts, _scene.drawn.encoder, _scene.view)
    return prompts.examine(_scene.drawn.vectors, _scene.graph, _scene.drawn.points, cut)


@st.cache_data(max_entries=16, ttl=60, show_spinner="Reading what the run learned")
def learned(kind: str, name: str, split: str, place: tuple[Path, str], _scene: Scene) -> Colours:
    return OF_A_RUN[kind](next(run for run in training.runs() if run.name == name), split, _scene.data)


def by_density(scene: Scene) -> Colours:
    return measures.crowding(scene.graph[1]) if scene.graph else waiting(scene)


def by_kept(scene: Scene) -> Colours:
    return measures.faithfulness(health(scene.place, scene)) if scene.graph else waiting(scene)


def waiting(scene: Scene) -> Colours:
    st.caption("The nearest prompts of every prompt are still being found.")
    return measures.nothing(len(scene.drawn.prompts))


def of_a_run(kind: str, scene: Scene) -> Colours:
    done = [run for run in training.runs() if run.state.status in (Status.DONE, Status.STOPPED)]
    choices = [(run.name, split) for run in done for split in ("held-out", "train")]
    titles = {run.name: run.title for run in done}
    if not choices:
        st.caption("No run has ended yet: train one, and its prompts get their colours here.")
        return measures.nothing(len(scene.drawn.prompts))
    name, split = st.selectbox("Run", choices, format_func=lambda one: f"{titles[one[0]]}, {one[1]} rows", on_change=hold)
    try:
        return learned(kind, name, split, scene.place, scene)
    except RpoError as error:  # the run's files were edited; the map is there all the same
        st.warning(str(error))
        return measures.nothing(len(scene.drawn.prompts))


OF_A_RUN = {"margin of a run": measures.margins, "loss of a run": measures.losses}
COLOURS: dict[str, Callable[[Scene], Colours]] = {
    "slice": lambda scene: Groups("slice", tuple(name or "(no slice)" for name in scene.data.slices)),
    "topic": lambda scene: Groups("topic", topics(scene.place, scene)),
    "length": lambda scene: lengths(scene.place, scene),
    "density": by_density,
    "kept neighbours": by_kept,
    **{kind: partial(of_a_run, kind) for kind in OF_A_RUN},
}


def colours(scene: Scene) -> Look:
    first, second, third = st.columns([2, 2, 3], vertical_alignment="bottom")
    words = "Topics are clusters of the vectors, named by their words. Density: mean cosine to the nearest prompts"
    kind = first.selectbox("Colour by", list(COLOURS), help=words, on_change=hold)
    with third:
        found = COLOURS[kind](scene)
    if not isinstance(found, Groups) or len(found.order) < 2:
        return Look(found)
    only = second.selectbox(f"Only this {found.title}", list(found.order), None, placeholder="all", on_change=hold)
    return Look(found, only, found.members(only)) if only else Look(found)


def pick_from_map() -> None:
    points = st.session_state["map"].selection.points
    rows = [point["customdata"][0] if isinstance(point["customdata"], list) else point["customdata"] for point in points]
    st.session_state["lasso"] = rows if len(rows) > 1 else []
    if len(rows) == 1:
        go(rows[0])


def hold() -> None:
    """The next figure is another one: what is in the lasso now must be seen in it from the start."""
    st.session_state["held"] = st.session_state.get("lasso", [])


def held() -> list[int]:
    if "map" not in st.session_state:  # back from another page
        hold()
    return st.session_state.get("held", [])


def go(row: int) -> None:
    st.query_params["prompt"] = str(row)


def picked(drawn: PromptMap) -> int | None:
    return drawn.row(st.query_params.get("prompt", ""))


def draw(scene: Scene) -> None:
    left, right = st.columns([3, 2], gap="large")
    row = picked(scene.drawn)
    links = None if row is None else links_of(scene.drawn, row, tau())
    with left:
        look = colours(scene)
        picture(scene, look, links)
    with right:
        beside(scene, look, links)
    with left:  # after what is quick
        checkup(scene)
        if st.button("Compare with another map", icon=":material/compare:"):
            st.switch_page("pages/compare.py")


def beside(scene: Scene, look: Look, links: Links | None) -> None:
    use(scene, *selected(look))
    find(scene.drawn)
    if links is None:
        st.info("Click a point on the map, or find a prompt, to read its answers and see its neighbours.")
    else:
        reading(scene, links)


def picture(scene: Scene, look: Look, links: Links | None) -> None:
    figure = map_figure(scene.drawn, look.colours, look.members, held())
    options = {"selection_mode": ("points", "lasso", "box"), "config": {"scrollZoom": True}}
    st.plotly_chart(figure, key="map", on_select=pick_from_map, **options)
    linked(key="links", data=overlay(scene.drawn, links, "map"))
    st.caption(
        f"{shown(look)}, {scene.drawn.method.upper()} of {scene.drawn.encoder}. The picture is for the eye; neighbours are "
        "computed in the original space. Click a point to read it; lasso some (the tool stands above the map) to weigh them in "
        "Tune or to make a slice of them."
    )


def shown(look: Look) -> str:
    """How many prompts are on the map, and how many of them have a colour: nothing is left out in silence."""
    count, valued = len(look.colours.known), int(look.colours.known.sum())
    said = f"{count:,} of {count:,} prompts"
    if look.only:
        return f"{said}, {int(look.members.sum()):,} of them coloured"
    return said if valued == count else f"{said}; {valued:,} of {count:,} have a value, the others are grey"


def selected(look: Look) -> tuple[list[int], str]:
    """The prompts to use and what to call them: those in the lasso, else the one group that is shown."""
    lasso: list[int] = st.session_state.get("lasso", [])
    if lasso or not look.only:
        return lasso, f"{len(lasso)} prompts"
    return look.members.nonzero()[0].tolist(), look.only


def use(scene: Scene, rows: Sequence[int], name: str) -> None:
    wanted = [scene.drawn.prompts[row] for row in rows if row < len(scene.drawn.prompts)]
    if not wanted:
        return
    with st.container(horizontal=True):
        if st.button(f"Use these {len(wanted):,} prompts in Tune", type="primary", icon=":material/tune:"):
            st.session_state["picked"] = wanted
            st.switch_page("pages/tune.py")
        with st.popover("Make a slice", icon=":material/content_cut:"):
            slicing(scene.data, wanted, f"{Path(scene.data.name).name.split('.')[0]}, {name}")


def slicing(data: PreferenceSet, wanted: Sequence[str], name: str) -> None:
    st.caption(f"The rows on these {len(wanted):,} prompts become a data file of their own.")
    name = st.text_input("Its name", name, key=f"slice-{name}")
    with st.container(horizontal=True):
        train = st.button("Train on it", icon=":material/model_training:")
        own = st.button("See its own map", icon=":material/scatter_plot:")
    if not (train or own):
        return
    file = prompts.keep_part(data, wanted, name)
    if own:
        go_to(file)
    st.session_state["draft"] = {"data": file} | ({"objective": "rpo-unpaired"} if data.kind is Kind.UNPAIRED else {})
    st.switch_page("pages/train.py")


def find(drawn: PromptMap) -> None:
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    words = left.text_input("Find prompts", placeholder="for instance: coffee stain")
    way = right.segmented_control("by", list(WAYS), default="words", required=True, key="way", label_visibility="collapsed")
    if words.strip():
        WAYS[way](drawn, words.strip())


def by_words(drawn: PromptMap, words: str) -> None:
    found = [row for row, prompt in enumerate(drawn.prompts) if words.lower() in prompt.lower()]
    if not found:
        st.caption(f"No prompt contains “{words}”. Look for its meaning instead.")
        return
    some = f"the first {LISTED} are listed; " if len(found) > LISTED else ""
    st.caption(f"{len(found):,} of {len(drawn.prompts):,} prompts contain “{words}”; {some}select one to go there.")
    listing(drawn, f"words-{words}", found[:LISTED], {})


def by_meaning(drawn: PromptMap, words: str) -> None:
    with st.spinner("Embedding your text"):
        query = prompts.embed([words], drawn.encoder)[0]
    rows, cosines = prompts.nearest(drawn.vectors, query, 10)
    st.caption(f"The nearest {len(rows)} of {len(drawn.prompts):,} prompts to your text; select one to go there.")
    listing(drawn, f"meaning-{words}", rows, {"cosine": cosines})


WAYS = {"words": by_words, "meaning": by_meaning}


def listing(drawn: PromptMap, key: str, rows: Iterable[int], figures: dict[str, Iterable[float]]) -> None:
    """Prompts with figures beside them; selecting one shows it on the map."""
    rows = [int(row) for row in rows]
    table = {name: [float(value) for value in values] for name, values in figures.items()}
    table |= {"prompt": [last(drawn.prompts[row]) for row in rows]}
    narrow = {name: st.column_config.NumberColumn(format=DIGITS[name], width="small") for name in figures}
    options = {"selection_mode": "single-row", "column_config": narrow, "hide_index": True}
    height = 250 if len(rows) > 6 else "content"
    st.dataframe(table, key=key, height=height, on_select=lambda: follow(key, rows), **options)


def follow(key: str, rows: Sequence[int]) -> None:
    for place in st.session_state[key].selection.rows:
        go(rows[place])


def last(prompt: str) -> str:
    return preferences.last_turn(prompt)[:120]


def reading(scene: Scene, links: Links) -> None:
    prompt = scene.drawn.prompts[links.row]
    with st.container(border=True, key="picked"):
        asked(prompt)
    examples = scene.data.about(prompt)
    for example in examples[:SHOWN]:
        answers(example)
    if len(examples) > SHOWN:
        st.caption(f"{SHOWN} of {len(examples)} rows on this prompt")
    nearest(scene.drawn, links)


def nearest(drawn: PromptMap, links: Links) -> None:
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    left.markdown("**Nearest prompts**, by cosine in the original space; select one to go there")
    right.number_input("τ of the weights", 0.01, 10.0, step=0.05, key="link_tau")
    listing(drawn, f"near-{links.row}", links.rows, {"cosine": links.cosines, "weight": links.weights})
    st.caption(
        f"Weight: in a batch of this prompt and its {len(links.rows)} nearest, how much each one's rejected answer counts "
        f"against this prompt's chosen one; its own keeps {links.own:.2f}. The lines on the map are as wide."
    )


def tau() -> float:
    """The temperature of the links: as set here, else as set in Tune."""
    known = st.session_state.get("tau", 0.5)
    return st.session_state.setdefault("link_tau", min(10.0, max(0.01, float(known))))


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


def answers(example: dict[str, str]) -> None:
    shown = {"chosen": "green", "rejected": "red"} if "chosen" in example else {"answer": "green" if example["liked"] else "red"}
    for name, colour in shown.items():
        title = name if name != "answer" else ("liked" if example["liked"] else "disliked")
        with st.container(border=True):
            st.markdown(f":{colour}[**{title}**]")
            st.text(brief(example[name]))


def checkup(scene: Scene) -> None:
    section = st.expander("Health of the embedding", icon=":material/stethoscope:", key="health", on_change="rerun")
    if not section.open:
        return
    with section:
        if scene.graph:
            told(scene.drawn, health(scene.place, scene))
        else:
            st.info("It is measured once the nearest prompts of every prompt are found; the line above tells how far that is.")


def told(drawn: PromptMap, found: Health) -> None:
    judged = prompts.judge(found)
    TONES[judged.grade](judged.sentence)
    for note in judged.notes:
        st.markdown(f"- {note}")
    figures(found)
    st.markdown("**Hubs**: the prompts that are most often among the nearest of others")
    rows, counts = zip(*found.hubs, strict=True)
    listing(drawn, "hubs", rows, {"lists": counts})


TONES = {Grade.GOOD: st.success, Grade.FAIR: st.warning, Grade.POOR: st.error}


def figures(found: Health) -> None:
    st.plotly_chart(cosines_figure(found), key="cosines", config={"displayModeBar": False})
    places = [*st.columns(4), *st.columns(4)]
    for place, (title, (value, meaning)) in zip(places, prompts.in_words(found).items(), strict=True):
        place.metric(title, value, help=meaning)


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
        draw(Scene(data, opened(folder, method), graph(folder, method), folder, view))
except RpoError as error:
    st.error(str(error))
