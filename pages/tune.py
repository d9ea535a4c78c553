"""Tune: what a temperature, or own share and likeness apart, do to one batch, and to many, before any training."""

from typing import Any

import streamlit as st
from streamlit.components import v2

from pages.parts.tune import visit
from pages.parts.tune.batch import Look, choose
from pages.parts.tune.closer import closer, outlook
from pages.parts.tune.use import drafted, offer_dpo, train
from pages.shared import here, hub
from pages.shared.plain import plain, trouble
from pages.shared.session import Session, session
from rpo import embeddings, preferences, tuning
from rpo.components import tau as instrument
from rpo.components.tau import Board, Many
from rpo.contrast import ContrastMatrix
from rpo.errors import RpoError
from rpo.tuning import Point, Sample, Tuning

STYLE = """<style>
:has(> .st-key-stage), .st-key-stage { height: auto !important; flex: none !important; overflow: visible }
.st-key-stage { min-height: clamp(40rem, 100vh - 9rem, 54rem) }
</style>"""  # nothing that moves what is seen first: a page's style comes after its first picture
STAGE = 900  # pixels kept free for the instrument until the style is there: what follows it lies below the first screen


@st.cache_data(max_entries=32, show_spinner=False)
def looked(choice: Tuning) -> tuple[Sample, Any, Board]:
    sample, cosines = choice.batch()
    return sample, cosines, instrument.tau_data(sample, cosines, choice.beta)


def draw(seen: Look, choice: Tuning) -> ContrastMatrix:
    component = v2.component("tau", html=instrument.HTML, css=instrument.CSS, js=instrument.JS)
    data = seen.board.at(session.asked, session.turn, many(choice), session.display)
    with st.container(key="stage", height=STAGE, border=False):
        component(key=Session.instrument.key, data=data, on_point_change=released, on_display_change=displayed)
    if refusal := session.take(Session.trouble):
        trouble(refusal)
    return tuning.contrast_of(seen.sample, seen.cosines, session.point, choice.beta)


def released() -> None:
    try:
        visit.keep(Point.read(session.instrument["point"]))
    except RpoError as error:
        session.trouble = str(error)


def displayed() -> None:
    visit.shown(session.instrument["display"])


def many(choice: Tuning) -> Many | None:
    """What the data's batches say beside this one, once their prompts are embedded: the curve's spread, and what is unrelated."""
    if choice.toy or not embeddings.needs_no_encoder(preferences.load(choice.source).prompts, choice.encoder, choice.view):
        return None
    batches = outlook(choice.of_batches)
    return Many(batches.floor, None if choice.looks else tuning.band_of(batches))


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


@st.fragment
def weigh(seen: Look, choice: Tuning) -> None:
    """All that follows the point: it runs alone when the hand lets go."""
    try:
        contrast = draw(seen, choice)
        figures(seen, choice)
        if not choice.toy:
            offer_dpo(seen, choice, contrast)
            closer(seen, choice, contrast)
    except (RpoError, ValueError) as error:
        trouble(error)
    visit.remember(choice)


here.owner_only()
st.html(STYLE)
try:
    visit.begin()
    choice, pressed = choose()
    if not choice.toy:
        hub.offer(choice.source, choice.encoder)
        hub.need(choice.source, choice.encoder, "Weights need")
    seen = Look(*looked(choice))
    if pressed:
        train(drafted(seen, choice))
    weigh(seen, choice)
except (RpoError, ValueError) as error:
    trouble(error)
