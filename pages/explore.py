"""Explore: the prompt map is the page. Pick a prompt, read its answers, see its neighbours in the original space.

How the map takes the page stands in the head that every page has, `pages/serving/frame.py`: a style of its own came too late.
"""

import base64
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.components import v2

from pages.parts.explore.bar import Bar, bar
from pages.parts.explore.colour import hold, look_at
from pages.parts.explore.drawer import drawer, selected
from pages.serving import texts
from pages.shared import deep_link, here, hub, prompt_list
from pages.shared.job_progress import follow_map
from pages.shared.plain import plain, trouble
from pages.shared.session import Session, session
from rpo import embeddings, preferences, weights
from rpo.charts.colours import MapColours
from rpo.charts.prompt_map import map_figure, points_svg
from rpo.components import neighbours, over_map
from rpo.components.neighbours import Links
from rpo.embeddings import Graph, PromptMap, Scene, SearchResult
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences import PreferenceSet

FIRST, QUOTED = 8, 300  # prompts that can be read until there is a picture, and characters of each
DRAWER = 440  # pixels that the drawer takes, of 27rem
ADDRESSED = 300  # prompts in a lasso that an address brings along
ROW = re.compile(r"[0-9]{1,9}", re.ASCII)
HEIGHT = 500  # pixels of the map where a browser knows no better
hovered = v2.component("hover_texts", js=over_map.TEXTS_JS)
named = v2.component("group_names", js=over_map.NAMES_JS)


def keep_lasso(source: str) -> None:
    """Only as long as it lies on the map of these data; the address brings one along."""
    if session.mapped not in ("", source):
        del session.lasso, session.held
    elif not session.mapped:
        session.lasso = session.held = [int(row) for row in deep_link.asked("lasso").split(".") if ROW.fullmatch(row)]
    session.mapped = source
    lassoed(session.lasso)


def lassoed(rows: Sequence[int]) -> None:
    session.lasso = rows
    if 0 < len(rows) <= ADDRESSED:
        deep_link.carry("lasso", ".".join(map(str, rows)))
    else:
        deep_link.drop("lasso")


@st.cache_resource(max_entries=4, show_spinner=False)
def opened(folder: Path, method: str) -> PromptMap:
    return embeddings.open_map(folder, method)


@st.cache_resource(max_entries=4, show_spinner=False)
def graph(folder: Path, method: str) -> Graph | None:
    return embeddings.neighbour_graph(folder)


def pick_from_map() -> None:
    prompt_list.pick(Session.map.key)
    rows = prompt_list.picked(Session.map.key)
    lassoed(rows if len(rows) > 1 else [])


def meanwhile(data: PreferenceSet) -> None:
    """Something to read until there is a picture."""
    st.markdown("**The first prompts**")
    for prompt in data.prompts[:FIRST]:
        with st.container(border=True):
            st.text(preferences.headline(prompt, QUOTED))


def draw(scene: Scene, bar: Bar) -> None:
    row = prompt_list.shown(scene.drawn)
    links = None if row is None else neighbours.links_of(scene.drawn, row, tau())
    look = look_at(scene, bar)
    found = search(scene, bar)
    with st.container(key="map-stage", height=HEIGHT, border=False):
        beside = bool(selected(look)[0] or links or found or look.nothing_left())
        picture(scene, look, links, found, beside)
        if beside:
            drawer(scene, look, links, found, tau())
    said, ways = st.columns([9, 1], vertical_alignment="center")
    ways.toggle("Lasso", key=Session.lassoing.key, help="Draw round prompts instead of moving the map")
    said.caption(
        f"{look.counts()}, {scene.drawn.method.upper()} of {plain(scene.drawn.encoder)}: a picture for the eye; neighbours are "
        "computed in the original space. Click a point to read it, or lasso some."
    )
    hovered(key="hover", data=over_map.texts_on("map", f"{texts.ADDRESS}/{scene.folder.name}", scene.data.name))
    named(key="names", data=over_map.names_on(scene.drawn.points, scene.levels(look.names), "map"))


def search(scene: Scene, bar: Bar) -> SearchResult | None:
    words = bar.search.text_input("Find prompts", placeholder="coffee stain", key="find").strip()
    if not words:
        return None
    way = session.of("way", "words")
    if way == "meaning" and not weights.ready(scene.drawn.encoder):
        return SearchResult("Meaning is compared by the demo encoder, which is not here yet. Look for the words meanwhile.")
    with st.spinner("Looking for it"):
        return embeddings.SEARCH_WAYS[way](scene, words)


def tau() -> float:
    """The temperature of the links: the one that was set last, here or in Tune."""
    here_set, tunes = session.link_tau or (session.tau, session.tau)
    return float(here_set if tunes == session.tau else session.tau)


def picture(scene: Scene, look: MapColours, links: Links | None, found: SearchResult | None, beside: bool) -> None:
    shown = look.members if found is None else found.among(look.members, len(scene.drawn.prompts))
    at_first(points_svg(scene.drawn, look.colours, shown), DRAWER if beside else 0)
    figure = map_figure(
        scene.drawn, look.colours, shown, held(), DRAWER if beside else 0, session.lassoing, hills=True, texts=False
    )
    options = {"selection_mode": ("points", "lasso", "box"), "config": {"scrollZoom": True}}
    alt = f"Map of {quantity(len(scene.drawn.prompts), 'prompt')}, coloured by {look.colours.title}"
    st.plotly_chart(figure, key=Session.map.key, height="stretch", on_select=pick_from_map, alt=alt, **options)


def at_first(svg: str, covered: int) -> None:
    """The points, where the chart will have them: a browser needs a second to get its chart library ready."""
    source = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    with st.container(key="map-first"):
        st.html(f'<img class="first-points" alt="" style="padding-right: {covered}px" src="{source}">')


def held() -> list[int]:
    if session.map is None:  # back from another page
        hold()
    return list(session.held)


def onwards(bar: Bar, data: PreferenceSet) -> None:
    """What is needed more rarely."""
    bar.more.caption(data.counts())
    if data.broken:
        bar.more.page_link("data.py", label="Which, and why", query_params={"data": data.name})


here.owner_only()
chosen = bar()
keep_lasso(chosen.source)
try:
    hub.offer(chosen.source, chosen.encoder)
    with st.container(key="map-reading"), st.spinner(f"Reading {plain(chosen.source)}"):
        data = preferences.load(chosen.source)
    onwards(chosen, data)
    hub.need(chosen.source, chosen.encoder, "The map needs")
    folder = embeddings.request_map(chosen.source, chosen.encoder, chosen.view)
    follow_map(folder, partial(embeddings.method, folder), before=hold)
    if method := embeddings.method(folder):
        found = opened(folder, method)
        draw(Scene(data, found, graph(folder, method), folder, chosen.view, embeddings.topics_of(folder)), chosen)
    else:
        meanwhile(data)
except RpoError as error:
    trouble(error)
