"""How the page Learn shows a step: first the guess, then the picture, then the words; on a projector the picture alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from streamlit.components import v2

from pages.shared.session import Session, session
from rpo.components import lesson
from rpo.components.lesson import Picture
from rpo.teaching.guesses import GUESSES, PAPERS
from rpo.teaching.lesson import in_large_letters
from rpo.teaching.steps import LessonStep
from rpo.teaching.two import shown_of


@dataclass(frozen=True)
class Scene:
    """A step's one picture, drawn free to move or not, and its words.

    `early`: the picture stands there before the guess. `room`: how high it is at least, in pixels, so that nothing below it moves
    when the browser has drawn it.
    """

    picture: Callable[[bool], None]
    words: Callable[[], None]
    early: bool = False
    room: int = 1


def show(step: LessonStep, scene: Scene) -> None:
    """The step as far as the reader has guessed."""
    with st.container(key="lesson-step"):
        free = ask(step)
        if not (free or scene.early):
            st.caption("Choose first. There is no score: the picture shows what happens, the recap both side by side.")
        elif session.projector:
            projected(step, scene, free)
        else:
            drawn(step, scene, free)
            if free:
                scene.words()


def drawn(step: LessonStep, scene: Scene, free: bool) -> None:
    """The picture, in a place that is as large as it will be."""
    with st.container(horizontal=True, gap=None):
        with st.container():
            scene.picture(free)
        st.container(width=1, height=scene.room, border=False)


def more(label: str, draw: Callable[[], None]) -> None:
    """What can be looked at besides; not on a projector, where a step has one picture."""
    if not session.projector:
        with st.expander(label):
            draw()


def projected(step: LessonStep, scene: Scene, free: bool) -> None:
    """The picture alone, or with the text beside it."""
    place, text = st.columns([2, 1]) if session.beside else (st.container(), None)
    with place:
        drawn(step, scene, free)
    if text and free:
        with text:
            scene.words()


def ask(step: LessonStep) -> bool:
    """Ask this step's question, or say what became of the guess; whether the reader may go on."""
    guess, guessed = GUESSES.get(step), session.guesses.get(step)
    if not guess:
        return True
    with st.container(horizontal=True, vertical_alignment="center", key="guess"):
        if guessed is None:
            st.markdown(f"**Your guess:** {guess.question}", width="content")
            for answer in guess.answers:
                st.button(answer, key=f"guess-{answer}", on_click=keep, args=(step, answer))
        elif step is LessonStep.LAB:
            st.markdown(f"You guessed: **{guessed.lower()}**. Press **Run**, watch E; then turn τ down to 0.05 and up to 5.")
        else:
            st.markdown(guess.verdict(guessed, session.shown))
    return guessed is not None


def keep(step: LessonStep, answer: str) -> None:
    """Remember a guess; a question that names a temperature is answered at this one."""
    session.guesses = {**session.guesses, step: answer}
    if step is LessonStep.TAU:
        session.shown = replace(session.shown, tau=PAPERS)
        session.lesson_turn += 1


def follow(step: LessonStep, free: bool) -> None:
    """The picture of this step that follows the hand."""
    data = lesson.lesson_data(Picture(step, session.shown, session.preferred, free, session.projector, session.lesson_turn))
    component = v2.component("lesson", html=lesson.HTML, css=lesson.CSS, js=lesson.JS)
    component(key=Session.lesson.key, data=data, on_shown_change=moved, on_preferred_change=preferred)


def moved() -> None:
    """What the hand let go of; the browser's word, so read as an address is."""
    session.shown = shown_of(session.lesson["shown"])


def preferred() -> None:
    """Which answer was clicked."""
    session.preferred = 1 if session.lesson["preferred"] == 1 else 0


def chart(figure: Any, key: str, alt: str) -> None:
    """A figure, in large letters on a projector."""
    st.plotly_chart(in_large_letters(figure) if session.projector else figure, key=key, alt=alt)
