"""Beside the map: what a search found, what can be done with what is selected, and the picked prompt with its neighbours."""

from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.components import v2

from pages.shared import deep_link
from pages.shared.plain import plain, trouble
from pages.shared.prompt_list import forget, listing
from pages.shared.session import Session, session
from rpo import preferences
from rpo.charts.colours import MapColours
from rpo.components import neighbours
from rpo.components.neighbours import Links
from rpo.embeddings import SEARCH_WAYS, PromptMap, Scene, SearchResult
from rpo.glossary import quantity, these
from rpo.preferences import PreferenceSet, brief

linked = v2.component("prompt_links", html=neighbours.SLIDER, css=neighbours.SLIDER_STYLE, js=neighbours.JS)

SHOWN = 5  # rows on one prompt that are shown


def drawer(scene: Scene, look: MapColours, links: Links | None, found: SearchResult | None, tau: float) -> None:
    """What is picked, selected or looked for, over the right part of the map."""
    with st.container(key="drawer", border=True):
        if empty := look.nothing_left():
            trouble(empty, st.warning)
        use(scene, *selected(look))
        if found:
            hits(scene.drawn, found)
        if links:
            reading(scene, links, tau)


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


def hits(drawn: PromptMap, found: SearchResult) -> None:
    options = {"default": "words", "required": True, "key": "way", "label_visibility": "collapsed"}
    st.segmented_control("Find by", list(SEARCH_WAYS), **options)
    st.caption(plain(found.said))
    if found.rows:
        listing(drawn, f"found-{session.of('find')}-{session.of('way')}", found.listed, found.figures)


def reading(scene: Scene, links: Links, tau: float) -> None:
    prompt = scene.drawn.prompts[links.row]
    st.button("Close", icon=":material/close:", type="tertiary", on_click=forget)
    with st.container(border=True, key="prompt"):
        asked(prompt)
    linked(key=Session.links.key, data=neighbours.overlay(scene.drawn, links, "map", tau), on_tau_change=weighed)
    rows = scene.data.about(prompt)
    for row in rows[:SHOWN]:
        answers(row, scene.data)
    if len(rows) > SHOWN:
        st.caption(f"{SHOWN} of {quantity(len(rows), 'row')} on this prompt")
    nearest(scene.drawn, links)


def weighed() -> None:
    """The slider was let go."""
    session.link_tau = session.links["tau"], session.tau


def nearest(drawn: PromptMap, links: Links) -> None:
    st.markdown("**Nearest prompts**, by cosine in the original space; select one to go there")
    listing(drawn, f"near-{links.row}", links.rows, {"cosine": links.cosines, "weight": links.weights})
    st.caption(
        f"Weight: in a batch of this prompt and its {len(links.rows)} nearest, how much each one's rejected answer counts "
        f"against this prompt's chosen one; its own keeps {links.own:.2f}. Drag τ: the lines on the map follow, the widest for "
        "the largest weight."
    )


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
