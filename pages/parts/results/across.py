"""Questions across prompts on the page Results: how often the order holds that RPO assumes, by cosine."""

from functools import partial

import streamlit as st

from pages.parts.results.sections import section
from pages.shared.plain import plain
from rpo.charts.across.order import order_figure
from rpo.glossary import quantity
from rpo.statistics import OrderHeld, odds_words, order_held, order_words
from rpo.voting import Ballots, CrossQuestion, Panel

ABOUT = (
    "The chosen answer of one prompt beside the rejected answer of another: which serves its own prompt better? A tie counts "
    "half. No score, agreement or export of votes contains these answers."
)


def across(panel: Panel) -> None:
    """A section of its own, where the panel asks questions across prompts."""
    asked = Ballots.here().questions.of(panel.id)
    if asked:
        section("Across prompts: does the order hold that RPO assumes?", "across", partial(order, panel, asked))


def order(panel: Panel, asked: tuple[CrossQuestion, ...]) -> None:
    found = order_held(Ballots.here().questions.answers(panel.id), len(asked))
    st.markdown(f"**{order_words(found)}**")
    if found.n:
        shown(found)
    st.caption(f"{ABOUT} Of {plain(asked[0].of.data)}, cosines by {plain(asked[0].of.encoder)}.")
    with st.container(horizontal=True):
        for suffix, written in (("jsonl", Ballots.here().questions.jsonl), ("csv", Ballots.here().questions.csv)):
            label, name = f"Download answers as {suffix.upper()}", f"questions-{panel.id}.{suffix}"
            st.download_button(label, partial(written, panel.id), name, on_click="ignore")


def shown(found: OrderHeld) -> None:
    """The picture, once there are enough answers for it, and from whom they are."""
    if not found.few:
        st.plotly_chart(order_figure(found), key="order", alt="How often the order held, over the cosine of the two prompts")
        st.caption(f"{odds_words(found)} {found.question}")
    st.caption(f"{quantity(found.answers, 'answer')} by {quantity(found.raters, 'rater')}.")
