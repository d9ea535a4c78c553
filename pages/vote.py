"""Vote: the blind panel, one pair at a time."""

import streamlit as st
from streamlit.components import v2

from pages.shared import here
from pages.shared.plain import plain, trouble
from rpo import preferences
from rpo.charts import pair as answers
from rpo.errors import RpoError
from rpo.voting import LONGEST, RUBRIC, Ballot, Ballots, Booth, Choice, Panel, Progress, Seat, rater_name

SAID = {Choice.LEFT: "left", Choice.RIGHT: "right", Choice.TIE: "tie"}


def booth_of(seat: Seat) -> Booth:
    """The rater's booth; who is here is asked each time, so that an invitation that ended opens nothing."""
    found = here.visitor()
    if not found.opens_all and found.seat is None:
        raise RpoError(found.trouble or "a vote must come with an invitation, this one has none; open its link again")
    return Ballots.here().booth(found.seat or seat)


def cast(panel: Panel, seat: Seat, ballot: Ballot, choice: Choice, both_bad: bool = False) -> None:
    """Store the vote with what was said about it; on a page that shows an earlier one it changes that."""
    key, said = mark(ballot), st.session_state
    if said.get("cast") == ballot:
        said["early"] = True  # the buttons of the pair before were still there
        return
    tags = [tag for tag in panel.tags if said.get(f"tag-{tag}-{key}")]
    try:
        booth_of(seat).cast(ballot, choice, both_bad or said.get(f"bad-{key}", False), said.get(f"reason-{key}") or "", tags)
    except RpoError as error:
        said["trouble"] = here.shown(error)
        return
    said["cast"] = ballot
    said.pop("changing", None)
    said["note"] = f"Vote {ballot.number} saved"


def mark(ballot: Ballot) -> str:
    """What names this showing and revision among the page's fields."""
    return f"{ballot.showing}-{ballot.revision}"


def undo(seat: Seat, moment: int) -> None:
    try:
        taken_back = booth_of(seat).undo(moment)
    except RpoError as error:
        st.session_state["trouble"] = here.shown(error)
        return
    st.session_state["note"] = f"Vote {taken_back.number} taken back" if taken_back else "There is no vote to take back"


def skip(seat: Seat, ballot: Ballot) -> None:
    try:
        booth_of(seat).skip(ballot)
    except RpoError as error:
        st.session_state["trouble"] = here.shown(error)
        return
    st.session_state["note"] = "Skipped; it comes back at the end"


def choose(panels: tuple[Panel, ...]) -> Panel:
    known = {panel.id: panel for panel in panels}
    asked = st.query_params.get("panel", "")
    chosen = st.selectbox("Panel", list(known), list(known).index(asked) if asked in known else 0, lambda key: known[key].name)
    st.query_params["panel"] = chosen
    return known[chosen]


def who() -> str:
    """The rater; once known the field is gone, so that keys vote and do not type."""
    rater = st.query_params.get("rater", "").strip()
    if rater:
        st.button(f"{plain(rater)}: not you?", icon=":material/person:", on_click=sign_out)
    else:
        st.text_input("Your name", key="name", placeholder="so that you can go on later", max_chars=40, on_change=sign_in)
    return rater


def sign_out() -> None:
    del st.query_params["rater"]


def sign_in() -> None:
    st.query_params["rater"] = st.session_state["name"].strip()


def local() -> tuple[Panel, Seat] | None:
    """On a machine of one's own: pick a panel, say a name."""
    panels = Ballots.here().panels()
    if not panels:
        st.info("No panel yet: make one from a run's answers, or from a file of two answers a prompt.")
        st.page_link("convene.py", label="Panels", icon=":material/groups:")
        return None
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        panel = choose(panels)
    with right:
        rater = who()
    if not rater:
        st.info("Say who you are; then the first pair appears. Sides are drawn for you, and nobody sees whose answer is whose.")
        return None
    return panel, Seat(panel.id, rater_name(rater))


def invited(seat: Seat) -> tuple[Panel, Seat]:
    panel = Ballots.here().panel(seat.panel)
    title = plain(panel.title or "A blind panel")
    st.caption(f"**{title}**, voting as **{plain(seat.rater)}**. Come back with the same link.")
    return panel, seat


