"""A run that begins from a file on the page Train: one that Watch or `rpo spec` wrote, uploaded or pasted."""

import streamlit as st

from pages.shared.plain import trouble
from pages.shared.session import session
from pages.shared.to_train import begin_from
from rpo.errors import RpoError
from rpo.spec_files import SpecFile, read_spec

WHAT = "Settings as YAML or JSON. *Watch* gives those of a run for download. What the file leaves out stays at its default."
EXAMPLE = "objective: rpo-paired\ntau: 0.3\nsteps: 48"


def from_file() -> None:
    turn = session.form_turn  # what was brought is on the form: the fields here are empty again
    with st.popover("From a file", icon=":material/upload_file:", key=f"from file {turn}", width="stretch"):
        st.caption(WHAT)
        file = st.file_uploader("A file", type=["yaml", "yml", "json"], key=f"spec file {turn}")
        text = st.text_area("or paste it", placeholder=EXAMPLE, height=160, key=f"spec text {turn}")
        if st.button("Begin from it", type="primary", disabled=file is None and not text.strip(), key="begin-from-file"):
            begin("what was pasted", text) if file is None else begin(file.name, file.getvalue().decode("utf-8-sig", "replace"))


def begin(name: str, text: str) -> None:
    try:
        found = read_spec(text, name)
    except RpoError as error:
        trouble(error)
        return
    begin_from(found.spec.as_dict(), "From a file", f"From {name}.{of_sweep(found)}")
    st.rerun()


def of_sweep(found: SpecFile) -> str:
    """What of a file does not come to this form."""
    sweep = "Its sweep is not on this form: choose the values below, or start it in a terminal with rpo train FILE."
    return f" {sweep}" * bool(found.sweep)
