"""Tune: what a temperature, or own share and likeness apart, do to one batch, and to many, before any training."""

from typing import Any

import streamlit as st
from streamlit.components import v2

from pages.parts.tune.batch import Look, choose, first_visit, keep, remember
from pages.parts.tune.closer import closer, largest, spread
from pages.shared import here, hub
from pages.shared.plain import plain, trouble
from pages.shared.session import Session, session
from rpo import embeddings, tuning
from rpo.components import tau as instrument
from rpo.components.tau import Board
from rpo.contrast import ContrastMatrix
from rpo.errors import RpoError
from rpo.tuning import WINDOW, Point, Sample, Tuning


@st.cache_data(max_entries=32, show_spinner="Composing the batch")
def looked(choice: Tuning) -> tuple[Sample, Any, Board]:
    sample, cosines = choice.batch()
    return sample, cosines, instrument.tau_data(sample, cosines, choice.beta)


def draw(seen: Look, choice: Tuning) -> ContrastMatrix:
    component = v2.component("tau", html=instrument.HTML, css=instrument.CSS, js=instrument.JS)
    data = seen.board.at(session.asked, session.turn, band(choice))
    component(key=Session.instrument.key, data=data, on_point_change=released)
    if refusal := session.take(Session.trouble):
        trouble(refusal)
    return tuning.contrast_of(seen.sample, seen.cosines, session.point, choice.beta)


def released() -> None:
    try:
        keep(Point.read(session.instrument["point"]))
    except RpoError as error:
        session.trouble = str(error)


def band(choice: Tuning) -> dict[str, Any] | None:
    """The curve's spread over the data's batches, once their prompts are embedded; batches of picked prompts have no others."""
    if choice.toy or choice.rows or choice.size > largest(choice.source):
        return None
    folder = embeddings.request_map(choice.source, choice.encoder, choice.view)
    return spread(choice.source, choice.encoder, choice.view, choice.size, choice.batching) if embeddings.method(folder) else None


def named(seen: Look, choice: Tuning) -> str:
    """The point with what it means nothing without: M and the encoder."""
    rows, columns = len(seen.sample.chosen), len(seen.sample.rejected)
    size = rows if rows == columns else f"{rows} × {columns}"
    return f"{session.point.words(seen.others, seen.sample.paired)}, M = {size}, {source_of_cosines(choice)}"


def source_of_cosines(choice: Tuning) -> str:
    return "the toy" if choice.toy else plain(choice.encoder)


def figures(seen: Look, choice: Tuning) -> None:
    found = tuning.shares_at(session.point, seen.cosines, seen.sample.paired)
    together = "τ means nothing without the other two." if session.point.by_tau else "It means the same for every encoder."
    meant = tuning.sentence(found.own, found.others, seen.others)
    st.caption(f"At {named(seen, choice)}: **{tuning.in_figures(found, seen.others)}**. {meant} {together}")
    against = tuning.contradictions(seen.sample, seen.cosines, session.point)
    if against is not None:
        out = "Train can leave these cells out: *True contrasts only*, beside the weights." if seen.sample.paired else ""
        st.caption(f":material/error: {plain(against.words)} {against.by_cosine} {out}")


def use(seen: Look, contrast: ContrastMatrix, choice: Tuning) -> None:
    paired, point = seen.sample.paired, session.point
    draft = choice.draft(point, min(contrast.weights.shape), paired)
    with st.container(horizontal=True, vertical_alignment="center"):
        if paired and (point.tau <= WINDOW[0] if point.by_tau else point.own_share == 1):
            use_dpo(draft, contrast)
        elif st.button(
            f"Use this {'τ' if point.by_tau else 'point'} for a run", type="primary", icon=":material/model_training:"
        ):
            train(draft)


def use_dpo(draft: dict[str, Any], contrast: ContrastMatrix) -> None:
    if st.button("Draft a DPO run", type="primary", icon=":material/model_training:"):
        train({**{name: draft[name] for name in draft if name not in session.point.settings(True)}, "objective": "dpo"})
    if st.button("Use it for an RPO run"):
        train(draft)
    st.caption(
        "Here each prompt meets its own pair alone: that is DPO, a contrast of size M = 1, "
        f"but for the factor {contrast.gradient_scale:.3f} of the gradient."
    )


def train(draft: dict[str, Any]) -> None:
    session.draft, session.draft_words = draft, ""
    st.switch_page("train.py")


@st.fragment
def weigh(seen: Look, choice: Tuning) -> None:
    """All that follows the point: it runs alone when the hand lets go."""
    try:
        remember(choice)
        contrast = draw(seen, choice)
        figures(seen, choice)
        if not choice.toy:
            use(seen, contrast, choice)
            closer(seen, choice, contrast)
    except (RpoError, ValueError) as error:
        trouble(error)


here.owner_only()
st.title("Tune")
first_visit()
try:
    choice = choose()
    if not choice.toy:
        hub.offer(choice.source, choice.encoder)
        hub.need(choice.source, choice.encoder, "Weights need")
    weigh(Look(*looked(choice)), choice)
except (RpoError, ValueError) as error:
    trouble(error)
