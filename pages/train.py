"""Train: describe a run or a sweep of runs, see what it needs, start it; runs live in processes of their own."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.shared import here
from pages.shared.plain import plain, trouble
from pages.shared.session import session
from rpo import preferences, resources, runs, tokens, weights
from rpo.errors import RpoError
from rpo.glossary import meaning
from rpo.presets import PAPER
from rpo.spec import PRESETS, Batching, Control, Objective, Optimizer, RunSpec, Weighting

GROUPS = ("Objective", "Batches", "Adapter", "Lengths", "Measuring", "SFT first", "Memory")
Changed = dict[str, Any]


def starting_point() -> RunSpec:
    drafts = drafted()
    presets = drafts | PRESETS
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    name = left.segmented_control("Start from", list(presets), default=next(iter(presets)), required=True)
    paper = right.selectbox("or from the paper's set-ups", list(PAPER), None, placeholder="7B and 13B models, as published")
    if name in drafts and (words := session.draft_words):
        st.caption(f":material/info: {plain(words)}")
    return session.fitted or (PAPER[paper] if paper else presets[name])


def drafted() -> dict[str, RunSpec]:
    """What another page sent, under a name that says what it brings: Tune's settings, or data alone."""
    draft = session.draft
    if draft is None:
        return {}
    return {"From Tune" if "encoder" in draft else "With the chosen data": replace(RunSpec(), **draft)}


def essentials(spec: RunSpec) -> Changed:
    first, second = st.columns(3), st.columns(6)
    objective = pick(first[1], "Objective", Objective, spec.objective)
    return {
        "data": first[0].selectbox("Data", list(dict.fromkeys([spec.data, *preferences.shelf()]))),
        "objective": objective,
        "length_normalised": objective is Objective.IPO and normalised(first[1], spec),
        "model": first[2].text_input("Model", spec.model, help="The demo model, a Hugging Face id, or a local folder"),
        "tau": second[0].number_input("τ", 0.001, 100.0, spec.tau, format="%.3f", help=meaning("τ")),
        "beta": second[1].number_input("β", 0.001, 10.0, spec.beta, format="%.3f", help=meaning("β")),
        "contrast_size": second[2].number_input("M (contrast size)", 1, 4096, spec.contrast_size, help=meaning("M")),
        "steps": second[3].number_input("Steps", 0, 1_000_000, spec.steps),
        "lr": second[4].number_input("Learning rate", 1e-8, 1.0, spec.lr, format="%.1e"),
        "seed": second[5].number_input("Seed", 0, 2**31, spec.seed),
    }


def pick(place: Any, title: str, kind: Any, value: Any, words: str | None = None) -> Any:
    return place.selectbox(title, list(kind), list(kind).index(value), help=words)


def normalised(place: Any, spec: RunSpec) -> bool:
    place.caption(
        "IPO sums log-ratios over an answer's tokens, as the RPO paper's code does. IPO's authors and TRL take the mean a token: "
        "their β is not comparable with this one."
    )
    words = "The loss sees means, all tokens counted, the end token too. Rewards, margin and accuracy stay those of the sums"
    return place.toggle("Mean over an answer's tokens", spec.length_normalised, help=words)


def weighing(spec: RunSpec) -> Changed:
    a, b, c, d = st.columns(4)
    return {
        "encoder": a.text_input("Encoder", spec.encoder),
        "view": a.selectbox("The encoder reads", ["last turn", "whole prompt"], int(spec.view != "last turn")),
        "form": b.selectbox("Weight", ["inside", "outside"], int(spec.form != "inside"), help="Of the log-sigmoid"),
        "weighting": pick(c, "Weights from", Weighting, spec.weighting, "The prompts' likeness, or the paper's ablations"),
        "control": pick(c, "Control", Control, spec.control, "The same machinery with likeness that means nothing"),
        "centred": d.toggle(
            "Centred margins", spec.centred, help="Each pair's mean log-ratio is taken off: no per-prompt constant"
        ),
    }


