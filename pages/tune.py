"""Tune: what a temperature, or own share and likeness apart, do to one batch, and to many, before any training."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st
from streamlit.components import v2

from pages.shared import deep_link, here, hub, pickers
from pages.shared.job_progress import follow
from pages.shared.plain import plain, trouble
from pages.shared.session import Session, session
from rpo import embeddings, jobs, preferences, tuning
from rpo.charts.contrast import TAUS_DRAWN, matrix_figure, tau_curves_figure
from rpo.components import tau as instrument
from rpo.components.tau import Board
from rpo.contrast import ContrastMatrix, TauCurves
from rpo.errors import RpoError
from rpo.glossary import meaning, quantity, these
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, View
from rpo.settings import range_of
from rpo.spec import Batching
from rpo.tuning import (
    BATCH_SIZES,
    POINT_WORDS,
    TOY,
    WINDOW,
    BatchCosines,
    Nearest,
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
WAITING = "All prompts are embedded first: "
TUNED = (*POINT_WORDS, "M", "seed", "beta", "batches", "reads")  # kept for a return; data and encoder are every page's


LINE = 120  # characters of a prompt that an encoder cuts


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
    session.point = point
    if point.by_tau:
        session.tau = point.tau


def released() -> None:
    try:
        keep(Point.read(session.instrument["point"]))
    except RpoError as error:
        session.trouble = str(error)


def apply(preset: str) -> None:
    point, source = PRESETS[preset]
    session.tune_data = source
    set_point(point)


def presets() -> None:
    st.caption("Start from", width="content")
    for name in PRESETS:
        st.button(name, on_click=apply, args=(name,))


def sources() -> list[str]:
    """What can be picked: the data folder, a hub id that Explore opened, the toy."""
    return pickers.sources(session.data, TOY)


def first_visit() -> None:
    """What the address asks for, else what was set here before (data and encoder: anywhere before), else the paper's."""
    words = {**session.tuned, **deep_link.everything()}
    data = deep_link.asked("data", session.data)
    session.begin({**from_address(words), Session.tune_data.key: data if data in sources() else EMBEDDED})
    if not session.turn:
        set_point(point_of(deep_link.everything()) or point_of(session.tuned) or Point(tau=session.tau))
        for fault in refused(words):
            trouble(fault, st.warning)


def choose() -> Tuning:
    """The batch: its settings fold away, so that the plane and the matrix stand on the first screen."""
    with st.container(horizontal=True, vertical_alignment="center"):
        folded = st.popover("Batch, encoder, β", icon=":material/tune:", width="content")
        presets()
    with folded:
        return settings()


def settings() -> Tuning:
    a, b, c = st.columns(3)
    d, e, f = st.columns(3)
    source = a.selectbox("Data", sources(), key=Session.tune_data.key)
    toy, few = source == TOY, f"{meaning('M')} For unpaired data: answers a side."
    encoder = pickers.encoder(b, "tune_encoder", deep_link.asked("encoder", session.encoder), disabled=toy)
    view = pickers.reads(c, key=Session.view.key, disabled=toy)
    size = d.selectbox("M (contrast size)", BATCH_SIZES, key=Session.size.key, help=few, disabled=toy)
    near = "At random, or composed of near prompts, as a run does it"
    batching = e.selectbox("Batches", list(Batching), key=Session.batching.key, help=near, disabled=toy)
    first = "The first batch that a run with this seed meets"
    seed = f.number_input("Batch (seed)", *range_of("seed"), key=Session.seed.key, help=first, disabled=toy)
    left, right = st.columns([2, 1])
    help_ = f"{meaning('log-ratio')} Those of a finished run's held-out rows; before training all are 0."
    margins = left.selectbox("The loss sees", margins_of(source), key=f"margins-{source}", help=help_)
    beta = right.number_input(
        "β", *range_of("beta"), key=Session.beta.key, format="%g", help=f"{meaning('β')} It is not in the weights."
    )
    return Tuning(source, encoder, view, size, batching, seed, beta, margins, picked(source))


