"""Explore: the prompt map. Pick a prompt, read its answers, see its neighbours in the original space."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components import v2
from streamlit.delta_generator import DeltaGenerator

from pages.shared import deep_link, here, hub, pickers, prompt_list
from pages.shared.job_progress import follow_map
from pages.shared.plain import plain, trouble
from pages.shared.prompt_list import listing
from pages.shared.session import Session, session
from rpo import embeddings, preferences, weights
from rpo.charts import colour_by
from rpo.charts.colours import ColourMeasure, Colours, ColourSpan, Groups, MapColours
from rpo.charts.prompt_map import map_figure
from rpo.components.neighbours import JS, Links, links_of, overlay
from rpo.embeddings import Graph, PromptMap, Scene
from rpo.errors import RpoError
from rpo.glossary import quantity, these
from rpo.preferences import PreferenceSet, View, brief
from rpo.settings import range_of

SHOWN = 5  # rows on one prompt that are shown
FIRST, QUOTED = 8, 300  # prompts that can be read until there is a picture, and characters of each
FIELD: dict[str, Any] = {"step": 0.1, "format": "%g", "width": 112}  # from 120 pixels on, its buttons hide what is typed
linked = v2.component("prompt_links", js=JS)


def choose() -> tuple[str, str, View]:
    first, second, third, fourth = st.columns([3, 3, 2, 2], vertical_alignment="bottom")
    del session.part  # a slice that was begun on the page Data and not kept
    session.data = source = pickers.data(place=first, on_change=prompt_list.forget)
    encoders = "The demo encoder, a Hugging Face id, or a local folder"
    session.encoder = encoder = pickers.encoder(second, "explore_encoder", session.encoder, help=encoders)
    reads = "Long dialogues: the last human turn is what the encoder would else cut off"
    session.reads = view = pickers.reads(third, session.reads, help=reads)
    if fourth.button("Add data", icon=":material/upload:", width="stretch"):
        st.switch_page("data.py", query_params={"data": source})
    return source, encoder, view


def keep_lasso(source: str) -> None:
    """Only as long as it lies on the map of these data."""
    if session.mapped not in ("", source):
        del session.lasso, session.held
    session.mapped = source


def counts(data: PreferenceSet) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(data.counts(), width="content")
        if data.broken:
            st.page_link("data.py", label="Which, and why", query_params={"data": data.name})


def meanwhile(data: PreferenceSet) -> None:
    """Something to read until there is a picture."""
    st.markdown("**The first prompts**")
    for prompt in data.prompts[:FIRST]:
        with st.container(border=True):
            st.text(preferences.headline(prompt, QUOTED))


@st.cache_resource(max_entries=4, show_spinner=False)
def opened(folder: Path, method: str) -> PromptMap:
    return embeddings.open_map(folder, method)


@st.cache_resource(max_entries=4, show_spinner=False)
def graph(folder: Path, method: str) -> Graph | None:
    return embeddings.neighbour_graph(folder)


@st.cache_data(max_entries=16, show_spinner="Colouring the map")
def coloured(kind: str, place: tuple[Path, str, bool], _scene: Scene) -> Colours:
    return colour_by.OF_THE_MAP[kind](_scene)


@st.cache_data(max_entries=16, show_spinner="Reading the scores")
def scored(kind: str, content: str, _data: PreferenceSet) -> Colours:
    return colour_by.OF_THE_ANSWERS[kind][1](_data)


@st.cache_data(max_entries=16, ttl=60, show_spinner="Reading what the run learned")
def learned(kind: str, name: str, split: str, content: str, _data: PreferenceSet) -> Colours:
    return colour_by.OF_A_RUN[kind](colour_by.run_of(name), split, _data)


def colour(kind: str, scene: Scene) -> Colours:
    if kind in colour_by.OF_A_RUN:
        return of_a_run(kind, scene)
    if kind in colour_by.OF_THE_ANSWERS:
        return scored(kind, scene.data.content, scene.data)
    if kind in colour_by.OF_THE_NEAREST and scene.graph is None:
        st.caption("The nearest prompts of every prompt are still being found.")
    return colour_by.slices(scene) if kind == "slice" else coloured(kind, scene.place, scene)


def of_a_run(kind: str, scene: Scene) -> Colours:
    choices = colour_by.of_runs()
    if not choices:
        st.caption("No run has ended yet: train one, and its prompts get their colours here.")
        return colour_by.nothing(len(scene.drawn.prompts))
    name, split = pickers.run("Run", choices, on_change=hold)
    try:
        return learned(kind, name, split, scene.data.content, scene.data)
    except RpoError as error:  # the run's files were edited; the map is there all the same
        trouble(error, st.warning)
        return colour_by.nothing(len(scene.drawn.prompts))


def look_at(scene: Scene) -> MapColours:
    first, second, third = st.columns([3, 4, 4], vertical_alignment="bottom")
    words = "Topics are clusters of the vectors, named by their words. Density: mean cosine to the nearest prompts"
    kinds = [*colour_by.OF_THE_MAP, *colour_by.of_the_answers(scene.data), *colour_by.OF_A_RUN]
    kind = first.selectbox("Colour by", kinds, help=words, on_change=hold, key="colour")
    with third:
        found = colour(kind, scene)
    with second:
        return within(f"{kind} {scene.data.name}", found) if isinstance(found, ColourMeasure) else among(found)


def among(found: Groups) -> MapColours:
    if len(found.order) < 2:
        return MapColours(found)
    return MapColours(
        found, st.selectbox(f"Only this {found.title}", list(found.order), None, placeholder="all", on_change=hold) or ""
    )


def within(name: str, found: ColourMeasure) -> MapColours:
    """Empty fields are open ends. Other values, or a name of other data, begin with empty ones."""
    if found.ends is None:
        return MapColours(found)
    fields = zip(st.columns(2, gap="small"), ("Only from", "to"), found.ends, strict=True)
    return MapColours(found, ColourSpan(*(limit(place, word, f"{name} {found.stamp}", end) for place, word, end in fields)))


def limit(place: DeltaGenerator, word: str, name: str, end: float) -> float | None:
    shown = preferences.readable(end)
    return place.number_input(word, value=None, placeholder=shown, key=f"{word} {name}", on_change=hold, **FIELD)


def pick_from_map() -> None:
    prompt_list.pick(Session.map.key)
    rows = prompt_list.picked(Session.map.key)
    session.lasso = rows if len(rows) > 1 else []


def hold() -> None:
    """The next figure is another one: what is in the lasso now must be seen in it from the start."""
    session.held = session.lasso


def held() -> Sequence[int]:
    if session.map is None:  # back from another page
        hold()
    return session.held


def draw(scene: Scene) -> None:
    left, right = st.columns([3, 2], gap="large")
    row = prompt_list.shown(scene.drawn)
    links = None if row is None else links_of(scene.drawn, row, tau())
    with left:
        look = look_at(scene)
        picture(scene, look, links)
        onwards()
    with right:
        beside(scene, look, links)


def onwards() -> None:
    with st.container(horizontal=True):
        if st.button("Health of the embedding", icon=":material/stethoscope:"):
            st.switch_page("health.py")
        if st.button("Compare with another map", icon=":material/compare:"):
            st.switch_page("compare.py")


def beside(scene: Scene, look: MapColours, links: Links | None) -> None:
    if empty := look.nothing_left():
        trouble(empty, st.warning)
    use(scene, *selected(look))
    find(scene.drawn)
    if links is None:
        st.info("Click a point on the map, or find a prompt, to read its answers and see its neighbours.")
    else:
        reading(scene, links)


def picture(scene: Scene, look: MapColours, links: Links | None) -> None:
    figure = map_figure(scene.drawn, look.colours, look.members, held())
    options = {"selection_mode": ("points", "lasso", "box"), "config": {"scrollZoom": True}}
    st.plotly_chart(figure, key=Session.map.key, on_select=pick_from_map, **options)
    linked(key="links", data=overlay(scene.drawn, links, "map"))
    st.caption(
        f"{look.counts()}, {scene.drawn.method.upper()} of {plain(scene.drawn.encoder)}. The picture is for the eye; neighbours "
        "are computed in the original space. Click a point to read it; lasso some (the tool stands above the map) to weigh them "
        "in Tune or to make a slice of them."
    )


def selected(look: MapColours) -> tuple[Sequence[int], str]:
    """The prompts to use and what to call them: those in the lasso, else those of the one group or span that is shown."""
    lasso = session.lasso
    return (lasso, quantity(len(lasso), "prompt")) if lasso else (look.rows, look.name)


def use(scene: Scene, rows: Sequence[int], name: str) -> None:
    wanted = [scene.drawn.prompts[row] for row in rows if row < len(scene.drawn.prompts)]
    if not wanted:
        return
    with st.container(horizontal=True):
        if st.button(f"Use {these(len(wanted), 'prompt')} in Tune", type="primary", icon=":material/tune:"):
            session.picked = wanted
            st.switch_page("tune.py")
        if st.button("Make a slice", icon=":material/content_cut:"):
            session.part = scene.data.name, wanted, name
            st.switch_page("data.py", query_params=deep_link.everything())


def find(drawn: PromptMap) -> None:
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    words = left.text_input("Find prompts", placeholder="for instance: coffee stain").strip()
    options = {"default": "words", "required": True, "key": "way", "label_visibility": "collapsed"}
    way = right.segmented_control("by", list(embeddings.SEARCH_WAYS), **options)
    if not words:
        return
    if way == "meaning" and not weights.ready(drawn.encoder):
        st.info("Meaning is compared by the demo encoder, which is not here yet. Look for the words meanwhile.")
        return
    with st.spinner("Looking for it"):
        found = embeddings.SEARCH_WAYS[way](drawn, words)
    st.caption(plain(found.said))
    if found.rows:
        listing(drawn, f"{way}-{words}", found.rows, found.figures)


def reading(scene: Scene, links: Links) -> None:
    prompt = scene.drawn.prompts[links.row]
    with st.container(border=True, key="prompt"):
        asked(prompt)
    rows = scene.data.about(prompt)
    for row in rows[:SHOWN]:
        answers(row, scene.data)
    if len(rows) > SHOWN:
        st.caption(f"{SHOWN} of {quantity(len(rows), 'row')} on this prompt")
    nearest(scene.drawn, links)


def nearest(drawn: PromptMap, links: Links) -> None:
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    left.markdown("**Nearest prompts**, by cosine in the original space; select one to go there")
    right.number_input("τ of the weights", *range_of("tau"), step=0.05, format="%g", key=Session.link_tau.key)
    listing(drawn, f"near-{links.row}", links.rows, {"cosine": links.cosines, "weight": links.weights})
    st.caption(
        f"Weight: in a batch of this prompt and its {len(links.rows)} nearest, how much each one's rejected answer counts "
        f"against this prompt's chosen one; its own keeps {links.own:.2f}. The lines on the map are as wide."
    )


def tau() -> float:
    """The temperature of the links: as set here, else as set in Tune."""
    session.begin({Session.link_tau.key: float(session.tau)})
    return session.link_tau or session.tau


def asked(prompt: str) -> None:
    *earlier, question = preferences.turns(prompt)
    if earlier:
        with st.expander(quantity(len(earlier), "earlier turn")):
            for turn in earlier:
                st.caption(str(turn.role))
                st.text(brief(turn.text))
    st.caption("prompt")
    st.text(brief(question.text))


def answers(row: dict[str, Any], data: PreferenceSet) -> None:
    strength = preferences.scores(row).get("strength")
    for title, good, text in preferences.sides(row):
        figures = [(data.score_name, preferences.score_of(row, title)), (data.strength_name, strength if good else None)]
        said = [f"{plain(name)} {preferences.readable(figure)}" for name, figure in figures if figure is not None]
        with st.container(border=True):
            st.markdown(" · ".join([f":{'green' if good else 'red'}[**{title}**]", *said]))
            st.text(brief(text))


here.owner_only()
st.title("Explore")
st.markdown("Where your prompts lie. RPO contrasts answers across prompts that are near each other here.")
source, encoder, view = choose()
keep_lasso(source)
try:
    hub.offer(source, encoder)
    with st.spinner(f"Reading {plain(source)}"):
        data = preferences.load(source)
    counts(data)
    hub.need(source, encoder, "The map needs")
    folder = embeddings.request_map(source, encoder, view)
    follow_map(folder, partial(embeddings.method, folder), before=hold)
    method = embeddings.method(folder)
    if method:
        draw(Scene(data, opened(folder, method), graph(folder, method), folder, view))
    else:
        meanwhile(data)
except RpoError as error:
    trouble(error)
