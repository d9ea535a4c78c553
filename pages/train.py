"""Train: describe a run, start it, watch it, stop it; the run itself lives in a process of its own."""

from dataclasses import replace
from typing import Any

import streamlit as st

from rpo import preferences, training, weights
from rpo.charts.curves import curves_figure
from rpo.errors import RpoError
from rpo.jobs import State, Status, look
from rpo.training import PRESETS, Objective, Run, RunSpec

MARKS = {
    Status.QUEUED: ":material/hourglass: queued",
    Status.RUNNING: ":material/play_circle: running",
    Status.DONE: ":material/check_circle: done",
    Status.STOPPED: ":material/stop_circle: stopped",
    Status.FAILED: ":material/error: failed",
    Status.LOST: ":material/help: lost (its process died)",
    Status.NEW: ":material/draft: not started",
}


def starting_point() -> RunSpec:
    drafts = {"From Tune": replace(RunSpec(), **st.session_state["draft"])} if "draft" in st.session_state else {}
    presets = drafts | PRESETS
    name = st.segmented_control("Start from", list(presets), default=next(iter(presets)), required=True)
    return presets[name]


def essentials(spec: RunSpec) -> dict[str, Any]:
    first, second = st.columns(3), st.columns(6)
    names = list(dict.fromkeys([spec.data, *preferences.shelf()]))
    return {
        "data": first[0].selectbox("Data", names),
        "objective": first[1].selectbox("Objective", list(Objective), list(Objective).index(spec.objective)),
        "model": first[2].text_input("Model", spec.model, help="The demo model, a Hugging Face id, or a local folder"),
        "tau": second[0].number_input("τ", 0.001, 100.0, spec.tau, format="%.3f", help="Temperature of the contrast weights"),
        "beta": second[1].number_input("β", 0.001, 10.0, spec.beta, format="%.3f", help="Strength of the pull to the reference"),
        "contrast_size": second[2].number_input("M (contrast size)", 1, 4096, spec.contrast_size, help="Examples contrasted"),
        "steps": second[3].number_input("Steps", 0, 1_000_000, spec.steps),
        "lr": second[4].number_input("Learning rate", 1e-8, 1.0, spec.lr, format="%.1e"),
        "seed": second[5].number_input("Seed", 0, 2**31, spec.seed),
    }


def details(spec: RunSpec) -> dict[str, Any]:
    with st.expander("Encoder, LoRA, lengths, evaluation"):
        a, b, c, d = st.columns(4)
    return {
        "encoder": a.text_input("Encoder", spec.encoder),
        "view": a.selectbox("The encoder reads", ["last turn", "whole prompt"], int(spec.view != "last turn")),
        "form": a.selectbox(
            "Weight", ["inside", "outside"], int(spec.form != "inside"), help="Inside the log-sigmoid, or outside"
        ),
        "lora_rank": b.number_input("LoRA rank", 1, 512, spec.lora_rank),
        "lora_alpha": b.number_input("LoRA α", 1, 1024, spec.lora_alpha),
        "micro_batch": b.number_input("Micro-batch", 1, 4096, spec.micro_batch, help="Memory only; the objective stays the same"),
        "prompt_tokens": c.number_input("Prompt tokens", 8, 32768, spec.prompt_tokens),
        "answer_tokens": c.number_input("Answer tokens", 8, 32768, spec.answer_tokens),
        "warmup": c.number_input("Warm-up steps", 0, 100_000, spec.warmup),
        "held_out": d.number_input("Held-out rows to measure on", 0, 100_000, spec.held_out),
        "evaluations": d.number_input("Measurements", 0, 1000, spec.evaluations),
        "samples": d.number_input("Held-out prompts to answer", 0, 10_000, spec.samples),
    }


def new_run() -> None:
    base = starting_point()
    try:
        spec = replace(base, **essentials(base), **details(base))
        st.caption(
            f"τ = {spec.tau:g} means something only with M = {spec.contrast_size} and {spec.encoder}: keep the three together."
        )
        if st.button("Start the run", type="primary", icon=":material/play_arrow:"):
            st.query_params["run"] = training.start(spec).name
            st.session_state["watched"] = st.query_params["run"]
            st.session_state.pop("draft", None)
            st.rerun()
    except RpoError as error:
        st.error(str(error))


