"""Vote: the blind panel, one pair at a time."""

from functools import partial

import streamlit as st
from streamlit.components import v2

from pages.shared import here
from pages.shared.plain import plain, trouble
from rpo import preferences
from rpo.components import ballot as paper
from rpo.components.ballot import Press, Said
from rpo.errors import RpoError
from rpo.voting import RUBRIC, Ballot, Ballots, Booth, Choice, Panel, Progress, Seat, Word, rater_name

SAID = {Choice.LEFT: "A (left)", Choice.RIGHT: "B (right)", Choice.TIE: "tie"}
EARLY = "That press came before this pair was drawn and does not count: press again"
TITLE = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)"  # for screen readers
ROOM = (
    "<style>.stMainBlockContainer { padding-bottom: calc(var(--ballot-bar, 11rem) + 1rem); row-gap: 0.5rem }"
    f".st-key-vote-title {{ {TITLE} }} .stMainBlockContainer > div {{ gap: 0.5rem }}</style>"
)


def booth_of(seat: Seat) -> Booth:
    """The rater's booth; who is here is asked each time, so that an invitation that ended opens nothing."""
    found = here.visitor()
    if not found.opens_all and found.seat is None:
        raise RpoError(found.trouble or "a vote must come with an invitation, this one has none; open its link again")
    return Ballots.here().booth(found.seat or seat)


def hear(seat: Seat) -> None:
    """Do what the component said; whatever comes of it, it hears that its message arrived."""
    state = st.session_state
    state["heard"] = state.get("heard", 0) + 1
    try:
        said = paper.heard(state.get("ballot", {}).get("said"))
        ACTS[said.press](booth_of(seat), said)
    except RpoError as error:
        state["trouble"] = here.shown(error)


def cast(booth: Booth, said: Said) -> None:
    """Store the vote; on a page that shows an earlier one it changes that."""
    state, ballot = st.session_state, drawn(said)
    if ballot is None or said.word is None:
        return
    booth.cast(ballot, said.word.choice, said.word.both_bad, said.word.reason, said.word.tags)
    state.pop("changing", None)
    state["last"] = paper.following(ballot), said.word
    state["note"] = f"Vote {ballot.number} saved"


def add(booth: Booth, said: Said) -> None:
    """Say more of the vote before: it stands as it was, with tags and a reason."""
    state = st.session_state
    ballot, word = state.get("last", (None, None))
    if ballot is None or word is None or said.word is None or not said.answers(ballot):
        state["early"] = True
        return
    booth.cast(ballot, word.choice, said.word.both_bad, said.word.reason, said.word.tags)
    state["last"] = paper.following(ballot), said.word
    state["note"] = f"Added to vote {ballot.number}"


def undo(booth: Booth, said: Said) -> None:
    taken_back = booth.undo(said.moment)
    st.session_state.pop("last", None)
    st.session_state["note"] = f"Vote {taken_back.number} taken back" if taken_back else "There is no vote to take back"


def skip(booth: Booth, said: Said) -> None:
    if ballot := drawn(said):
        booth.skip(ballot)
        st.session_state["note"] = "Skipped; it comes back at the end"


def leave(booth: Booth, said: Said) -> None:
    st.session_state.pop("changing", None)
    st.session_state["note"] = "Left as it was"


ACTS = {Press.VOTE: cast, Press.NOTE: add, Press.UNDO: undo, Press.SKIP: skip, Press.LEAVE: leave}


def drawn(said: Said) -> Ballot | None:
    """The ballot on the page, once: what was said of another one, or comes a second time, came early."""
    ballot = st.session_state.get("drawn")
    if not said.answers(ballot):
        st.session_state["early"] = True
        return None
    st.session_state["drawn"] = None
    return ballot


def before(seat: Seat) -> tuple[Ballot, Word] | None:
    """The vote before, if it was this rater's at this panel."""
    last = st.session_state.get("last")
    return last if last and (last[0].panel, last[0].rater) == (seat.panel, seat.rater) else None


def choose(panels: tuple[Panel, ...]) -> Panel:
    known = {panel.id: panel for panel in panels}
    asked = st.query_params.get("panel", "")
    chosen = st.selectbox("Panel", list(known), list(known).index(asked) if asked in known else 0, lambda key: known[key].name)
    st.query_params["panel"] = chosen
    return known[chosen]


def sign_out() -> None:
    del st.query_params["rater"]


def sign_in() -> None:
    st.query_params["rater"] = st.session_state["name"].strip()


