"""The last step of the page Learn: each guess beside what happened, three sentences to keep, and where to go on."""

import streamlit as st

from pages.parts.learn.bar import download
from pages.parts.learn.stage import Scene
from pages.parts.learn.tuned import offer_eight, offer_two
from pages.shared.session import session
from rpo.teaching.guesses import GUESSES, KEEP
from rpo.teaching.steps import LessonStep, in_menu
from rpo.teaching.two import answers_of_two


def picture(_free: bool) -> None:
    """The guesses as a table, which is the step's one picture."""
    made = [step for step in GUESSES if step in session.guesses]
    if not made:
        st.info("You have not guessed yet: each step before this one begins with a question.")
        return
    head = "| step | guess | it is | because |\n|---|---|---|---|\n"
    st.markdown(head + "\n".join(row(step) for step in made))


def row(step: LessonStep) -> str:
    """A step's guess beside what happened, as a row of a table."""
    guess = GUESSES[step]
    because, name = guess.why(session.shown).replace("**", ""), in_menu(step).replace(" ", "\u00a0")
    return f"| {name} | {session.guesses[step]} | **{guess.right}** | :small[{because}] |"


def words() -> None:
    """Three sentences, and what to do with them."""
    st.markdown("**Three sentences to keep**\n\n" + "\n".join(f"{place}. {one}" for place, one in enumerate(KEEP, 1)))
    if session.preferred is not None:
        same = "the one that you clicked" if session.preferred == answers_of_two()["authors"] else "the other one"
        st.caption(f"Of the first two answers, whoever wrote the data prefers {same}.")
    with st.container(horizontal=True):
        offer_two("recap")
        offer_eight("recap")
        download("recap")


RECAP = Scene(picture, words)
