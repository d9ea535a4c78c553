"""Train: describe a run or a sweep of runs, see what it needs, start it; runs live in processes of their own."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.parts.train.from_file import from_file
from pages.parts.train.spec_form import axes, explained, filled
from pages.shared import deep_link, here, hub
from pages.shared.kept import lasting
from pages.shared.plain import plain, trouble
from pages.shared.session import session
from pages.shared.to_train import begin_from
from rpo import preferences, resources, runs, tokens, weights
from rpo.errors import RpoError
from rpo.presets import PAPER_PRESETS
from rpo.settings import in_address, of_address
from rpo.spec import PRESETS, RunSpec


def starting_point() -> RunSpec:
    drafts = drafted()
    presets = drafts | PRESETS
    left, right, file = st.columns([6.7, 2.6, 1.7], vertical_alignment="bottom")
    first, turn = next(iter(presets)), session.form_turn
    name = left.segmented_control("Start from", list(presets), default=first, required=True, **lasting(f"preset {turn}"))
    of_paper = {"placeholder": "7B and 13B models, as published", **lasting(f"paper {turn}")}
    paper = right.selectbox("or from the paper's set-ups", list(PAPER_PRESETS), None, **of_paper)
    with file:
        from_file()
    if name in drafts and (words := session.draft_words):
        st.caption(f":material/info: {plain(words)}")
    return session.fitted or (PAPER_PRESETS[paper] if paper else presets[name])


def drafted() -> dict[str, RunSpec]:
    """What another page or the address sent, under a name that says what it brings."""
    try:
        draft = sent()
        return {} if draft is None else {session.draft_name: RunSpec(**draft)}
    except RpoError as error:
        trouble(f"What was sent here makes no run: {error}", st.warning)
        return {}


def sent() -> Mapping[str, Any] | None:
    """A draft of another page; else, when the app is opened here, what the address says."""
    first, session.addressed = not session.addressed, True
    if first and session.draft is None and (fields := of_address(deep_link.everything())):
        begin_from(fields, "From the address")
    return session.draft


def where() -> tuple[int, runs.Backend]:
    left, right = st.columns([1, 3])
    processes = left.number_input("Processes", 1, 64, 1, help="Together on each batch; the objective stays the same")
    address = right.text_input("Where", placeholder="this machine; or a Ray cluster's dashboard, like http://127.0.0.1:8265")
    return processes, runs.RayCluster(address) if address.strip() else runs.THIS_MACHINE


@st.cache_data(ttl=30, max_entries=32, show_spinner="Weighing the run")
def needs(spec: RunSpec, processes: int) -> runs.Need:
    return runs.need(spec, processes)


@st.cache_data(ttl=30, max_entries=32, show_spinner="Weighing the runs")
def sweep_time(specs: tuple[RunSpec, ...]) -> resources.TimeSpan:
    return runs.sweep_time(specs)


def fit(spec: RunSpec) -> None:
    session.fitted = spec
    session.form_turn += 1


def asked(spec: RunSpec, processes: int) -> runs.Need | None:
    """What a run needs, if its model is here; what cannot work is said, and the page goes on."""
    try:
        return needs(spec, processes) if weights.ready(spec.model) else None
    except RpoError as error:
        trouble(error)
        return None


def weighed(spec: RunSpec, processes: int) -> bool:
    found = asked(spec, processes)
    if found is None:
        return False
    if found.refusal is None:
        st.caption(f":material/memory: {plain(found.words)}")
        st.caption(f":material/view_agenda: {plain(found.layout)}")
    else:
        trouble(found.refusal, st.warning)
        if found.nearest is not None:
            st.button("Use the setting that fits", on_click=fit, args=(found.nearest,), icon=":material/compress:")
    if found.cuts is not None:
        cut_texts(spec, found.cuts)
    return found.refusal is None


def cut_texts(spec: RunSpec, cuts: tokens.Cuts) -> None:
    st.caption(f":material/content_cut: {plain(cuts.words)} {plain(cuts.marks)} {plain(cuts.note)}")
    if words := cuts.proposed(spec):
        why = "They cut at most 5 % of the prompts and of the answers, and take more memory and time"
        st.button(f"Use {words}", on_click=fit, args=(cuts.longer(spec),), icon=":material/expand:", help=why)


def together(spec: RunSpec) -> str:
    if not spec.objective.contrasts:
        return f"{spec.objective} contrasts no prompts: τ plays no part, and M is the batch."
    return f"{spec.weights_in_words} mean something only together with the encoder, {plain(spec.encoder)}: keep them together."


def new_run() -> None:
    base = starting_point()
    spec = RunSpec(**filled(base, {"data": preferences.data_folder()}))
    deep_link.become(in_address(spec))
    st.caption(together(spec))
    one, many = st.tabs(["One run", "A sweep of runs"])
    with one:
        processes, place = where()
        fits = place != runs.THIS_MACHINE or weighed(spec, processes)
        if st.button("Start the run", type="primary", icon=":material/play_arrow:", disabled=not fits):
            begin(spec, processes, place)
    with many:
        sweep(spec)


def begin(spec: RunSpec, processes: int, place: runs.Backend) -> None:
    session.watched = runs.start(spec, processes=processes, place=place).name
    del session.draft, session.draft_name, session.draft_words, session.fitted
    st.switch_page("watch.py")


def sweep(spec: RunSpec) -> None:
    st.caption("Every combination is run, one after the other, and compared with the spread over seeds. Empty: as above.")
    varied = axes()
    for objective in varied.get("objective", ()):
        explained(objective)
    specs = runs.grid(spec, varied)
    count, one = len(specs), asked(spec, 1)
    words = f"{count} run{'s' * (count > 1)}"
    if one:
        words += f", {(sweep_time(specs) if varied else one.time).words} on this machine"
    st.caption(f"{words}.")
    if st.button("Start the sweep", icon=":material/grid_on:", disabled=count < 2 or one is None):
        session.sweep = runs.start_sweep(spec, varied).name
        st.switch_page("watch.py")


here.owner_only()
st.title("Train")
st.markdown("Describe a run, or a sweep of runs. They go on in the background when you close this page.")
if not weights.ready(weights.MODEL):
    st.info(f"The demo model {hub.lacking()}. A local folder or a hub id works without.")
    hub.to_set_up()
try:
    new_run()
except RpoError as error:
    trouble(error)
if runs.all_runs():
    st.page_link("watch.py", label="Watch the runs there are", icon=":material/monitoring:")
