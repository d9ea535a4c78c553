"""The step of the page Learn in which three methods train while one watches."""

import streamlit as st
from streamlit.components import v2

from pages.parts.learn.stage import Scene
from pages.shared.session import Session, session
from rpo.components import lab
from rpo.teaching.guesses import GUESSES
from rpo.teaching.lesson import SHOWN_AND_NOT
from rpo.teaching.steps import LessonStep


def picture(_free: bool) -> None:
    """The lab; it does not run before the guess, beside which it sets what happened."""
    guessed = session.guesses.get(LessonStep.LAB)
    verdict = GUESSES[LessonStep.LAB].beside(guessed) if guessed else ""
    component = v2.component("lab", html=lab.HTML, css=lab.CSS, js=lab.JS)
    data = lab.lab_data(session.lab_settings, verdict, session.projector)
    component(key=Session.lab.key, data=data, on_settings_change=turned)


def turned() -> None:
    """Remember what was set."""
    session.lab_settings = lab.settings_of(session.lab["settings"])


def words() -> None:
    """What is shown, and what is not."""
    st.caption(SHOWN_AND_NOT)


LAB = Scene(picture, words, early=True, room=440)
