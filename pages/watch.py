"""Watch: follow a run, compare runs, read a sweep; stop and resume. The page only reads what the runs write."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from pages.parts.watch.frontier import frontier
from pages.parts.watch.matrix import matrix
from pages.shared import deep_link, example, here, pickers
from pages.shared.job_progress import by_itself, follow
from pages.shared.plain import plain, trouble
from pages.shared.session import Session, session
from rpo import runs
from rpo.charts.curves import curves_figure
from rpo.charts.sweep import cells_figure
from rpo.errors import RpoError
from rpo.glossary import meaning, quantity
from rpo.jobs import State, Status, look
from rpo.runs import Run, Sweep, SweepCell

MARKS = {
    Status.QUEUED: ":material/hourglass: queued",
    Status.RUNNING: ":material/play_circle: running",
    Status.DONE: ":material/check_circle: done",
    Status.STOPPED: ":material/stop_circle: stopped",
    Status.FAILED: ":material/error: failed",
    Status.LOST: ":material/help: lost (its process died)",
    Status.NEW: ":material/draft: not started",
}


def chosen(names: dict[str, Run]) -> tuple[Run, list[Run]]:
    asked = session.watched or deep_link.asked("run")
    readable = [name for name, run in names.items() if not run.trouble]
    at_work = (name for name in readable if names[name].state.active)
    session.watched = asked if asked in names else next(at_work, next(iter(names)))
    left, right = st.columns(2)
    titles = {name: run.title for name, run in names.items()}
    name = pickers.run("Run", titles, place=left, key=Session.watched.key)
    others = [key for key in readable if key != name]
    beside = right.multiselect("Beside it", others, format_func=titles.__getitem__, placeholder="no other run")
    deep_link.carry("run", name)
    return names[name], [names[key] for key in beside]


def headline(run: Run, state: State) -> None:
    left, right = st.columns([5, 1], vertical_alignment="center")
    words = run.reached if state.status is Status.STOPPED else state.message  # the last message speaks of time that was left
    left.markdown(" · ".join(filter(None, [MARKS[state.status], plain(words), plain(f"on {run.where}")])))
    if state.active:
        left.progress(state.progress)
        ends = "Ends after this step and keeps the adapter so far"
        right.button("Stop", icon=":material/stop:", on_click=attempt, args=(run.stop,), help=ends)
    elif state.status is not Status.DONE:
        again, words = partial(runs.resume, run), "From its last checkpoint"
        right.button("Resume", icon=":material/resume:", on_click=attempt, args=(again,), help=words)
    notes(run, state, left)


def notes(run: Run, state: State, place: Any) -> None:
    if words := runs.unchecked(run):
        place.caption(plain(words))
    if words := run.untracked:
        place.caption(plain(words))
    if words := runs.doubt(run):
        trouble(words, place.warning)
    if state.status in (Status.FAILED, Status.LOST):
        trouble(f"{state.message}. The log below says more; the run's folder is {run.folder}.", place.error)


def attempt(act: Callable[[], object]) -> None:
    """A click whose act is refused says why above the page that follows."""
    try:
        act()
    except RpoError as error:
        session.trouble = str(error)


def curves(run: Run, beside: Sequence[Run] = ()) -> None:
    metrics, evaluations = run.metrics, run.evaluations
    if not metrics:
        st.info("Curves appear with the first step." if run.state.active else "No step was taken yet.")
        return
    if sft := run.sft:
        fell = f"from {sft[0]['loss']:.2f} to {sft[-1]['loss']:.2f} nats a token"
        st.caption(f"SFT first: {quantity(len(sft), 'step')}, {fell}; then the reference.")
    for alarm in runs.diagnose(run.spec, metrics, evaluations):
        st.warning(f"**{plain(alarm.seen)}** {plain(alarm.why)} *{plain(alarm.attempt)}*", icon=":material/troubleshoot:")
    curve_notes([run, *beside])
    others = {other.title: (other.metrics, other.evaluations) for other in beside}
    st.plotly_chart(
        curves_figure({run.title: (metrics, evaluations), **others}),
        key="curves",
        alt="Curves of the run: loss, margin and the other figures over its steps",
    )
    if beside:
        comparison(runs.compare([run, *beside]))
        frontier([run, *beside])


def curve_notes(shown: Sequence[Run]) -> None:
    for words in runs.notes(one.spec for one in shown):
        st.caption(f":material/info: {plain(words)}")


@by_itself(2.0)
def watch(run: Run, beside: Sequence[Run]) -> None:
    state = run.state
    headline(run, state)
    curves(run, beside)
    samples(run)
    with st.expander("Log"):
        cut_texts(run)
        st.code(run.log() or "nothing yet", language=None)
    if not state.active:
        st.rerun(scope="app")


def ended(run: Run, beside: Sequence[Run]) -> None:
    headline(run, run.state)
    outcome(run)
    curves(run, beside)
    matrix(run)
    samples(run)
    with st.expander("Spec and log"):
        cut_texts(run)
        st.json(run.spec.as_dict(), expanded=False)
        st.code(run.log() or "nothing was printed", language=None)
    panel(run)


def cut_texts(run: Run) -> None:
    if cuts := run.cuts:
        st.caption(f":material/content_cut: {plain(cuts.words)} {plain(cuts.note)}")
    if how := run.opened:
        rows = f"Rows were {plain(how['layout'])}: sums and gradients equal those of one forward pass for each answer."
        st.caption(f":material/view_agenda: {rows} Answers were written this way: {plain(how['writing'])}.")


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
    words = {"accuracy": "reward accuracy", "rule": "directness", "kl": "KL"}
    for place, (key, title) in zip(st.columns(4), names.items(), strict=True):
        if after.get(key) is not None and before.get(key) is not None:
            change = f"{after[key] - before[key]:+.3f} from before"
            place.metric(title, f"{after[key]:.3f}", change, delta_color="off", border=True, help=meaning(words.get(key, key)))
    what = "held-out pair" if run.spec.objective.kind == "paired" else "held-out answer"
    st.caption(
        f"{quantity(int(after.get('n') or 0), what)}, {quantity(after['answers'], 'answer')}, seed {summary['seed']}, "
        f"{duration(run, summary)} on {plain(summary['device'])}. "
        "Before training the policy is the reference, so accuracy is 0.5 and the margin 0 by definition."
    )


def duration(run: Run, summary: Mapping[str, Any]) -> str:
    took, expected = f"{sum(summary['seconds'].values()) / 60:.1f} min", runs.estimated(run)
    return f"{took} (estimated {expected.words} before the start)" if expected else took


def samples(run: Run) -> None:
    rows = runs.generations_table(run)
    if rows:
        with st.expander(f"Answers to {quantity(len(rows), 'held-out prompt')}, before, along the way, after"):
            st.dataframe(list(rows), row_height=110, hide_index=True, alt="Held-out prompts with the answers before and after")


def panel(run: Run) -> None:
    """Outside of any fragment that runs by itself: its next turn and a switch to another page would meet."""
    st.subheader("Judge it blind")
    if run.example:
        example.to_panel()
        return
    state = look(runs.answering(run))
    if state.active:
        follow(runs.answering(run))
    elif run.adapter is None:
        st.info("A run with a saved adapter can be judged.")
    else:
        panel_actions(run, state)


def panel_actions(run: Run, state: State) -> None:
    if state.status in (Status.FAILED, Status.LOST):
        trouble(state.message)
    count = len(runs.answer_pairs(run))
    st.caption(f"{quantity(count, 'held-out prompt has', 'held-out prompts have')} answers of both the baseline and this run.")
    left, right = st.columns(2)
    if left.button(to_write(runs.askable(run)), icon=":material/edit_note:", disabled=state.status is Status.DONE):
        runs.request_answers(run)
        st.rerun()
    if count and right.button("Make a blind panel of them", type="primary", icon=":material/how_to_vote:"):
        session.panel_run = run.name
        st.switch_page("panels.py")


def to_write(there: int | None) -> str:
    if there is None:
        return "Write answers to held-out prompts"
    return f"Write answers to {quantity(there, 'held-out prompt')}"


def comparison(cells: Sequence[SweepCell]) -> None:
    rows = [
        {
            "setting": cell.label,
            "seeds": cell.seeds,
            "held-out": cell.pairs,
            **{name: words(cell.mean[name], cell.sd[name]) for name in cell.mean},
        }
        for cell in cells
    ]
    st.dataframe(rows, hide_index=True, alt="Figures of each setting: mean and spread over its seeds")
    st.caption(
        "Last held-out figures: mean ± standard deviation over seeds. Two settings whose spreads overlap are not told apart."
    )


def words(mean: float, sd: float) -> str:
    if mean != mean:
        return "–"
    return f"{mean:.3f} ± {sd:.3f}" if sd == sd else f"{mean:.3f}"


def sweep_of(found: Sequence[Sweep]) -> Sweep:
    names = {one.name: one for one in found}
    asked = session.sweep or deep_link.asked("sweep")
    session.sweep = asked if asked in names else next(iter(names))
    name = st.selectbox("Sweep", list(names), key=Session.sweep.key)
    deep_link.carry("sweep", name)
    return names[name]


@by_itself(3.0)
def a_sweep(sweep: Sweep) -> None:
    state = sweep.state
    left, right = st.columns([5, 1], vertical_alignment="center")
    words = sweep.reached if state.status is Status.STOPPED else state.message
    left.markdown(" · ".join(filter(None, [MARKS[state.status], plain(words)])))
    if state.active:
        left.progress(state.progress)
        right.button("Stop the sweep", icon=":material/stop:", on_click=attempt, args=(sweep.stop,))
    elif state.status is not Status.DONE:
        right.button("Go on", icon=":material/resume:", on_click=attempt, args=(sweep.again,))
    for run in sweep.runs:
        if run.trouble:
            trouble(run.trouble, st.warning)
    cells = runs.compare(sweep.runs)
    comparison(cells)
    if any(cell.seeds for cell in cells):
        st.plotly_chart(cells_figure(cells), key="cells", alt="The sweep's last figures, one mark a run")
    frontier(sweep.runs)
    shown = {run.title: (run.metrics, run.evaluations) for run in sweep.runs if not run.trouble and run.metrics}
    if shown and st.toggle("All curves, overlaid"):
        curve_notes([run for run in sweep.runs if not run.trouble and run.metrics])
        st.plotly_chart(curves_figure(shown), key="overlaid", alt="Curves of the sweep's runs over each other")


def one_run() -> None:
    names = {run.name: run for run in runs.all_runs(broken=True, examples=True)}
    if not names:
        st.info("No run yet. The first preset on Train takes some minutes on a laptop; start it and watch it here.")
        st.page_link("train.py", label="Train", icon=":material/model_training:")
        return
    run, beside = chosen(names)
    example.about_run(run)
    if not run.state.active:
        ended(run, beside)
        return
    watch(run, beside)
    matrix(run)  # outside of what runs by itself, so that it is not drawn anew while it plays


here.owner_only()
st.title("Watch")
st.markdown("Runs, as recorded in their folders. Lines are training batches, large dots held-out rows.")
if refused := session.take(Session.trouble):
    trouble(refused)
try:
    found = runs.sweeps()
    what = st.segmented_control("Show", ["a run", "a sweep"], default="a sweep" if session.sweep else "a run")
    if found and what == "a sweep":
        a_sweep(sweep_of(found))
    elif what == "a sweep":
        st.info("No sweep yet. Train starts one: choose the values to vary under A sweep of runs.")
    else:
        one_run()
except RpoError as error:
    trouble(error)
