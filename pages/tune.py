"""Tune: what a temperature does to one batch, and to many, before any training."""

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
from rpo.glossary import meaning
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, View
from rpo.settings import from_text, range_of
from rpo.spec import Batching
from rpo.tuning import BATCH_SIZES, TOY, WINDOW, BatchCosines, Sample, Tuning, from_address, margins_of, refused

PRESETS = {
    "RPO-Paired, τ 0.5": (0.5, EMBEDDED),
    "RPO-Unpaired, τ 0.75": (0.75, EMBEDDED_LOG),
    "DPO, τ → 0": (WINDOW[0], EMBEDDED),
}
WAITING = "All prompts are embedded first: "
TUNED = ("tau", "M", "seed", "beta", "batches", "reads")  # kept for a return to this page; data and encoder are every page's


LINE = 120  # characters of a prompt that an encoder cuts


@dataclass(frozen=True)
class Look:
    """One batch, the cosines (M, N) of its prompts, and both laid out for the instrument."""

    sample: Sample
    cosines: Any
    board: Board


def set_tau(tau: float) -> None:
    """Move the slider from outside: the instrument follows a new turn."""
    session.tau = session.asked = tau
    session.turn += 1


def released() -> None:
    session.tau = session.instrument["tau"]


def apply(preset: str) -> None:
    tau, source = PRESETS[preset]
    session.tune_data = source
    set_tau(tau)


def presets() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
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
        set_tau(from_text("tau", words.get("tau"), session.tau))
        for fault in refused(words):
            trouble(fault, st.warning)


def choose() -> Tuning:
    presets()
    a, b, c, d, e, f = st.columns([3, 3, 2, 2, 2, 2])
    source = a.selectbox("Data", sources(), key=Session.tune_data.key)
    toy, few = source == TOY, f"{meaning('M')} For unpaired data: answers a side."
    encoder = pickers.encoder(b, "tune_encoder", deep_link.asked("encoder", session.encoder), disabled=toy)
    view = pickers.reads(c, key=Session.view.key, disabled=toy)
    size = d.selectbox("M (contrast size)", BATCH_SIZES, key=Session.size.key, help=few, disabled=toy)
    near = "At random, or composed of near prompts, as a run does it"
    batching = e.selectbox("Batches", list(Batching), key=Session.batching.key, help=near, disabled=toy)
    first = "The first batch that a run with this seed meets"
    seed = f.number_input("Batch (seed)", *range_of("seed"), key=Session.seed.key, help=first, disabled=toy)
    left, right, _ = st.columns([6, 2, 6])
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
    if not rows or not st.toggle(f"Use the {len(rows):,} prompts picked on the map", value=True):
        return ()
    return rows


def remember(choice: Tuning) -> None:
    """For the other pages, for a return to this one, and for the address that can be shared."""
    if not choice.toy:
        session.data, session.encoder = choice.source, choice.encoder
    address = choice.address(session.tau)
    session.tuned = {word: address[word] for word in TUNED}
    deep_link.become(address)


@st.cache_data(max_entries=32, show_spinner="Composing the batch")
def looked(choice: Tuning) -> tuple[Sample, Any, Board]:
    sample, cosines = choice.batch()
    return sample, cosines, instrument.tau_data(sample, cosines, choice.beta)


def draw(seen: Look, choice: Tuning) -> ContrastMatrix:
    component = v2.component("tau", html=instrument.HTML, css=instrument.CSS, js=instrument.JS)
    data = seen.board.at(session.asked, session.turn)
    component(key=Session.instrument.key, data=data, on_tau_change=released)
    return tuning.contrast_of(seen.sample, seen.cosines, session.tau, choice.beta)


def figures(contrast: ContrastMatrix, choice: Tuning) -> None:
    rows, columns = contrast.weights.shape
    size = rows if rows == columns else f"{rows} × {columns}"
    st.caption(
        f"At τ = {contrast.tau:g}, M = {size}, {plain(choice.encoder) if not choice.toy else 'the toy'}: "
        f"**{contrast.effective_contrasts.mean():.2f} effective contrasts of {columns}**. τ means nothing without the other two."
    )


def use(contrast: ContrastMatrix, choice: Tuning, paired: bool) -> None:
    draft = choice.draft(contrast.tau, min(contrast.weights.shape), paired)
    with st.container(horizontal=True, vertical_alignment="center"):
        if paired and contrast.tau <= WINDOW[0]:
            use_dpo(draft, contrast)
        elif st.button("Use this τ for a run", type="primary", icon=":material/model_training:"):
            train(draft)


