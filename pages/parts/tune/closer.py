"""A closer look on the page Tune: over τ, which point leads where, how batches are composed"""

from functools import partial

import streamlit as st

from pages.parts.tune.batch import Look
from pages.parts.tune.beside import encoders
from pages.parts.tune.order import order
from pages.parts.tune.visit import GOAL, goal_typed, set_point, show
from pages.shared.job_progress import follow
from pages.shared.plain import plain, trouble
from pages.shared.session import session
from rpo import embeddings, jobs, tuning
from rpo.charts.contrast import TAUS_DRAWN, tau_curves_figure
from rpo.contrast import ContrastMatrix, TauCurves
from rpo.glossary import meaning, quantity
from rpo.spec import Batching
from rpo.tuning import BATCH_SIZES, BatchCosines, CloserLook, Nearest, Tuning

WAITING = "All prompts are embedded first: "


@st.cache_data(max_entries=32, show_spinner=False)
def outlook(choice: Tuning, batching: Batching | None = None) -> BatchCosines:
    return tuning.batches_seen(choice, batching)


@st.cache_data(max_entries=16, show_spinner="Following τ over many batches")
def curves(choice: Tuning) -> dict[int, TauCurves]:
    return tuning.curves_of(choice, TAUS_DRAWN, BATCH_SIZES[1:-1])


@st.cache_data(max_entries=64, show_spinner="Following τ over many batches")
def nearest(choice: Tuning, own: float | None, others: float) -> Nearest:
    return tuning.nearest_tau(outlook(choice), own, others)


def over_tau(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    found = curves(choice.of_batches)
    if not found:
        st.info("There are too few training rows for batches of 4.")
        return
    st.plotly_chart(
        tau_curves_figure(found, contrast.tau, len(seen.sample.chosen)),
        key="curves",
        alt="Own share and effective others over τ, a line for each M",
    )
    many = f"Means over {choice.batching} batches of one epoch (16 at most), bands from 5 to 95 % of them; dashed: τ now."
    st.caption(f"Of {batches(choice)}; dashed: τ now." if choice.looks else many)


def batches(choice: Tuning) -> str:
    """Which batches the figures below are of."""
    return tuning.batches_in_words(choice, outlook(choice.of_batches))


def adviser(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    left, right = st.columns([2, 4], vertical_alignment="center")
    with left:
        own, others = wanted(seen.others, seen.sample.paired)
    found = nearest(choice.of_batches, own, others)
    with right:
        leads(found, choice)
        st.button("Set it", on_click=set_point, args=(found.point,), help="Moves the hand in the plane above")
        if not choice.looks:
            st.caption("The goal on the bars above is met by the batch on the screen alone; this τ meets it on average.")


def wanted(count: int, paired: bool) -> tuple[float | None, float]:
    """The own share (none for unpaired data) and the effective others, of `count`, that are asked for."""
    a, b = st.columns(2)
    most = float(max(2, count))
    session.put(GOAL, min(session.display.goal, most))
    means = meaning("likeness" if paired else "effective contrasts")
    others = a.number_input("Effective others wanted", 1.0, most, step=0.5, key=GOAL, on_change=goal_typed, help=means)
    if not paired:
        return None, others
    show(own=b.number_input("Own share wanted", 0.0, 1.0, session.display.own, step=0.05))
    return session.display.own, others


def leads(found: Nearest, choice: Tuning) -> None:
    """Where the nearest τ leads, and what leads to the point where none does."""
    setting = f"with {plain(choice.encoder)}, mean over {batches(choice)}"
    there = tuning.in_figures(found.there, found.count)
    if found.reached:
        st.markdown(f"**τ = {found.tau:.3g}** leads there {setting}: {there}.")
    else:
        st.markdown(f"**No τ leads there** {setting}. The nearest, τ = {found.tau:.3g}, gives {there}. The two dials do.")


def batchings(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    kinds = [choice.batching] if choice.looks else list(Batching)
    looks = {kind: outlook(choice.of_batches, kind) for kind in kinds}
    for place, (kind, one) in zip(st.columns(len(kinds)), looks.items(), strict=True):
        with place.container(border=True):
            title = "These prompts" if choice.looks else f"{kind}"
            composition(title, one)
    floor = next(iter(looks.values())).floor
    at = session.point.words(seen.others, seen.sample.paired)
    said = f"95 % of random pairs of {plain(choice.source)} lie below cosine {floor:.2f} for {plain(choice.encoder)}."
    st.caption(f"At {at}. Floor: {said}")


def composition(title: str, one: BatchCosines) -> None:
    """What such batches hold of related prompts, and where the point puts the weight."""
    related = tuning.relatedness(one, session.point)
    above = f"Others whose cosine lies above the floor. {meaning('random-pair floor')}"
    under = "Share of the weight on answers whose prompts' cosine lies under the floor"
    st.markdown(f"**{title}**, {quantity(related.batches, 'batch', 'batches')} of {one.cosines.shape[1]}")
    with st.container(horizontal=True):
        st.metric("Related prompts a row", f"{related.related:.1f}", help=above)
        st.metric("Weight on unrelated ones", f"{related.under_floor:.0%}", help=under)
        st.metric("Effective others", f"{related.others:.2f}", help=meaning("likeness"))
    own = f", {related.own:.0%} of the weight stays on the prompt's own pair" if one.paired else ""
    st.caption(f"{related.related_low:.1f} to {related.related_high:.1f} related prompts in 90 % of the batches{own}.")


CLOSER = {
    CloserLook.OVER_TAU: over_tau,
    CloserLook.POINT: adviser,
    CloserLook.BATCHING: batchings,
    CloserLook.ENCODERS: encoders,
    CloserLook.ORDER: order,
}


def closer(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    options = {"default": session.display.panel, "key": "closer", "required": True}
    panel = st.segmented_control("Look closer", list(CloserLook), **options)
    show(panel=panel)
    folder = embeddings.request_map(choice.source, choice.encoder, choice.view)
    if embeddings.method(folder):
        CLOSER[panel](seen, choice, contrast)
        return
    state = jobs.look(folder)
    if state.active:
        follow(folder, WAITING, partial(embeddings.method, folder))
    else:
        trouble(f"The prompts were not embedded: {state.message}")
