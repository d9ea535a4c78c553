"""Where to go from a run that is over, on the page Watch: its answers judged blind, another run, what to take away."""

from functools import partial

import streamlit as st

from pages.parts.watch.acts import attempt
from pages.shared.job_progress import follow
from pages.shared.plain import plain, trouble
from pages.shared.session import session
from pages.shared.to_train import to_train
from rpo import export, runs
from rpo.errors import RpoError
from rpo.export import Export, ExportKind
from rpo.fields import Weighting
from rpo.glossary import quantity
from rpo.jobs import Job, State, Status, look
from rpo.runs import Run, Standing


def onwards(run: Run, how: Standing) -> None:
    """Outside of any fragment that runs by itself: its next turn and a switch to another page would meet."""
    state = look(runs.answering(run))
    with st.container(horizontal=True, vertical_alignment="center", key="onwards"):
        st.markdown("**Next**")
        if run.adapter is not None and not state.active:
            judged(run, state)
        to_tune(run)
        best(run)
        if st.button("Another run like it", icon=":material/model_training:", help="Train, with these settings"):
            to_train(run.spec.as_dict(), "Like an earlier run", f"The settings of {run.title}.")
    if state.active:
        follow(runs.answering(run))
    elif state.status in (Status.FAILED, Status.LOST):
        trouble(state.message)


def judged(run: Run, state: State) -> None:
    """The answers of run and baseline: into a panel, or more of them."""
    count = len(runs.answer_pairs(run))
    if count:
        said = f"Judge {quantity(count, 'answer')} blind"
        if st.button(said, type="primary", icon=":material/how_to_vote:", help="A panel of its answers and the baseline's"):
            session.panel_run = run.name
            st.switch_page("panels.py")
    if state.status is not Status.DONE and st.button(to_write(runs.askable(run)), icon=":material/edit_note:"):
        runs.request_answers(run)
        st.rerun()


def best(run: Run) -> None:
    """An earlier adapter with a better held-out loss, for answers, panels and all else."""
    if run.best is None:
        return
    losses = {record["step"]: record["loss"] for record in run.evaluations}
    last = list(losses.values())[-1]
    said = (
        f"Its held-out loss was {losses[run.best]:.3f}, at the end it is {last:.3f}. The run as it was then, as one of its own."
    )
    act = {"on_click": attempt, "args": (take_best, run)}
    st.button(f"The best: step {run.best}", icon=":material/military_tech:", help=said, **act)


def take_best(run: Run) -> None:
    session.watched = runs.run_of_best(run).name


def to_write(there: int | None) -> str:
    if there is None:
        return "Write answers to held-out prompts"
    return f"Write answers to {quantity(there, 'held-out prompt')}"


def to_tune(run: Run) -> None:
    spec = run.spec
    if not (spec.objective.contrasts and spec.weighting is Weighting.CONTRAST):
        return
    words = {"tau": f"{spec.tau:g}", "M": str(spec.contrast_size), "data": spec.data, "encoder": spec.encoder}
    said = f"τ {spec.tau:g} in Tune"
    st.page_link("tune.py", label=said, icon=":material/tune:", query_params=words, help="What this τ makes of one batch")


def take_away(run: Run) -> None:
    """Outside of any fragment that runs by itself, as what leads on from a run."""
    if run.adapter is None:
        return
    job, taken = Job(export.exporting(run)), export.exports(run)
    with st.expander("Take it away", icon=":material/output:", key="take-away", expanded=job.state.active or bool(taken)):
        if job.state.active:
            at_work(job)
        else:
            choose(run)
        if job.state.status in (Status.FAILED, Status.LOST):
            trouble(job.state.message)
        for one in taken:
            listed(one)


def at_work(job: Job) -> None:
    follow(job.folder)
    st.button("Stop", key="stop-export", icon=":material/stop:", on_click=attempt, args=(job.stop,), disabled=job.stopping)


def choose(run: Run) -> None:
    """Which files; what they take and what is free is said before anything is written."""
    look = {"required": True, "label_visibility": "collapsed", "key": "export-kind"}
    kind = st.segmented_control(
        "As", list(ExportKind), default=ExportKind.ADAPTER, format_func=lambda one: one.about.title, **look
    )
    try:
        export.check(run, kind)
        room = export.room(run, kind)
    except RpoError as error:
        trouble(error, st.warning)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        send = partial(attempt, export.request, run, kind)
        st.button("Export", key="export", icon=":material/output:", on_click=send, disabled=not room.enough)
        st.caption(f"{kind.about.words}. {room.words} A model card with the run's figures lies beside it.")


def listed(one: Export) -> None:
    """An export that is there: its folder, and what can be done with it."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"taken-{one.kind}"):
        st.markdown(f"**{plain(one.words)}**", width="content")
        st.code(str(one.folder), language=None)
        if one.small:
            name = f"{one.folder.parent.parent.name}-{one.kind}.zip"
            st.download_button("Download", one.archive, name, "application/zip", key=f"zip-{one.kind}", on_click="ignore")
        gone = partial(attempt, export.delete_export, one)
        st.button("Delete", key=f"delete-{one.kind}", icon=":material/delete:", on_click=gone)