def picked(source: str) -> tuple[int, ...]:
    """Row numbers of prompts that were picked on the map or stand in the address."""
    lasso = session.take(Session.picked)
    if lasso and source != TOY:
        known = {prompt: row for row, prompt in enumerate(preferences.load(source).prompts)}
        session.rows = tuple(known[prompt] for prompt in lasso if prompt in known)
        session.rows_of = source
    session.begin({Session.rows_of.key: source})
    rows = session.rows if session.rows_of == source else ()
    if not rows or not st.toggle(f"Use {these(len(rows), 'prompt')} picked on the map", value=True):
        return ()
    return rows


def remember(choice: Tuning) -> None:
    """For the other pages, for a return to this one, and for the address that can be shared."""
    if not choice.toy:
        session.data, session.encoder = choice.source, choice.encoder
    address = choice.address(session.point)
    session.tuned = {word: address[word] for word in TUNED if word in address}
    deep_link.become(address)


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


def band(choice: Tuning) -> dict[str, Any] | None:
    """The curve's spread over the data's batches, once their prompts are embedded; batches of picked prompts have no others."""
    if choice.toy or choice.rows or choice.size > largest(choice.source):
        return None
    folder = embeddings.request_map(choice.source, choice.encoder, choice.view)
    return spread(choice.source, choice.encoder, choice.view, choice.size, choice.batching) if embeddings.method(folder) else None


@st.cache_data(max_entries=32, show_spinner=False)
def spread(source: str, encoder: str, view: View, size: int, batching: Batching) -> dict[str, Any] | None:
    return tuning.band_of(outlook(source, encoder, view, size, batching))


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


@st.cache_data(max_entries=32, show_spinner="Composing batches")
def outlook(source: str, encoder: str, view: View, size: int, batching: Batching) -> BatchCosines:
    data = preferences.load(source)
    return tuning.batch_cosines(data, embeddings.embed(data.prompts, encoder, view), size, batching)


@st.cache_data(max_entries=16, show_spinner="Following τ over many batches")
def curves(source: str, encoder: str, view: View, batching: Batching) -> dict[int, TauCurves]:
    data = preferences.load(source)
    return tuning.curves(data, embeddings.embed(data.prompts, encoder, view), batching, TAUS_DRAWN, BATCH_SIZES[1:-1])


@st.cache_data(max_entries=64, show_spinner=False)
def largest(source: str) -> int:
    return tuning.smaller_side(preferences.load(source))