def use_dpo(draft: dict[str, Any], contrast: ContrastMatrix) -> None:
    if st.button("Draft a DPO run", type="primary", icon=":material/model_training:"):
        train({**{name: value for name, value in draft.items() if name != "tau"}, "objective": "dpo"})
    if st.button("Use this τ for an RPO run"):
        train(draft)
    st.caption(
        "With τ → 0 each prompt meets its own pair alone: that is DPO, a contrast of size M = 1, "
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
    left, right = st.columns([2, 5], vertical_alignment="center")
    wanted = left.number_input("Effective contrasts wanted", 1.0, float(BATCH_SIZES[-1]), max(1.0, min(4.0, size / 2)), step=0.5)
    advice = tuning.advise(outlook(choice.source, choice.encoder, choice.view, size, choice.batching), wanted)
    with right:
        if advice.reached > 0:
            st.markdown(
                f"**τ = {advice.tau:.3g}** gives {wanted:g} effective contrasts with {plain(choice.encoder)}, M = {size} and "
                f"{choice.batching} batches; {advice.low:.3g} to {advice.high:.3g} in 90 % of the batches."
            )
            st.button("Set it", on_click=set_tau, args=(float(f"{advice.tau:.3g}"),))
        else:
            st.markdown(f"**No τ gives {wanted:g} effective contrasts** with {plain(choice.encoder)} and M = {size}.")
    for words in advice.warnings:
        st.warning(plain(words), icon=":material/warning:")


def batchings(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    size = min(choice.size, largest(choice.source))
    looks = {batching: outlook(choice.source, choice.encoder, choice.view, size, batching) for batching in Batching}
    for place, (batching, one) in zip(st.columns(2), looks.items(), strict=True):
        with place.container(border=True):
            composition(batching, size, one, contrast.tau)
    floor = next(iter(looks.values())).floor
    st.caption(
        f"At τ = {contrast.tau:g}. Floor: 95 % of random pairs of this data lie below cosine {floor:.2f} for "
        f"{plain(choice.encoder)}."
    )


def composition(batching: Batching, size: int, one: BatchCosines, tau: float) -> None:
    related, floor = tuning.relatedness(one, tau), "share of the weight on answers whose prompts' cosine lies under the floor"
    st.markdown(f"**{batching}**, {related.batches} batches of {size}")
    with st.container(horizontal=True):
        st.metric(
            "Related prompts a row",
            f"{related.related:.1f}",
            help=f"Others whose cosine lies above the floor. {meaning('random-pair floor')}",
        )
        st.metric("Weight on unrelated ones", f"{related.under_floor:.0%}", help=floor)
        st.metric("Effective contrasts", f"{related.rivals:.2f}", help=meaning("effective contrasts"))
    own = f", {related.own:.0%} of the weight stays on the prompt's own pair" if one.paired else ""
    st.caption(f"{related.related_low:.1f} to {related.related_high:.1f} related prompts in 90 % of the batches{own}.")


def encoders(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    left, right = st.columns([4, 2])
    other = left.text_input("Beside it, another encoder", choice.encoder, key="other", help="A Hugging Face id or a local folder")
    reads = right.selectbox("which reads", list(View), key="other-reads", index=1 - list(View).index(choice.view))
    second = tuning.cosines(seen.sample, preferences.load(choice.source), other, reads)
    compared(seen, second, contrast, plain(f"{other}, {reads}"))
    sides = ((choice.encoder, choice.view, seen.cosines), (other, reads, second))
    for at, (place, side) in enumerate(zip(st.columns(2), sides, strict=True)):
        with place:
            beside(*side, seen.sample, contrast, f"beside-{at}")


def beside(name: str, view: View, cosines: Any, sample: Sample, contrast: ContrastMatrix, key: str) -> None:
    st.markdown(f"**{plain(name)}**, {view}")
    weighed = tuning.contrast_of(sample, cosines, contrast.tau, contrast.beta)
    st.plotly_chart(matrix_figure(weighed, sample.chosen, sample.rejected), key=key)
    cut(name, view, sample)


def compared(first: Look, second: Any, contrast: ContrastMatrix, name: str) -> None:
    shared = tuning.encoder_agreement(first.cosines, second, first.sample.paired)
    rivals = float(contrast.effective_contrasts.mean())
    same = tuning.same_tau(second, rivals)
    as_many = f"For the {rivals:.2f} effective contrasts of τ = {contrast.tau:g} on the left, {name} needs **τ = {same:.3g}**."
    never = f"No τ gives {name} the {rivals:.2f} effective contrasts that stand on the left."
    st.markdown(f"They share **{shared:.0%}** of each row's nearest answers. {as_many if same == same else never}")


def cut(name: str, view: View, sample: Sample) -> None:
    asked = list(dict.fromkeys((*sample.chosen, *sample.rejected)))
    longer = [view.of(prompt) for prompt, over in zip(asked, embeddings.cut(asked, name, view), strict=True) if over]
    st.caption(f"It cuts {len(longer)} of the {len(asked)} prompts.")
    if longer:
        with st.expander("Which"):
            for text in longer[:20]:
                st.text(preferences.brief(text, LINE))


CLOSER = {"Over τ": over_tau, "Which τ?": adviser, "Batching": batchings, "Two encoders": encoders}


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
    """All that follows τ: it runs alone when the slider is let go."""
    try:
        remember(choice)
        contrast = draw(seen, choice)
        figures(contrast, choice)
        if not choice.toy:
            use(contrast, choice, seen.sample.paired)
            closer(seen, choice, contrast)
    except (RpoError, ValueError) as error:
        trouble(error)


here.owner_only()
st.title("Tune")
st.markdown("A small τ lets each prompt meet only its nearest neighbours (in the limit DPO); a large τ weighs all prompts alike.")
first_visit()
try:
    choice = choose()
    if not choice.toy:
        hub.offer(choice.source, choice.encoder)
        hub.need(choice.encoder, "Weights need")
    weigh(Look(*looked(choice)), choice)
except (RpoError, ValueError) as error:
    trouble(error)
