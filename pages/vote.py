"""Vote: the blind panel, one pair at a time."""

from pathlib import Path

import streamlit as st

from rpo import home, preferences, training
from rpo.errors import RpoError
from rpo.voting import Ballot, Ballots, Choice, Comparison, Panel, comparisons_from_file, comparisons_from_rows

RUBRIC = "Which answer is of more help to the person who asked?"


@st.cache_resource
def ballots_of(home_folder: Path) -> Ballots:
    return Ballots()


def ballots() -> Ballots:
    return ballots_of(home.home())


def cast(ballot: Ballot, choice: Choice, both_bad: bool = False) -> None:
    try:
        ballots().cast(ballot, choice, both_bad)
    except RpoError as error:
        st.session_state["trouble"] = str(error)
        return
    st.session_state["note"] = f"Vote {ballot.number} saved"


def undo(panel: str, rater: str) -> None:
    try:
        taken_back = ballots().undo(panel, rater)
    except RpoError as error:
        st.session_state["trouble"] = str(error)
        return
    st.session_state["note"] = f"Vote {taken_back.number} taken back" if taken_back else "There is no vote to take back"


def skip(ballot: Ballot) -> None:
    try:
        ballots().skip(ballot)
    except RpoError as error:
        st.session_state["trouble"] = str(error)
        return
    st.session_state["note"] = "Skipped; it comes back at the end"


def from_run() -> tuple[str, list[Comparison]] | None:
    runs = {run.name: run for run in training.runs() if training.pairs(run)}
    if not runs:
        st.info("No run has written answers yet. Train one, or add a file of answers.")
        st.page_link("pages/train.py", label="Train", icon=":material/model_training:")
        return None
    asked = st.session_state.get("panel_run", "")
    name = st.selectbox("Run", list(runs), list(runs).index(asked) if asked in runs else 0, lambda key: runs[key].title)
    pairs = training.pairs(runs[name])
    st.caption(f"{len(pairs)} held-out prompts with answers of {runs[name].spec.model} before and after.")
    rows = [{"prompt": p.prompt, "baseline": p.baseline, "candidate": p.candidate, "slice": p.slice} for p in pairs]
    return runs[name].title, comparisons_from_rows(rows, f"{runs[name].spec.model} (baseline)", name)


def from_file() -> tuple[str, list[Comparison]] | None:
    file = st.file_uploader("JSONL with prompt, baseline, candidate and, if you like, slice", type=["jsonl"])
    if file is None:
        return None
    return file.name, comparisons_from_file(file.name, file.getvalue())


def new_panel(expanded: bool) -> None:
    with st.expander("New panel", expanded=expanded, icon=":material/add:"):
        make()


def make() -> None:
    origin = st.segmented_control("Answers from", ["a run", "a file"], default="a run", required=True)
    made = from_run() if origin == "a run" else from_file()
    if made is None:
        return
    source, comparisons = made
    name = st.text_input("Name of the panel", source)
    rubric = st.text_input("What raters look for", RUBRIC)
    st.caption(f"{sum(one.same for one in comparisons)} of {len(comparisons)} pairs are identical: ties that nobody has to see.")
    if st.button(f"Make a panel of {len(comparisons)} pairs", type="primary"):
        st.query_params["panel"] = ballots().make_panel(name, comparisons, rubric)
        st.session_state.pop("panel_run", None)
        st.rerun()


def choose(panels: tuple[Panel, ...]) -> tuple[Panel, str]:
    left, right = st.columns(2, vertical_alignment="bottom")
    known = {panel.id: panel for panel in panels}
    asked = st.query_params.get("panel", "")
    chosen = left.selectbox("Panel", list(known), list(known).index(asked) if asked in known else 0, lambda key: known[key].name)
    st.query_params["panel"] = chosen
    with right:
        return known[chosen], who()