def question(ballot: Ballot) -> None:
    with st.container(border=True, key="prompt"):
        *earlier, last = preferences.turns(ballot.prompt)
        if earlier:
            with st.expander(f"{len(earlier)} earlier turns"):
                for turn in earlier:
                    st.caption(str(turn.role))
                    st.text(turn.text)
        st.text(last.text)
    show = v2.component("pair", html=answers.HTML, css=answers.CSS, js=answers.JS)
    show(key="pair", data=answers.pair_data(ballot.left, ballot.right))


def buttons(panel: Panel, seat: Seat, ballot: Ballot) -> None:
    key, about = mark(ballot), (panel, seat, ballot)
    left, tie, bad, right = st.columns([3, 2, 2, 3])
    wide = {"width": "stretch", "on_click": cast}
    left.button("Left is better", shortcut="left", key=f"left-{key}", args=(*about, Choice.LEFT), **wide)
    tie.button("Tie", shortcut="t", key=f"tie-{key}", args=(*about, Choice.TIE), **wide)
    bad.button("Both bad", shortcut="b", key=f"both-{key}", args=(*about, Choice.TIE, True), **wide)
    right.button("Right is better", shortcut="right", key=f"right-{key}", args=(*about, Choice.RIGHT), **wide)


def extras(panel: Panel, ballot: Ballot) -> None:
    """What goes along with the vote that is given next."""
    key = mark(ballot)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("If you like, first:", width="content")
        flag("Bad, even if better", "x", f"bad-{key}")
        for number, tag in enumerate(panel.tags[:9], 1):
            flag(plain(tag), str(number), f"tag-{tag}-{key}")
        flag("Say why", "w", f"why-{key}")
    if st.session_state.get(f"why-{key}"):
        st.text_input("Why?", key=f"reason-{key}", max_chars=LONGEST, help="Enter ends it; then vote")


def flag(label: str, shortcut: str, key: str) -> None:
    on = st.session_state.get(key, False)
    st.button(label, key=f"flag-{key}", shortcut=shortcut, type="primary" if on else "secondary", on_click=turn, args=(key,))


def turn(key: str) -> None:
    st.session_state[key] = not st.session_state.get(key, False)


def footer(seat: Seat, ballot: Ballot | None, done: Progress) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Undo", shortcut="u", on_click=undo, args=(seat, done.moment), icon=":material/undo:")
        if ballot is not None and "changing" not in st.session_state:
            st.button("Skip", shortcut="s", on_click=skip, args=(seat, ballot), icon=":material/skip_next:")
        if words := st.session_state.pop("note", ""):
            st.caption(f":green[:material/check: {words}]")
        if st.session_state.pop("early", False):
            st.caption(":orange[:material/touch_app: That vote came before this pair was drawn and does not count: press again]")


def progress(done: Progress) -> None:
    left = "" if done.seconds_left is None else f", about {max(1, round(done.seconds_left / 60))} min left"
    skipped = f", {done.skipped} skipped" if done.skipped else ""
    st.progress(done.done / done.total if done.total else 1.0, f"{done.done} of {done.total}{skipped}{left}")


@st.fragment
def vote(panel: Panel, seat: Seat) -> None:
    """The whole of voting: it runs alone at each key."""
    try:
        booth = booth_of(seat)
        ballot = changed(booth) or booth.next()
        done = booth.progress()
        progress(done)
        if refused := st.session_state.pop("trouble", ""):
            trouble(refused)
        if ballot is None:
            finished(done.total, seat.rater)
        else:
            ask(panel, seat, ballot)
        footer(seat, ballot, done)
        looking_back(booth)
    except RpoError as error:
        trouble(here.shown(error))


def ask(panel: Panel, seat: Seat, ballot: Ballot) -> None:
    st.markdown(f"**{plain(panel.rubric or RUBRIC)}**")
    question(ballot)
    buttons(panel, seat, ballot)
    extras(panel, ballot)


def changed(booth: Booth) -> Ballot | None:
    """The earlier pair that the rater opened again."""
    asked = st.session_state.get("changing")
    found = [one.ballot for one in booth.earlier() if one.ballot.showing == asked] if asked else []
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


def finished(total: int, rater: str) -> None:
    if total:
        st.success(f"All {total} pairs are done. Thank you, {plain(rater)}.")
    else:
        st.warning("Both wrote the same answer to every prompt of this panel, so there is nothing to judge. Train longer.")


visitor = here.rater_or_owner()
st.title("Vote")
st.markdown("Two answers to one prompt, side by side; who wrote which is hidden.")
try:
    seated = invited(visitor.seat) if visitor.seat else local()
    if seated:
        vote(*seated)
except RpoError as error:
    trouble(here.shown(error))
