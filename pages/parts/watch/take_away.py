"""Take away what a run has trained, on the page Watch: as which files, how large, into which folder; and what was taken."""

from functools import partial

import streamlit as st

from pages.parts.watch.acts import attempt
from pages.shared.job_progress import follow
from pages.shared.plain import plain, trouble
from rpo import export
from rpo.errors import RpoError
from rpo.export import Export, Kind
from rpo.jobs import Job, Status
from rpo.runs import Run


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
    kind = st.segmented_control("As", list(Kind), default=Kind.ADAPTER, format_func=lambda one: one.about.title, **look)
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
        gone = partial(attempt, export.delete, one)
        st.button("Delete", key=f"delete-{one.kind}", icon=":material/delete:", on_click=gone)
