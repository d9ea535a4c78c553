"""What colours the map's points, and which of them alone."""

from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts.explore.bar import Bar
from pages.shared import kept, pickers
from pages.shared.plain import trouble
from pages.shared.session import session
from rpo import preferences
from rpo.charts import colour_by
from rpo.charts.colours import ColourMeasure, Colours, ColourSpan, Groups, MapColours
from rpo.embeddings import Scene
from rpo.errors import RpoError
from rpo.preferences import PreferenceSet

FIELD: dict[str, Any] = {"step": 0.1, "format": "%g"}
WORDS = "Topics are clusters of the vectors, named by their words. Density: mean cosine to the nearest prompts"


def hold() -> None:
    """The next figure is another one: what is in the lasso now must be seen in it from the start."""
    session.held = session.lasso


def look_at(scene: Scene, bar: Bar) -> MapColours:
    """The colours that the bar asks for: slices where the data have some, else topics, until another kind is chosen."""
    kinds = [*colour_by.OF_THE_MAP, *colour_by.of_the_answers(scene.data), *colour_by.OF_A_RUN]
    first = kinds.index("slice" if any(scene.data.slices) else "topic")
    more = {"help": WORDS, "on_change": hold}
    kind = kept.option(bar.colour, "Colour by", "colour", kinds, first, scene.data.name, **more) or kinds[first]
    with bar.only:
        found = colour(kind, scene)
        return within(f"{kind} {scene.data.name}", found) if isinstance(found, ColourMeasure) else among(found, scene.data.name)


@st.cache_data(max_entries=16, show_spinner="Colouring the map")
def coloured(kind: str, place: tuple[Path, str, bool, bool], _scene: Scene) -> Colours:
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


def among(found: Groups, name: str) -> MapColours:
    if len(found.order) < 2:
        return MapColours(found)
    more = {"placeholder": "all", "on_change": hold}
    return MapColours(
        found, kept.option(st, f"Only this {found.title}", "only", list(found.order), None, f"{name} {found.title}", **more) or ""
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
