"""Beside the map: what a search found, what can be done with what is selected, and the picked prompt with its neighbours."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.shared import deep_link
from pages.shared.plain import plain, trouble
from pages.shared.prompt_list import forget, listing
from pages.shared.session import Session, session
from rpo import preferences
from rpo.charts.colours import MapColours
from rpo.components.neighbours import Links
from rpo.embeddings import SEARCH_WAYS, PromptMap, Scene, SearchResult
from rpo.glossary import quantity, these
from rpo.preferences import PreferenceSet, brief
from rpo.settings import range_of

SHOWN = 5  # rows on one prompt that are shown


def drawer(scene: Scene, look: MapColours, links: Links | None, found: SearchResult | None) -> None:
    """What is picked, selected or looked for, over the right part of the map."""
    with st.container(key="drawer", border=True):
        if empty := look.nothing_left():
            trouble(empty, st.warning)
        use(scene, *selected(look))
        if found:
            hits(scene.drawn, found)
        if links:
            reading(scene, links)


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


def reading(scene: Scene, links: Links) -> None:
    prompt = scene.drawn.prompts[links.row]
    st.button("Close", icon=":material/close:", type="tertiary", on_click=forget)
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