def chosen_run() -> Run:
    names = {run.name: run for run in training.runs()}
    asked = st.query_params.get("run", "")
    name = st.selectbox(
        "Run", list(names), list(names).index(asked) if asked in names else 0, lambda key: names[key].title, key="watched"
    )
    st.query_params["run"] = name
    return names[name]


def headline(run: Run, state: State) -> None:
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.markdown(" · ".join(filter(None, [MARKS[state.status], state.message])))
    if state.active:
        left.progress(state.progress)
        if right.button("Stop", icon=":material/stop:", help="Ends after this step and keeps the adapter so far"):
            run.stop()
    if state.status in (Status.FAILED, Status.LOST):
        left.error(f"{state.message}. The log below says more; the run's folder is {run.folder}.")


def curves(run: Run) -> None:
    if not run.metrics:
        st.info("Curves appear with the first step; the model is being loaded.")
        return
    st.plotly_chart(curves_figure({run.name: (run.metrics, run.evaluations)}), key="curves")


@st.fragment(run_every=2.0)
def watch(run: Run) -> None:
    state = run.state
    headline(run, state)
    curves(run)
    with st.expander("Log"):
        st.code(run.log() or "nothing yet", language=None)
    if not state.active:
        st.rerun(scope="app")


def ended(run: Run) -> None:
    headline(run, run.state)
    outcome(run)
    curves(run)
    with st.expander("Spec and log"):
        st.json(run.spec.as_dict(), expanded=False)
        st.code(run.log() or "nothing was printed", language=None)
    panel(run)


def outcome(run: Run) -> None:
    summary = run.summary
    if summary is None:
        return
    before, after = summary["before"], summary["after"]
    names = {
        "accuracy": "Held-out reward accuracy",
        "margin": "Held-out margin",
        "kl": "KL, nats a token",
        "rule": "Directness of answers",
    }
    for place, (key, title) in zip(st.columns(4), names.items(), strict=True):
        if after.get(key) is not None:
            place.metric(
                title, f"{after[key]:.3f}", f"{after[key] - before[key]:+.3f} from before", delta_color="off", border=True
            )
    minutes = sum(summary["seconds"].values()) / 60
    st.caption(
        f"{after.get('n', 0)} held-out pairs, {after['answers']} answers, seed {summary['seed']}, {minutes:.1f} min on "
        f"{summary['device']}. "
        "Before training the policy is the reference, so accuracy is 0.5 and the margin 0 by definition."
    )
    samples(run)


def samples(run: Run) -> None:
    with st.expander("Answers before and after, on held-out prompts"):
        st.dataframe(
            [{"prompt": p.prompt, "before": p.baseline, "after": p.candidate} for p in training.pairs(run)], row_height=110
        )


@st.fragment(run_every=2.0)
def panel(run: Run) -> None:
    st.subheader("Judge it blind")
    state = look(training.answering(run))
    if state.active:
        st.progress(state.progress, state.message)
    elif run.adapter is None:
        st.info("A run with a saved adapter can be judged.")
    else:
        panel_actions(run, state)


def panel_actions(run: Run, state: State) -> None:
    if state.status in (Status.FAILED, Status.LOST):
        st.error(state.message)
    count = len(training.pairs(run))
    st.caption(f"{count} held-out prompts have answers of both the baseline and this run.")
    left, right = st.columns(2)
    if left.button("Write answers to 200 held-out prompts", icon=":material/edit_note:", disabled=state.status is Status.DONE):
        training.request(run)
    if count and right.button("Make a blind panel of them", type="primary", icon=":material/how_to_vote:"):
        st.session_state["panel_run"] = run.name
        st.switch_page("pages/vote.py")


st.title("Train")
if not weights.ready(weights.MODEL):
    st.info("The demo model is not here yet. Set up fetches it; a local folder or a hub id works without.")
    st.page_link("pages/start.py", label="Set up", icon=":material/download:")
with st.expander("New run", expanded=not training.runs() or "draft" in st.session_state, icon=":material/add:"):
    new_run()
if not training.runs():
    st.info("No run yet. The first preset takes some minutes on a laptop; start it and watch it here.")
    st.stop()
try:
    current = chosen_run()
    (watch if current.state.active else ended)(current)
except RpoError as error:
    st.error(str(error))