def composing(spec: RunSpec) -> Changed:
    a, b, c, _ = st.columns(4)
    return {
        "batching": pick(a, "Batches", Batching, spec.batching, "At random, or near prompts together"),
        "contrasts": b.number_input(
            "Matrices a step", 1, 4096, spec.contrasts, help="Matrices of M whose gradients are averaged"
        ),
        "warmup": c.number_input("Warm-up steps", 0, 100_000, spec.warmup),
    }


def adapting(spec: RunSpec) -> Changed:
    a, b, c, d, e = st.columns(5)
    layers = "Names of linear layers with commas between, like q_proj, v_proj; all-linear: all but the head"
    return {
        "lora_rank": a.number_input("LoRA rank", 1, 512, spec.lora_rank, help=meaning("adapter")),
        "lora_alpha": b.number_input("LoRA α", 1, 1024, spec.lora_alpha),
        "target_modules": e.text_input("Adapted layers", spec.target_modules, help=layers),
        "optimizer": pick(c, "Optimizer", Optimizer, spec.optimizer, "RMSprop is what the paper used"),
        "clip": d.number_input("Clip the gradient at", 0.001, 1e6, spec.clip),
    }


def cutting(spec: RunSpec) -> Changed:
    a, b, c, d = st.columns(4)
    return {
        "prompt_tokens": a.number_input(
            "Prompt tokens", 8, 32768, spec.prompt_tokens, help="A longer prompt loses its beginning"
        ),
        "answer_tokens": b.number_input("Answer tokens", 8, 32768, spec.answer_tokens, help="A longer answer loses its end"),
        "new_tokens": c.number_input("Tokens to write", 1, 32768, spec.new_tokens, help="Of an answer to a held-out prompt"),
        "top_p": d.number_input("Top-p", 0.0, 1.0, spec.top_p, help="0 writes greedy answers; the paper's is 0.95"),
    }


def measuring(spec: RunSpec) -> Changed:
    a, b, c, d = st.columns(4)
    return {
        "held_out": a.number_input("Held-out rows to measure on", 0, 100_000, spec.held_out),
        "evaluations": b.number_input("Measurements", 0, 1000, spec.evaluations),
        "samples": c.number_input("Held-out prompts to answer", 0, 10_000, spec.samples, help="Before and after training"),
        "probes": d.number_input("of which along the way", 0, 100, spec.probes, help="Answered at each measurement"),
    }


def preceding(spec: RunSpec) -> Changed:
    a, b, _ = st.columns([1, 1, 2])
    return {
        "sft_steps": a.number_input(
            "SFT steps", 0, 1_000_000, spec.sft_steps, help=f"On the chosen answers. {meaning('reference')}"
        ),
        "sft_lr": b.number_input("SFT learning rate", 1e-8, 1.0, spec.sft_lr, format="%.1e"),
    }


def saving(spec: RunSpec) -> Changed:
    a, b, c, d = st.columns(4, vertical_alignment="bottom")
    return {
        "micro_batch": a.number_input("Micro-batch", 1, 4096, spec.micro_batch, help="Memory only: the objective stays the same"),
        "save_every": b.number_input("Steps between checkpoints", 1, 1_000_000, spec.save_every),
        "checkpointing": c.toggle("Gradient checkpointing", spec.checkpointing, help="Less memory, a third more time"),
        "quantised": d.toggle("4-bit base (QLoRA)", spec.quantised, help="bitsandbytes NF4; meant for CUDA GPUs"),
    }


def details(spec: RunSpec) -> Changed:
    changed: Changed = {}
    with st.expander("Weights, batches, adapter, lengths, measuring, memory"):
        forms = (weighing, composing, adapting, cutting, measuring, preceding, saving)
        for tab, form in zip(st.tabs(GROUPS), forms, strict=True):
            with tab:
                changed |= form(spec)
    return changed


