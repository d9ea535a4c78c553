"""The bar of the page Learn: its title, the steps, on and back, and what a teacher needs."""

import streamlit as st

from pages.shared.session import Session, session
from rpo.teaching.sheet import minutes_in_class, sheet
from rpo.teaching.steps import ALL_STEPS, beside, in_menu

LARGE = (
    "<style>.st-key-lesson-step :is(p, li, td, th) { font-size: 22px } .st-key-lesson-step .katex { font-size: 1.4em } "
    ".st-key-lesson-step .katex-display { padding: 0.3em 0 }</style>"
)


def bar() -> None:
    """Draw it; the arrow keys turn the steps."""
    now = session.learn
    with st.container(horizontal=True, vertical_alignment="center", key="lesson-bar"):
        st.title("Learn", width="content", anchor=False)
        steps()
        if session.projector:
            st.toggle("Text", key=Session.beside.key, help="The text beside the picture", persist_state="session")
        st.space("stretch")
        st.button("Back", shortcut="left", on_click=turn, args=(-1,), disabled=now is ALL_STEPS[0])
        last = now is ALL_STEPS[-1]
        st.button("Next", shortcut="right", type="primary", on_click=turn, args=(1,), disabled=last)
        teach()
    if session.projector:
        st.html(LARGE)


def steps() -> None:
    """The steps, of which one is open."""
    st.segmented_control(
        "Step",
        ALL_STEPS,
        format_func=in_menu,
        key=Session.learn.key,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
        wrap=True,
    )


def turn(places: int) -> None:
    """Go on by so many steps."""
    session.learn = beside(session.learn, places)


def teach() -> None:
    """The projector and the sheet."""
    with st.popover("Teach", icon=":material/co_present:", width="content"):
        letters = "Large letters, one picture a step; the text stands beside it on a click."
        st.toggle("Projector", key=Session.projector.key, help=letters, persist_state="session")
        download("bar")
        st.caption(f"One page to print: what to ask, what they should see, about {minutes_in_class()}.")


def download(place: str) -> None:
    """The teacher's sheet as a file."""
    name, key = "learn-teachers-sheet.html", f"sheet-{place}"
    st.download_button("Teacher's sheet", sheet(), name, "text/html", key, on_click="ignore", icon=":material/print:")
