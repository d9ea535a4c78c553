"""The step on τ of the page Learn: a question, its answer on the reader's own drag, and what training makes of the weights."""

from typing import Any

import streamlit as st
from streamlit.components import v2

from pages.shared.plain import trouble
from pages.shared.session import Session, session
from rpo import preferences, tuning
from rpo.charts.contrast import margins_figure
from rpo.components import tau as instrument
from rpo.components.tau import Board
from rpo.contrast import WIDE, MarginsOverTraining
from rpo.errors import RpoError
from rpo.preferences import EMBEDDED
from rpo.teaching import eight, toy
from rpo.teaching.toy import Toy
from rpo.tuning import Point

PAPERS, COLD = 0.5, 0.05  # τ of the question, and one at which likeness does decide
ANSWERS = ("Yes", "No")
OTHERS = len(eight.EIGHT_PROMPTS) - 1


@st.fragment
def likeness() -> None:
    st.markdown(
        "Here are **eight real prompts**, as the encoder all-MiniLM-L6-v2 sees them. In each row RPO shares out a weight of 1. "
        "One part goes to the rejected answer to the **same** prompt: the *own share*. The rest goes to the answers to the seven "
        "**other** prompts. One number, τ, decides both."
    )
    asked = f"At τ = {PAPERS:g}, the paper's value for pairs, does likeness decide which other answers count?"
    if st.radio(asked, ANSWERS, index=None, horizontal=True, key=Session.guess.key) is None:
        st.caption("Choose first. Then the answer appears, and you can try it yourself.")
        return
    answer()
    drag()
    learned()


def answer() -> None:
    (seen, chance), (cold, _) = eight.eight_at(PAPERS), eight.eight_at(COLD)
    right = "You are right, it does not." if session.guess == "No" else "It does not."
    st.success(
        f"**{right}** At τ = {PAPERS:g} the own answer gets {seen.own:.0%}. The rest is spread over **{seen.others:.1f} of "
        f"{OTHERS}** others, so almost evenly. Random vectors give nearly the same: {chance.own:.0%} and {chance.others:.1f}. "
        f"**Why?** A prompt has cosine 1 with itself, and all others are far from that. At τ = {COLD:g} likeness does decide "
        f"({cold.others:.1f} of {OTHERS}), but there the own answer has {cold.own:.0%}, and that is DPO."
    )


@st.cache_data(show_spinner=False)
def board() -> Board:
    sample = tuning.picked(preferences.load(EMBEDDED), eight.EIGHT_PROMPTS, 0)
    return instrument.tau_data(sample, eight.eight_cosines(), 0.1)


def drag() -> None:
    st.markdown(
        "**Try it.** Drag the dot along the thick curve. 0.5 and 0.75 are the paper's values for pairs and for single answers; "
        "0.25 is marked beside them. Read the sentence while you drag. Then leave the curve: with **two dials** you choose the "
        "own share and the number of others separately, which no τ can."
    )
    component = v2.component("tau", html=instrument.HTML, css=instrument.CSS, js=instrument.JS)
    component(key=Session.lesson_plane.key, data=board().at(Point(tau=PAPERS), 1), on_point_change=dragged)
    if refusal := session.take(Session.trouble):
        trouble(refusal)


def dragged() -> None:
    try:
        session.lesson_point = Point.read(session.lesson_plane["point"])
    except RpoError as error:
        session.trouble = str(error)


@st.cache_data(max_entries=32, show_spinner=False)
def trained(tau: float) -> MarginsOverTraining:
    return toy.toy_margins(Toy(paired=True), tau)


def learned() -> None:
    point, world = session.lesson_point, Toy(paired=True)
    tau = point.tau if point.by_tau else PAPERS
    names = [f"prompt {toy.PROMPT_NAMES[place]}" for place in world.liked]
    st.markdown(f"**And then it trains**: the small world of step 5, by RPO at τ = {tau:g}. Press Play, or move the slider.")
    seen = trained(tau)
    st.plotly_chart(margins_figure(seen, names, names), key="lesson-margins", alt="Margins of the batch while it learns")
    st.caption(in_words(seen.shares, len(names)))


def in_words(shares: Any, size: int) -> str:
    start, end = (f"{float(shares.own[place]):.0%}" for place in (0, -1))
    return (
        f"A matrix of {size} × {size}; a cell is β times (log-ratio of the row's chosen answer − log-ratio of the column's "
        "rejected one). Blue: the model prefers the chosen answer. The own pairs are on the diagonal. They get "
        f"{start} of the gradient at the start and {end} at the end. Near others have a cosine above {shares.split:.2f}, the "
        f"median; the rest are far. Saturated: β · margin is {WIDE:g} or more away from 0."
    )