def where() -> tuple[int, runs.Place]:
    left, right = st.columns([1, 3])
    processes = left.number_input("Processes", 1, 64, 1, help="Together on each batch; the objective stays the same")
    address = right.text_input("Where", placeholder="this machine; or a Ray cluster's dashboard, like http://127.0.0.1:8265")
    return processes, runs.RayCluster(address) if address.strip() else runs.HERE


@st.cache_data(ttl=30, max_entries=32, show_spinner="Weighing the run")
def needs(spec: RunSpec, processes: int) -> runs.Need:
    return runs.need(spec, processes)


@st.cache_data(ttl=30, max_entries=32, show_spinner="Weighing the runs")
def sweep_time(specs: tuple[RunSpec, ...]) -> resources.Span:
    return runs.sweep_time(specs)


def fit(spec: RunSpec) -> None:
    session.fitted = spec


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


def new_run() -> None:
    base = starting_point()
    spec = replace(base, **essentials(base), **details(base))
    contrast = (
        f"τ = {spec.tau:g} means something only with M = {spec.contrast_size} and {plain(spec.encoder)}: keep them together."
    )
    st.caption(
        contrast if spec.objective.contrasts else f"{spec.objective} contrasts no prompts: τ plays no part, and M is the batch."
    )
    one, many = st.tabs(["One run", "A sweep of runs"])
    with one:
        processes, place = where()
        fits = place != runs.HERE or weighed(spec, processes)
        if st.button("Start the run", type="primary", icon=":material/play_arrow:", disabled=not fits):
            begin(spec, processes, place)
    with many:
        sweep(spec)


def begin(spec: RunSpec, processes: int, place: runs.Place) -> None:
    session.watched = runs.start(spec, processes=processes, place=place).name
    del session.draft, session.draft_words, session.fitted
    st.switch_page("watch.py")


def sweep(spec: RunSpec) -> None:
    st.caption("Every combination is run, one after the other, and compared with the spread over seeds. Empty: as above.")
    a, b, c = st.columns(3)
    axes = {
        "objective": a.multiselect("Objectives", list(Objective)),
        "tau": numbers(b.text_input("Values of τ", placeholder="0.1, 0.5, 2"), float),
        "contrast_size": numbers(c.text_input("Values of M", placeholder="4, 8"), int),
        "batching": a.multiselect("Kinds of batches", list(Batching)),
        "control": b.multiselect("Controls", list(Control)),
        "seed": numbers(c.text_input("Seeds", placeholder="0, 1, 2"), int),
    }
    varied = {name: values for name, values in axes.items() if values}
    specs = runs.grid(spec, varied)
    count, ready = len(specs), asked(spec, 1) is not None
    words = f"{count} run{'s' * (count > 1)}"
    st.caption(f"{words}, {sweep_time(specs).words} on this machine." if ready else f"{words}.")
    if st.button("Start the sweep", icon=":material/grid_on:", disabled=count < 2 or not ready):
        session.sweep = runs.start_sweep(spec, varied).name
        st.switch_page("watch.py")


def numbers(text: str, kind: Callable[[str], Any]) -> list[Any]:
    try:
        return [kind(word) for word in text.replace(",", " ").split()]
    except ValueError:
        raise RpoError(f"a sweep's values must be numbers with commas between, got {text!r}; write for instance 1, 2") from None


here.owner_only()
st.title("Train")
st.markdown("Describe a run, or a sweep of runs. They go on in the background when you close this page.")
if not weights.ready(weights.MODEL):
    st.info("The demo model is not here yet. Set up fetches it; a local folder or a hub id works without.")
    st.page_link("setup.py", label="Set up", icon=":material/download:")
try:
    new_run()
except RpoError as error:
    trouble(error)
if runs.all_runs():
    st.page_link("watch.py", label="Watch the runs there are", icon=":material/monitoring:")