def who() -> str:
    """The rater; once known the field is gone, so that keys vote and do not type."""
    rater = st.query_params.get("rater", "").strip()
    if rater:
        st.button(f"{rater}: not you?", icon=":material/person:", on_click=sign_out)
    else:
        st.text_input("Your name", key="name", placeholder="so that you can go on later", max_chars=40, on_change=sign_in)
    return rater


def sign_out() -> None:
    del st.query_params["rater"]


def sign_in() -> None:
    st.query_params["rater"] = st.session_state["name"].strip()


def question(ballot: Ballot) -> None:
    with st.container(border=True, key="prompt"):
        *earlier, last = preferences.turns(ballot.prompt)
        if earlier:
            with st.expander(f"{len(earlier)} earlier turns"):
                for turn in earlier:
                    st.caption(str(turn.role))
                    st.text(turn.text)
        st.text(last.text)
    for place, title, text in zip(st.columns(2), ("Left", "Right"), (ballot.left, ballot.right), strict=True):
        with place.container(border=True, height="stretch", key=f"answer-{title}"):
            st.caption(title)
            st.text(text or "(no answer)")


def buttons(ballot: Ballot) -> None:
    key = f"{ballot.comparison}-{ballot.revision}"
    left, tie, bad, right = st.columns([3, 2, 2, 3])
    wide = {"width": "stretch", "on_click": cast}
    left.button("Left is better", shortcut="left", key=f"left-{key}", args=(ballot, Choice.LEFT), **wide)
    tie.button("Tie", shortcut="t", key=f"tie-{key}", args=(ballot, Choice.TIE), **wide)
    bad.button("Both bad", shortcut="b", key=f"bad-{key}", args=(ballot, Choice.TIE, True), **wide)
    right.button("Right is better", shortcut="right", key=f"right-{key}", args=(ballot, Choice.RIGHT), **wide)


def footer(panel: Panel, rater: str, ballot: Ballot | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Undo", shortcut="u", on_click=undo, args=(panel.id, rater), icon=":material/undo:")
        if ballot is not None:
            st.button("Skip", shortcut="s", on_click=skip, args=(ballot,), icon=":material/skip_next:")
        if words := st.session_state.pop("note", ""):
            st.caption(f":green[:material/check: {words}]")


def vote(panel: Panel, rater: str) -> None:
    ballot = ballots().next_ballot(panel.id, rater)
    done = ballots().progress(panel.id, rater)
    st.progress(done.done / done.total if done.total else 1.0, f"{done.done} of {done.total}")
    if trouble := st.session_state.pop("trouble", ""):
        st.error(trouble)
    if ballot is None:
        finished(done.total, rater)
    else:
        st.markdown(f"**{panel.rubric or RUBRIC}**")
        question(ballot)
        buttons(ballot)
    footer(panel, rater, ballot)


def finished(total: int, rater: str) -> None:
    if total:
        st.success(f"All {total} pairs are done. Thank you, {rater}.")
        st.page_link("pages/results.py", label="Results", icon=":material/leaderboard:")
    else:
        st.warning("Both wrote the same answer to every prompt of this panel, so there is nothing to judge. Train longer.")


if "front" not in st.session_state:  # a fresh server opens a deep link past app.py, until someone has called st.navigation
    st.navigation([st.Page(st.stop, url_path="front"), __file__])
    st.rerun()
st.title("Vote")
st.markdown("Two answers to one prompt, side by side; who wrote which is hidden.")
try:
    panels = ballots().panels()
    opening = not panels or "panel_run" in st.session_state
    if opening:
        new_panel(expanded=True)
    if not panels:
        st.info("No panel yet: make one from a run's answers, or from a file of two answers a prompt.")
        st.stop()
    panel, rater = choose(panels)
    if not rater:
        st.info("Say who you are; then the first pair appears. Sides are drawn for you, and nobody sees whose answer is whose.")
        st.stop()
    vote(panel, rater)
    if not opening:
        new_panel(expanded=False)
except RpoError as error:
    st.error(str(error))
