"""The step on τ of the page Learn: eight real prompts, a question, its answer under the reader's own hand; and a closer look."""

from functools import partial
from typing import Any

import streamlit as st
from streamlit.components import v2

from pages.parts.learn.stage import Scene, chart, follow
from pages.parts.learn.tuned import offer_eight
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
from rpo.teaching.guesses import PAPERS
from rpo.teaching.steps import LessonStep
from rpo.teaching.toy import Toy
from rpo.tuning import Point


def words() -> None:
    """What the bars are; the plane and its training on a click."""
    st.caption(
        "Eight real prompts as all-MiniLM-L6-v2 sees them, M = N = 8. Orange: the own rejected answer. Indigo: the seven others, "
        "the nearest first. A prompt has cosine 1 with itself and all others are far from that: so one τ decides two things."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        offer_eight("tau")
        if not session.projector:
            label = "A closer look: two dials, and what training makes of the weights"
            st.toggle(label, key=Session.closer_look.key, persist_state="session")
    if session.closer_look and not session.projector:
        drag()
        learned()


@st.cache_data(show_spinner=False)
def board() -> Board:
    sample = tuning.picked(preferences.load(EMBEDDED), eight.EIGHT_PROMPTS, 0)
    return instrument.tau_data(sample, eight.eight_cosines(), 0.1)


def drag() -> None:
    st.markdown(
        "Drag the dot along the thick curve: that is τ. Then leave the curve: with **two dials** you choose the own share and "
        "the number of others separately, which no τ can."
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
    st.markdown(
        f"**And then it trains**: the small world of the next step, by RPO at τ = {tau:g}. Press Play, or move the slider."
    )
    seen = trained(tau)
    chart(margins_figure(seen, names, names), "lesson-margins", "Margins of the batch while it learns")
    st.caption(in_words(seen.shares, len(names)))


def in_words(shares: Any, size: int) -> str:
    start, end = (f"{float(shares.own[place]):.0%}" for place in (0, -1))
    return (
        f"A matrix of {size} × {size}; a cell is β times (log-ratio of the row's chosen answer − log-ratio of the column's "
        "rejected one). Blue: the model prefers the chosen answer. The own pairs are on the diagonal. They get "
        f"{start} of the gradient at the start and {end} at the end. Near others have a cosine above {shares.split:.2f}, the "
        f"median; the rest are far. Saturated: β · margin is {WIDE:g} or more away from 0."
    )


TAU = Scene(partial(follow, LessonStep.TAU), words, room=352)
