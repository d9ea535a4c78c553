"""Compare: two maps of the same prompts side by side, how far they agree on who is near whom, and where they do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.components import v2

from pages.shared import here, hub, pickers
from pages.shared.job_progress import follow_map
from pages.shared.plain import plain, trouble
from pages.shared.prompt_list import forget, listing, pick, shown
from pages.shared.session import session
from rpo import embeddings, preferences
from rpo.charts.colours import ColourMeasure
from rpo.charts.prompt_map import map_figure
from rpo.components.neighbours import JS, ring
from rpo.embeddings import Graph, MapAgreement, PromptMap
from rpo.errors import RpoError
from rpo.glossary import quantity

LISTED = 20  # prompts on which the maps differ most
QUOTED = 300  # characters of the prompt whose neighbours are listed
PICTURES = {"UMAP": "umap", "PCA": "pca"}
ringed = v2.component("prompt_links", js=JS)


@dataclass(frozen=True)
class Side:
    """One of the two maps: where it lies on disk, and the picture that is shown of it ("" as long as there is none)."""

    name: str
    folder: Path
    method: str

    @property
    def drawn(self) -> PromptMap:
        """The map."""
        return opened(self.folder, self.method)


@st.cache_resource(max_entries=4, show_spinner=False)
def opened(folder: Path, method: str) -> PromptMap:
    return embeddings.open_map(folder, method)


@st.cache_data(max_entries=8, show_spinner="Comparing neighbours")
def on_pictures(one: Side, other: Side) -> MapAgreement:
    return embeddings.agree(one.drawn, other.drawn)


@st.cache_data(max_entries=8, show_spinner="Comparing neighbours")
def in_spaces(one: Side, other: Side, _graphs: tuple[Graph, Graph]) -> MapAgreement:
    return embeddings.agree(one.drawn, other.drawn, _graphs)


def compared(one: Side, other: Side) -> MapAgreement | None:
    """In the original spaces; on the pictures where both are of the same space. None until the neighbours are found."""
    if one.folder == other.folder:
        return on_pictures(one, other)
    near, far = (embeddings.neighbour_graph(side.folder) for side in (one, other))
    return in_spaces(one, other, (near, far)) if near and far else None


def choose(name: str, source: str, picture: int) -> Side:
    first, second, third = st.columns([3, 2, 2])
    encoder = pickers.encoder(first, f"encoder-{name}", session.encoder)
    view = pickers.reads(second, key=f"view-{name}")
    wanted = third.selectbox("Picture", list(PICTURES), picture, key=f"picture-{name}")
    hub.offer(source, encoder)
    hub.need(source, encoder, "The map needs")
    folder = embeddings.request_map(source, encoder, view)
    follow_map(folder, partial(embeddings.method, folder), key=name)
    best = embeddings.method(folder)
    return Side(name, folder, best and (PICTURES[wanted] if best == "umap" else best))


def show(side: Side, found: MapAgreement, row: int | None) -> None:
    drawn = side.drawn
    figure = map_figure(drawn, ColourMeasure("neighbours shared", found.shares), height=430)
    options = {"selection_mode": "points", "config": {"scrollZoom": True}}
    alt = f"Map by {side.drawn.encoder}, coloured by the share of neighbours that both maps have"
    st.plotly_chart(figure, key=side.name, on_select=lambda: pick(side.name), alt=alt, **options)
    ringed(key=f"ring-{side.name}", data=ring(drawn, row, side.name))
    count = len(drawn.prompts)
    st.caption(f"{count:,} of {quantity(count, 'prompt')}, {drawn.method.upper()} of {plain(drawn.encoder)}")


def neighbours(spaces: Sequence[Side], row: int) -> None:
    st.markdown(f"**Nearest prompts** by cosine{' in each space' if len(spaces) > 1 else ''}, of:")
    st.text(preferences.headline(spaces[0].drawn.prompts[row], QUOTED))
    for place, side in zip(st.columns(len(spaces), gap="large"), spaces, strict=True):
        with place:
            rows, cosines = embeddings.neighbours(side.drawn.vectors, row, 10)
            listing(side.drawn, f"near-{side.name}-{row}", rows, {"cosine": cosines})


def summary(one: Side, other: Side, found: MapAgreement) -> None:
    where = "on the pictures" if one.folder == other.folder else "in the original spaces"
    st.markdown(
        f"The maps share **{found.mean:.0%}** of each prompt's nearest neighbours {where}; two random maps would share "
        f"{found.chance:.0%}. Bright points have the same neighbours in both, dark ones do not. Click one to ring it in both."
    )


def draw(one: Side, other: Side) -> None:
    found = compared(one, other)
    if found is None:
        st.info("The maps are compared once the nearest prompts of every prompt are found.")
        return
    summary(one, other, found)
    row = shown(one.drawn)
    for place, side in zip(st.columns(2, gap="large"), (one, other), strict=True):
        with place:
            show(side, found, row)
    if row is not None:
        neighbours([one] if one.folder == other.folder else [one, other], row)
    st.markdown("**Where they differ most**: prompts with the fewest neighbours in common; select one to see them")
    least = found.least(LISTED)
    listing(one.drawn, "least", least, {"shared": found.shares[list(least)]})


here.owner_only()
st.title("Compare maps")
st.markdown("Two maps of the same prompts: two encoders, two ways to read a prompt, or two pictures of one space.")
session.data = source = pickers.data(on_change=forget)
try:
    sides = []
    for place, (name, picture) in zip(st.columns(2, gap="large"), (("left", 0), ("right", 1)), strict=True):
        with place:
            sides.append(choose(name, source, picture))
    if all(side.method for side in sides):
        draw(*sides)
except RpoError as error:
    trouble(error)
