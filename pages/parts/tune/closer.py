"""A closer look on the page Tune: over τ, which point leads where, how batches are composed, another encoder beside this one"""

from functools import partial
from typing import Any

import streamlit as st

from pages.parts.tune.batch import Look
from pages.parts.tune.visit import GOAL, goal_typed, set_point, show
from pages.shared.job_progress import follow
from pages.shared.plain import plain, trouble
from pages.shared.session import session
from rpo import embeddings, jobs, preferences, tuning
from rpo.charts.contrast import TAUS_DRAWN, matrix_figure, tau_curves_figure
from rpo.contrast import ContrastMatrix, TauCurves
from rpo.glossary import meaning, quantity
from rpo.preferences import View
from rpo.spec import Batching
from rpo.tuning import BATCH_SIZES, BatchCosines, CloserLook, Nearest, Point, Sample, Tuning

LINE = 120  # characters of a prompt that an encoder cuts
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
    others = a.number_input("Effective others wanted", 1.0, most, step=0.5, key=GOAL, on_change=goal_typed)
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


def encoders(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    first, second = (choice.encoder, choice.view), other_encoder(choice)
    if same_for(seen.sample, first, second):
        st.caption("Name another encoder: this one reads the same of these prompts, so both pictures would be one.")
        beside(*first, seen.cosines, seen.sample, contrast, "beside-0")
        return
    cosines = tuning.cosines(seen.sample, preferences.load(choice.source), *second)
    compared(seen, cosines, plain(", ".join(second)))
    for at, (place, side) in enumerate(zip(st.columns(2), ((*first, seen.cosines), (*second, cosines)), strict=True)):
        with place:
            beside(*side, seen.sample, contrast, f"beside-{at}")


def other_encoder(choice: Tuning) -> tuple[str, View]:
    """The second encoder, and what it reads."""
    left, right = st.columns([4, 2])
    asked, display = "A Hugging Face id or a local folder", session.display
    named = left.text_input("Beside it, another encoder", display.beside, placeholder=asked, key="other", help=asked)
    reads = right.selectbox("which reads", list(View), list(View).index(display.beside_reads), key="other-reads")
    show(beside=named.strip(), beside_reads=reads)
    return named.strip() or choice.encoder, reads


def same_for(sample: Sample, one: tuple[str, View], other: tuple[str, View]) -> bool:
    """Whether both encoders are one, and read the same of each prompt."""
    prompts = {*sample.chosen, *sample.rejected}
    return one[0] == other[0] and all(one[1].of(prompt) == other[1].of(prompt) for prompt in prompts)


def beside(name: str, view: View, cosines: Any, sample: Sample, contrast: ContrastMatrix, key: str) -> None:
    st.markdown(f"**{plain(name)}**, {view}")
    weighed = tuning.contrast_of(sample, cosines, session.point, contrast.beta)
    st.plotly_chart(matrix_figure(weighed, sample.chosen, sample.rejected), key=key, alt="Weights of the batch by this encoder")
    st.caption(read(cosines, sample.paired))
    cut(name, view, sample)


def compared(first: Look, second: Any, name: str) -> None:
    paired, point = first.sample.paired, session.point
    shared = tuning.encoder_agreement(first.cosines, second, paired)
    st.markdown(f"They share **{shared:.0%}** of each row's nearest answers. {same_point(first, second, name, paired, point)}")


def same_point(first: Look, second: Any, name: str, paired: bool, point: Point) -> str:
    """What gives the other encoder the point that stands on the left."""
    if not point.by_tau:
        return "Dials mean the same for both: own share and effective others are equal, only which others differ."
    found = tuning.same_point(first.cosines, second, point, paired)
    if found.reached:
        return f"For the point of τ = {point.tau:g} on the left, {name} needs **τ = {found.tau:.3g}**."
    return f"No τ gives {name} the point of τ = {point.tau:g} on the left; the nearest is τ = {found.tau:.3g}."


def read(cosines: Any, paired: bool) -> str:
    """What these cosines come to at the point."""
    found = tuning.shares_at(session.point, cosines, paired)
    return f"{tuning.in_figures(found, cosines.shape[1] - paired)}; their mean cosine is {found.cosine:.3f}".capitalize()


def cut(name: str, view: View, sample: Sample) -> None:
    asked = list(dict.fromkeys((*sample.chosen, *sample.rejected)))
    longer = [view.of(prompt) for prompt, over in zip(asked, embeddings.cut(asked, name, view), strict=True) if over]
    st.caption(f"Prompts it cuts: {len(longer)} of {len(asked)}.")
    if longer:
        with st.expander("Which"):
            for text in longer[:20]:
                st.text(preferences.brief(text, LINE))


CLOSER = {CloserLook.OVER_TAU: over_tau, CloserLook.POINT: adviser, CloserLook.BATCHING: batchings, CloserLook.ENCODERS: encoders}


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
