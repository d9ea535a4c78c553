"""Vote: the blind panel, one pair at a time."""

from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.components import v2

from pages.parts.vote.across import announced, begun
from pages.parts.vote.acts import hear, questions_of, session_of
from pages.parts.vote.back import changed, looking_back
from pages.parts.vote.end import finished
from pages.parts.vote.practice import Practice, again, practice_of
from pages.shared import deep_link, example, here, pickers
from pages.shared.plain import plain, trouble
from pages.shared.session import Session, session
from rpo.components import ballot as paper
from rpo.errors import RpoError
from rpo.voting import Ballot, Ballots, Panel, RaterProgress, RaterSession, Seat, VoteContent, rater_name

EARLY = "That press came before this pair was drawn and does not count: press again"
TITLE = (  # for screen readers alone
    "<style>.st-key-vote-title { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }</style>"
)
ROOM = (
    "<style>.stApp .stMainBlockContainer { padding-bottom: calc(var(--ballot-bar, 11rem) + 1rem); row-gap: 0.5rem }"
    " .stMainBlockContainer > div { gap: 0.5rem }"
    " .st-key-back { visibility: var(--below-ballot, hidden) }</style>"  # until the pair is there it would jump
)


def before(seat: Seat, ballot: Ballot) -> tuple[Ballot, VoteContent] | None:
    """The vote before, if it was this rater's at this panel, and on a ballot of the same kind."""
    last = session.last
    mine = last and (last[0].panel, last[0].rater) == (seat.panel, seat.rater) and type(last[0]) is type(ballot)
    return last if mine else None


def sign_out() -> None:
    deep_link.drop("rater")


def sign_in() -> None:
    deep_link.carry("rater", session.name.strip())


def local() -> tuple[Panel, Seat] | None:
    """On a machine of one's own: pick a panel, say a name; once that is known the fields give room to the pair."""
    panels = pickers.panels("No panel yet: make one from a run's answers, or from a file of two answers a prompt.")
    if rater := deep_link.asked("rater").strip():
        with st.popover(f"Voting as {plain(rater)}", icon=":material/person:", type="tertiary"):
            panel = pickers.panel(panels)
            st.button(f"{plain(rater)}: not you?", on_click=sign_out)
        return panel, Seat(panel.id, rater_name(rater))
    example.about_votes(pickers.panel(panels))
    st.text_input("Your name", key=Session.name.key, placeholder="so that you can go on later", max_chars=40, on_change=sign_in)
    st.info("Say who you are; then the first pair appears. Sides are drawn for you, and nobody sees whose answer is whose.")
    return None


def invited(seat: Seat) -> tuple[Panel, Seat]:
    panel = Ballots.here().panel(seat.panel)
    title = plain(panel.title or "A blind panel")
    st.caption(f"**{title}**, voting as **{plain(seat.rater)}**. Come back with the same link.")
    return panel, seat


@st.fragment
def vote(panel: Panel, seat: Seat, pairs: Practice) -> None:
    """The whole of voting: it runs alone at each key."""
    try:
        rater_session = session_of(seat)
        if refused := session.take(Session.trouble):
            trouble(refused)
        done = rater_session.progress()
        if practised := practice_of(seat, pairs, done):
            session.drawn = practised[0]
            ask(practised[0], paper.Frame(panel, done, practice=practised[1]), seat)
        else:
            one_pair(panel, seat, rater_session, done)
            looking_back(rater_session)
            again(seat, pairs)
    except RpoError as error:
        trouble(here.shown(error))


def one_pair(panel: Panel, seat: Seat, rater_session: RaterSession, done: RaterProgress) -> None:
    """The pair that is next, or an earlier one that was opened again; at the end thanks."""
    changing = changed(rater_session)
    session.drawn = changing[0] if changing else rater_session.next()
    if session.drawn is None:
        after_the_pairs(panel, seat, rater_session, done)
        return
    given = changing[1] if changing else None
    ask(session.drawn, paper.Frame(panel, done, given=given, last=None if given else before(seat, session.drawn)), seat)


def after_the_pairs(panel: Panel, seat: Seat, rater_session: RaterSession, done: RaterProgress) -> None:
    """Questions across prompts, where the panel asks some; then thanks."""
    questions = questions_of(seat)
    answered = questions.progress()
    if not begun(seat, answered) and answered.total:
        announced(seat, done.total, answered.total)
        return
    session.drawn = questions.next()
    if session.drawn is None:
        finished(rater_session, done, panel, seat, answered)
    else:
        ask(session.drawn, paper.Frame(panel, answered, last=before(seat, session.drawn)), seat)


def ask(ballot: Ballot, frame: paper.Frame, seat: Seat) -> None:
    """The pair with all that a rater can do: one component, for keys that act in the browser type letters there too."""
    st.html(ROOM)
    early = session.take(Session.early)
    note = EARLY if early else session.take(Session.note)
    data = paper.ballot_data(ballot, replace(frame, turn=session.heard, note=note, early=early))
    show = v2.component("ballot", html=paper.HTML, css=paper.CSS, js=paper.JS)
    show(key=Session.ballot.key, data=data, on_said_change=partial(hear, seat))


visitor = here.rater_or_owner()
try:
    st.html(TITLE)
    with st.container(key="vote-title" if visitor.seat or deep_link.asked("rater") else "title"):
        st.title("Vote")
    seated = invited(visitor.seat) if visitor.seat else local()
    if seated:
        example.about_votes_beside_a_pair(seated[0])
        vote(*seated, Ballots.here().practice(seated[0].id))
except RpoError as error:
    trouble(here.shown(error))
