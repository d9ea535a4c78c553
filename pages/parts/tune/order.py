"""The order across prompts on the page Tune: how often people found that it holds, beside the weights."""

import streamlit as st

from pages.parts.tune.batch import Look
from pages.shared.plain import plain
from rpo.charts.across.order import order_figure
from rpo.contrast import ContrastMatrix
from rpo.glossary import meaning
from rpo.statistics import OrderHeld, odds_words, order_held, order_words
from rpo.tuning import Tuning
from rpo.voting import AskedOf, Ballots

ASSUMED = (
    "Every weight beside a prompt's own pair assumes an order across prompts: the chosen answer serves its prompt better than "
    "the rejected answer serves the other prompt."
)


def order(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    of, questions = AskedOf(choice.source, choice.encoder, choice.view), Ballots.here().questions
    found = order_held(questions.answers_on(of), len(questions.asked_on(of)))
    st.markdown(ASSUMED, help=meaning("order across prompts"))
    if found.few:
        not_yet(found, of)
        return
    st.markdown(f"On {plain(of.data)}: **{order_words(found)}**")
    st.plotly_chart(
        order_figure(found, contrast, seen.cosines),
        key="order",
        alt="How often the order held, and the weights of the batch, over the cosine of the two prompts",
    )
    st.caption(f"{odds_words(found)} Above: shares with 95 % intervals. Below: a dot for each cell of this batch at the point.")


def not_yet(found: OrderHeld, of: AskedOf) -> None:
    """How people can be asked, or that too few have answered."""
    asked = f"{order_words(found)} " if found.asked else ""
    data, encoder = plain(of.data), plain(of.encoder)
    st.info(f"{asked}A panel can ask people about {data} by {encoder}: Panels, *Also ask about other prompts' answers*.")
    st.page_link("panels.py", label="Panels", icon=":material/groups:", query_params={"across": "true"})