def local() -> tuple[Panel, Seat] | None:
    """On a machine of one's own: pick a panel, say a name; once that is known the fields give room to the pair."""
    panels, rater = Ballots.here().panels(), st.query_params.get("rater", "").strip()
    if not panels:
        st.info("No panel yet: make one from a run's answers, or from a file of two answers a prompt.")
        st.page_link("convene.py", label="Panels", icon=":material/groups:")
        return None
    if rater:
        with st.popover(f"Voting as {plain(rater)}", icon=":material/person:", type="tertiary"):
            panel = choose(panels)
            st.button(f"{plain(rater)}: not you?", on_click=sign_out)
        return panel, Seat(panel.id, rater_name(rater))
    choose(panels)
    st.text_input("Your name", key="name", placeholder="so that you can go on later", max_chars=40, on_change=sign_in)
    st.info("Say who you are; then the first pair appears. Sides are drawn for you, and nobody sees whose answer is whose.")
    return None


def invited(seat: Seat) -> tuple[Panel, Seat]:
    panel = Ballots.here().panel(seat.panel)
    title = plain(panel.title or "A blind panel")
    st.caption(f"**{title}**, voting as **{plain(seat.rater)}**. Come back with the same link.")
    return panel, seat


@st.fragment
def vote(panel: Panel, seat: Seat) -> None:
    """The whole of voting: it runs alone at each key."""
    try:
        booth = booth_of(seat)
        changing = changed(booth)
        ballot, done = changing[0] if changing else booth.next(), booth.progress()
        st.session_state["drawn"] = ballot
        if refused := st.session_state.pop("trouble", ""):
            trouble(refused)
        if ballot is None:
            finished(booth, done, seat)
        else:
            ask(panel, seat, ballot, done, changing[1] if changing else None)
        looking_back(booth)
    except RpoError as error:
        trouble(here.shown(error))


def ask(panel: Panel, seat: Seat, ballot: Ballot, done: Progress, given: Word | None) -> None:
    """The pair with all that a rater can do: one component, for keys that act in the browser type letters there too."""
    state = st.session_state
    st.html(ROOM)
    early = state.pop("early", False)
    note = EARLY if early else state.pop("note", "")
    frame = paper.Frame(
        panel.rubric or RUBRIC, panel.tags, done, state.get("heard", 0), note, early, given, None if given else before(seat)
    )
    show = v2.component("ballot", html=paper.HTML, css=paper.CSS, js=paper.JS)
    show(key="ballot", data=paper.ballot_data(ballot, frame), on_said_change=partial(hear, seat))


def changed(booth: Booth) -> tuple[Ballot, Word] | None:
    """The earlier pair that the rater opened again, and what they said of it."""
    asked = st.session_state.get("changing")
    found = [(one.ballot, one.word) for one in booth.earlier() if one.ballot.showing == asked] if asked else []
    return found[0] if found else None


def looking_back(booth: Booth) -> None:
    section = st.expander("Your votes so far, to look at or change", key="back", on_change="rerun")
    if not section.open:
        return
    earlier = {one.ballot.showing: one for one in booth.earlier()}
    with section:
        if not earlier:
            st.caption("None yet.")
        for name, one in list(earlier.items())[:50]:
            bad, asked = ", both bad" if one.word.both_bad else "", preferences.last_turn(one.ballot.prompt)[:90]
            st.button(
                f"{SAID[one.word.choice]}{bad}: {plain(asked)}",
                key=f"open-{name}",
                type="tertiary",
                on_click=reopen,
                args=(name,),
            )


def reopen(name: str) -> None:
    st.session_state["changing"] = name


def finished(booth: Booth, done: Progress, seat: Seat) -> None:
    """Thanks, what was done, and that one may go."""
    if not done.total:
        st.warning("Both wrote the same answer to every prompt of this panel, so there is nothing to judge. Train longer.")
        return
    st.success(f"All {done.total} pairs are done. Thank you, {plain(seat.rater)}.", icon=":material/celebration:")
    st.markdown(f"{paper.work_words(booth.work())} Everything is saved: **you may close this window.**")
    st.button("Take the last vote back", on_click=take_back, args=(seat, done.moment), icon=":material/undo:")


def take_back(seat: Seat, moment: int) -> None:
    try:
        undo(booth_of(seat), Said(Press.UNDO, moment=moment))
    except RpoError as error:
        st.session_state["trouble"] = here.shown(error)


visitor = here.rater_or_owner()
try:
    with st.container(key="vote-title" if visitor.seat or "rater" in st.query_params else "title"):
        st.title("Vote")
    seated = invited(visitor.seat) if visitor.seat else local()
    if seated:
        vote(*seated)
except RpoError as error:
    trouble(here.shown(error))
