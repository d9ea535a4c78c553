"""The batch on the page Tune: its data, encoder, size and prompts, and the point that its weights begin at"""

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from pages.shared import deep_link, pickers
from pages.shared.plain import trouble
from pages.shared.session import Session, session
from rpo import preferences
from rpo.components.tau import Board
from rpo.glossary import meaning, these
from rpo.preferences import EMBEDDED, EMBEDDED_LOG
from rpo.settings import range_of
from rpo.spec import Batching
from rpo.tuning import (
    BATCH_SIZES,
    POINT_WORDS,
    TOY,
    WINDOW,
    Point,
    Sample,
    Tuning,
    from_address,
    margins_of,
    point_of,
    refused,
)

PRESETS = {
    "RPO-Paired, τ 0.5": (Point(tau=0.5), EMBEDDED),
    "RPO-Unpaired, τ 0.75": (Point(tau=0.75), EMBEDDED_LOG),
    "DPO, τ → 0": (Point(tau=WINDOW[0]), EMBEDDED),
}
TUNED = (*POINT_WORDS, "M", "seed", "beta", "batches", "reads")  # kept for a return; data and encoder are every page's


@dataclass(frozen=True)
class Look:
    """One batch, the cosines (M, N) of its prompts, and both laid out for the instrument."""

    sample: Sample
    cosines: Any
    board: Board

    @property
    def others(self) -> int:
        """How many rejected answers a row meets besides its own pair's."""
        return len(self.sample.rejected) - self.sample.paired


def set_point(point: Point) -> None:
    """Move the hand from outside: the instrument follows a new turn."""
    session.asked = point
    session.turn += 1
    keep(point)


def keep(point: Point) -> None:
    """Take a point for the one in hand."""
    session.point = point
    if point.by_tau:
        session.tau = point.tau


def first_visit() -> None:
    """What the address asks for, else what was set here before (data and encoder: anywhere before), else the paper's."""
    words = {**session.tuned, **deep_link.everything()}
    data = deep_link.asked("data", session.data)
    session.begin({**from_address(words), Session.tune_data.key: data if data in sources() else EMBEDDED})
    if not session.turn:
        set_point(point_of(deep_link.everything()) or point_of(session.tuned) or Point(tau=session.tau))
        for fault in refused(words):
            trouble(fault, st.warning)


def sources() -> list[str]:
    """What can be picked: the data folder, a hub id that Explore opened, the toy."""
    return pickers.sources(session.data, TOY)


def choose() -> Tuning:
    """The batch: its settings fold away, so that the plane and the matrix stand on the first screen."""
    with st.container(horizontal=True, vertical_alignment="center"):
        folded = st.popover("Batch, encoder, β", icon=":material/tune:", width="content")
        presets()
        beside = st.container(width="content")
    with folded:
        choice = settings()
    with beside:
        return replace(choice, rows=picked(choice.source))


def presets() -> None:
    """Points and data to start from."""
    st.caption("Start from", width="content")
    for name in PRESETS:
        st.button(name, on_click=apply, args=(name,))


def apply(preset: str) -> None:
    """Start from this preset."""
    point, source = PRESETS[preset]
    session.tune_data = source
    set_point(point)


def settings() -> Tuning:
    """All but the prompts that were picked."""
    a, b, c = st.columns(3)
    source = a.selectbox("Data", sources(), key=Session.tune_data.key)
    toy = source == TOY
    encoder = pickers.encoder(b, "tune_encoder", deep_link.asked("encoder", session.encoder), disabled=toy)
    view = pickers.reads(c, key=Session.view.key, disabled=toy)
    drawn = composed(toy)
    left, right = st.columns([2, 1])
    help_ = f"{meaning('log-ratio')} Those of a finished run's held-out rows; before training all are 0."
    margins = left.selectbox("The loss sees", margins_of(source), key=f"margins-{source}", help=help_)
    in_words = f"{meaning('β')} It is not in the weights."
    beta = right.number_input("β", *range_of("beta"), key=Session.beta.key, format="%g", help=in_words)
    return Tuning(source, encoder, view, *drawn, beta, margins)


def composed(toy: bool) -> tuple[int, Batching, int]:
    """How a run composes the batch: M, at random or of near prompts, and the seed."""
    d, e, f = st.columns(3)
    few = f"{meaning('M')} For unpaired data: answers a side."
    size = d.selectbox("M (contrast size)", BATCH_SIZES, key=Session.size.key, help=few, disabled=toy)
    near = "At random, or composed of near prompts, as a run does it"
    batching = e.selectbox("Batches", list(Batching), key=Session.batching.key, help=near, disabled=toy)
    first = "The first batch that a run with this seed meets"
    seed = f.number_input("Batch (seed)", *range_of("seed"), key=Session.seed.key, help=first, disabled=toy)
    return size, batching, seed


def picked(source: str) -> tuple[int, ...]:
    """Row numbers of prompts that were picked on the map or stand in the address, unless they are switched off."""
    lasso = session.take(Session.picked)
    if lasso and source != TOY:
        known = {prompt: row for row, prompt in enumerate(preferences.load(source).prompts)}
        session.rows = tuple(known[prompt] for prompt in lasso if prompt in known)
        session.rows_of = source
    session.begin({Session.rows_of.key: source})
    rows = session.rows if session.rows_of == source else ()
    instead = "They make the batch; switched off, a run composes it of M prompts"
    if not rows or not st.toggle(f"Use {these(len(rows), 'prompt')} picked on the map", value=True, help=instead):
        return ()
    return rows


def remember(choice: Tuning) -> None:
    """For the other pages, for a return to this one, and for the address that can be shared."""
    if not choice.toy:
        session.data, session.encoder = choice.source, choice.encoder
    address = choice.address(session.point)
    session.tuned = {word: address[word] for word in TUNED if word in address}
    deep_link.become(address)
