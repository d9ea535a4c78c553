"""One run on the page Watch: its state, four figures, what it writes, its curves, and where to go from there."""

from functools import partial
from typing import Any

import streamlit as st

from pages.parts.watch.acts import attempt
from pages.parts.watch.answers import answers, every_answer
from pages.parts.watch.curves import curves
from pages.parts.watch.label import label
from pages.parts.watch.matrix import matrix
from pages.parts.watch.onwards import onwards, take_away
from pages.parts.watch.style import room
from pages.shared import deep_link, example, pickers
from pages.shared.job_progress import by_itself
from pages.shared.plain import plain, trouble
from pages.shared.session import Session, session
from rpo import courses, runs
from rpo.glossary import meaning, quantity
from rpo.jobs import Status
from rpo.runs import Run, Standing
from rpo.spec_files import as_json, as_yaml

ICONS = {
    Status.QUEUED: ":material/hourglass:",
    Status.RUNNING: ":material/play_circle:",
    Status.DONE: ":material/check_circle:",
    Status.STOPPED: ":material/stop_circle:",
    Status.FAILED: ":material/error:",
    Status.LOST: ":material/power_off:",
    Status.NEW: ":material/draft:",
}


def one_run(place: Any) -> None:
    names = {run.name: run for run in runs.all_runs(broken=True, examples=True)}
    if not names:
        st.info("No run yet. The first preset on Train takes some minutes on a laptop; start it and watch it here.")
        st.page_link("train.py", label="Train", icon=":material/model_training:")
        return
    run = chosen(names, place)
    example.about_run(run)
    if run.state.active:
        watch(run)
        matrix(run)  # outside of what runs by itself, so that it is not drawn anew while it plays
    else:
        ended(run)


def chosen(names: dict[str, Run], place: Any) -> Run:
    asked = session.watched or deep_link.asked("run")
    at_work = (name for name, run in names.items() if not run.trouble and run.state.active)
    session.watched = asked if asked in names else next(at_work, next(iter(names)))
    titles = {name: run.title for name, run in names.items()}
    hidden = {"label_visibility": "collapsed", "key": Session.watched.key}
    name = pickers.run("Run", titles, place=place, **hidden)
    deep_link.carry("run", name)
    return names[name]


@by_itself(2.0)
def watch(run: Run) -> None:
    how = runs.standing_of(run)
    headline(run, how)
    figures(run)
    answers(run, how)
    course(run)
    every_answer(run)
    with st.expander("Settings and log", key="log"):
        facts(run)
    if not how.state.active:
        st.rerun(scope="app")


def ended(run: Run) -> None:
    how = runs.standing_of(run)
    headline(run, how)
    figures(run)
    answers(run, how)
    if run.example:
        example.to_panel()
    else:
        onwards(run, how)
        take_away(run)
    course(run)
    matrix(run)
    every_answer(run)
    with st.expander("Settings and log", key="log"):
        facts(run)


def headline(run: Run, how: Standing) -> None:
    with st.container(key="headline"):
        left, named, *right = st.columns([7, 1.6] if how.over else [6, 1.6, 1.4], vertical_alignment="center")
        more = [plain(words) for words in (how.more if how.state.active else took(run), elsewhere(run)) if words]
        left.markdown(" · ".join([f"{ICONS[how.state.status]} **{plain(run.title)}**", plain(how.words), *more]))
        label(run, named)
        for place in right:
            press(run, how, place)
        if how.state.active:
            st.progress(how.state.progress)
        if note := run.label.get("note"):
            st.text(note)
        notes(run, how)


def press(run: Run, how: Standing, place: Any) -> None:
    """Stop it or go on with it; a stop that was asked for is said at once."""
    if how.stopping:
        place.button("Stopping…", icon=":material/hourglass:", disabled=True, width="stretch")
    elif how.state.active:
        ends = "Ends after this step and keeps the adapter so far"
        place.button("Stop", icon=":material/stop:", on_click=attempt, args=(run.stop,), help=ends, width="stretch")
    elif not run.example:
        again, words = partial(runs.resume, run), "From its last checkpoint"
        place.button("Resume", icon=":material/resume:", on_click=attempt, args=(again,), help=words, width="stretch")


def notes(run: Run, how: Standing) -> None:
    for words in filter(None, (runs.unchecked(run), run.untracked)):
        st.caption(plain(words))
    if words := runs.doubt(run):
        trouble(words, st.warning)
    if how.state.status in (Status.FAILED, Status.LOST):
        trouble(f"{how.state.message}. The log below says more; the run's folder is {run.folder}.", st.error)


def figures(run: Run) -> None:
    with room("figures", 95):
        for place, one in zip(st.columns(4), courses.latest_figures(run), strict=True):
            value = "–" if one.value != one.value else f"{one.value:.3f}"
            look = {"delta_color": "off", "delta_arrow": "off", "border": True}
            place.metric(one.title, value, one.words, help=meaning(one.term), **look)


def course(run: Run) -> None:
    """Its curves, after whatever they give away."""
    metrics, evaluations = run.metrics, run.evaluations
    if not metrics:
        st.info("Curves appear with the first step." if run.state.active else "No step was taken yet.")
        return
    if sft := run.sft:
        fell = f"from {sft[0]['loss']:.2f} to {sft[-1]['loss']:.2f} nats a token"
        st.caption(f"SFT first: {quantity(len(sft), 'step')}, {fell}; then the reference.")
    for alarm in runs.diagnose(run.spec, metrics, evaluations):
        st.warning(f"**{plain(alarm.seen)}** {plain(alarm.why)} *{plain(alarm.attempt)}*", icon=":material/troubleshoot:")
    curves([run])


def took(run: Run) -> str:
    """How long it worked, over all its processes, and how long it was thought to take."""
    summary = run.summary
    if summary is None:
        return ""
    words, expected = f"{sum(summary['seconds'].values()) / 60:.1f} min", runs.estimated(run)
    guess = f" ({expected.words} expected)" if expected else ""
    done = len(run.metrics)
    early = f" of {run.spec.steps}: no better held-out loss in {quantity(run.spec.patience, 'measurement')}"
    return f"{quantity(done, 'step')}{early * (done < run.spec.steps)} in {words}{guess}"


def elsewhere(run: Run) -> str:
    """Where it runs or ran, where that is not simply here."""
    return "" if run.where == runs.THIS_MACHINE.name else run.where


def facts(run: Run) -> None:
    """What is needed more rarely: the device, the texts that were cut, how rows were laid out, the settings, the log."""
    if summary := run.summary:
        st.caption(f":material/memory: {plain(summary['device'])}, seed {summary['seed']}.")
    cut_texts(run)
    settings(run)
    st.code(run.log() or "nothing was printed", language=None)


def settings(run: Run) -> None:
    """What was asked for, to read and to take along."""
    st.json(run.spec.as_dict(), expanded=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        for kind, written in {"yaml": as_yaml, "json": as_json}.items():
            name, text = f"{run.name}.{kind}", partial(written, run.spec)
            st.download_button(f"Settings as {kind.upper()}", text, name, on_click="ignore", icon=":material/download:")
        st.caption("A file to edit and to begin from: on Train, or in a terminal with `rpo train FILE`.")


def cut_texts(run: Run) -> None:
    if cuts := run.cuts:
        st.caption(f":material/content_cut: {plain(cuts.words)} {plain(cuts.note)}")
    if how := run.opened:
        rows = f"Rows were {plain(how['layout'])}: sums and gradients equal those of one forward pass for each answer."
        st.caption(f":material/view_agenda: {rows} Answers were written this way: {plain(how['writing'])}.")