def over_tau(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    found = curves(choice.source, choice.encoder, choice.view, choice.batching)
    if not found:
        st.info("There are too few training rows for batches of 4.")
        return
    st.plotly_chart(tau_curves_figure(found, contrast.tau, len(seen.sample.chosen)), key="curves")
    st.caption(
        f"Means over the {choice.batching} batches of one epoch (16 at most), bands from 5 to 95 % of them; dashed: τ now. "
        "The gradient is the inside form's before training; Adam hides this factor, clipping does not."
    )


def adviser(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    size = min(choice.size, largest(choice.source))
    left, right = st.columns([2, 4], vertical_alignment="center")
    with left:
        own, others = wanted(size - seen.sample.paired, seen.sample.paired)
    found = nearest(choice.source, choice.encoder, choice.view, size, choice.batching, own, others)
    with right:
        leads(found, choice, size)
        st.button("Set it", on_click=set_point, args=(suggested(found),), help="Moves the hand in the plane above")


def wanted(count: int, paired: bool) -> tuple[float | None, float]:
    """The own share (none for unpaired data) and the effective others, of `count`, that are asked for."""
    a, b = st.columns(2)
    others = a.number_input("Effective others wanted", 1.0, float(max(2, count)), max(1.0, min(3.0, count / 2)), step=0.5)
    return (b.number_input("Own share wanted", 0.0, 1.0, 0.5, step=0.05) if paired else None), others


@st.cache_data(max_entries=64, show_spinner="Following τ over many batches")
def nearest(source: str, encoder: str, view: View, size: int, batching: Batching, own: float | None, others: float) -> Nearest:
    return tuning.nearest_tau(outlook(source, encoder, view, size, batching), own, others)


def leads(found: Nearest, choice: Tuning, size: int) -> None:
    """Where the nearest τ leads, and what leads to the point where none does."""
    setting = f"with {plain(choice.encoder)}, M = {size} and {choice.batching} batches"
    there = tuning.in_figures(found.there, found.count)
    if found.reached:
        st.markdown(f"**τ = {found.tau:.3g}** leads there {setting}: {there}.")
    else:
        st.markdown(f"**No τ leads there** {setting}. The nearest, τ = {found.tau:.3g}, gives {there}. The two dials do.")


def suggested(found: Nearest) -> Point:
    """What leads to the wanted point: a τ if one does, else the dials."""
    if found.reached:
        return Point(tau=float(f"{found.tau:.3g}"))
    return Point.dials(found.own_share if found.own_share is not None else 0.5, found.likeness).within(found.count)


def batchings(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    size = min(choice.size, largest(choice.source))
    looks = {batching: outlook(choice.source, choice.encoder, choice.view, size, batching) for batching in Batching}
    for place, (batching, one) in zip(st.columns(2), looks.items(), strict=True):
        with place.container(border=True):
            composition(batching, size, one)
    floor = next(iter(looks.values())).floor
    at = session.point.words(size - seen.sample.paired, seen.sample.paired)
    said = f"95 % of random pairs of this data lie below cosine {floor:.2f} for {plain(choice.encoder)}."
    st.caption(f"At {at}. Floor: {said}")


def composition(batching: Batching, size: int, one: BatchCosines) -> None:
    related, floor = (
        tuning.relatedness(one, session.point),
        "share of the weight on answers whose prompts' cosine lies under the floor",
    )
    st.markdown(f"**{batching}**, {quantity(related.batches, 'batch', 'batches')} of {size}")
    with st.container(horizontal=True):
        st.metric(
            "Related prompts a row",
            f"{related.related:.1f}",
            help=f"Others whose cosine lies above the floor. {meaning('random-pair floor')}",
        )
        st.metric("Weight on unrelated ones", f"{related.under_floor:.0%}", help=floor)
        st.metric("Effective others", f"{related.others:.2f}", help=meaning("likeness"))
    own = f", {related.own:.0%} of the weight stays on the prompt's own pair" if one.paired else ""
    st.caption(f"{related.related_low:.1f} to {related.related_high:.1f} related prompts in 90 % of the batches{own}.")


def encoders(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    left, right = st.columns([4, 2])
    other = left.text_input("Beside it, another encoder", choice.encoder, key="other", help="A Hugging Face id or a local folder")
    reads = right.selectbox("which reads", list(View), key="other-reads", index=1 - list(View).index(choice.view))
    second = tuning.cosines(seen.sample, preferences.load(choice.source), other, reads)
    compared(seen, second, plain(f"{other}, {reads}"))
    sides = ((choice.encoder, choice.view, seen.cosines), (other, reads, second))
    for at, (place, side) in enumerate(zip(st.columns(2), sides, strict=True)):
        with place:
            beside(*side, seen.sample, contrast, f"beside-{at}")


def beside(name: str, view: View, cosines: Any, sample: Sample, contrast: ContrastMatrix, key: str) -> None:
    st.markdown(f"**{plain(name)}**, {view}")
    weighed = tuning.contrast_of(sample, cosines, session.point, contrast.beta)
    st.plotly_chart(matrix_figure(weighed, sample.chosen, sample.rejected), key=key)
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


CLOSER = {"Over τ": over_tau, "Which point?": adviser, "Batching": batchings, "Two encoders": encoders}


def closer(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    panel = st.segmented_control("Look closer", list(CLOSER), default="Over τ", key="closer")
    if panel is None:
        return
    folder = embeddings.request_map(choice.source, choice.encoder, choice.view)
    if embeddings.method(folder):
        CLOSER[panel](seen, choice, contrast)
        return
    state = jobs.look(folder)
    if state.active:
        follow(folder, WAITING, partial(embeddings.method, folder))
    else:
        trouble(f"The prompts were not embedded: {state.message}")


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
        hub.need(choice.encoder, "Weights need")
    weigh(Look(*looked(choice)), choice)
except (RpoError, ValueError) as error:
    trouble(error)
