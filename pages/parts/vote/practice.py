"""Practice pairs on the page Vote: which one is before the rater. What a rater says of one is stored nowhere."""

import streamlit as st

from pages.parts.vote.drawn import Rater, drawn
from pages.shared.session import session
from rpo.components.ballot import BallotMessage, Practised, Press
from rpo.voting import Ballot, PracticePair, RaterProgress, Seat, VoteContent

Practice = tuple[PracticePair, ...]


def practice_of(seat: Seat, pairs: Practice, done: RaterProgress) -> tuple[Ballot, Practised] | None:
    """The practice pair that is before this rater; None when they vote. Who has done anything at this panel need not practise."""
    place, own = place_of(seat, 0 if done.last_event == 0 else len(pairs))
    if place >= len(pairs):
        return None
    pair = pairs[place]
    sides = pair.prompt, pair.left, pair.right
    return Ballot(seat.panel, seat.rater, f"practice-{place}", *sides, 0, place + 1, len(pairs)), Practised(pair.organiser, own)


def place_of(seat: Seat, first: int) -> tuple[int, VoteContent | None]:
    """At which practice pair this rater is, and what they said of it; at the `first` one where they have not begun."""
    whose, place, own = session.practised or (None, first, None)
    return (place, own) if whose == seat else (first, None)


def practise(rater_session: Rater, said: BallotMessage) -> None:
    """Keep what the rater said first, until they go on; with it the organiser's word is shown."""
    ballot = drawn(said)
    if ballot and place_of(rater_session.seat, 0)[1] is None:
        session.practised = rater_session.seat, ballot.number - 1, said.word


def onward(rater_session: Rater, said: BallotMessage) -> None:
    """The next practice pair, or the first one that counts."""
    if ballot := drawn(said):
        session.practised = rater_session.seat, ballot.number, None
        session.note = "From here on it counts" if ballot.number == ballot.total else ""


def begin(rater_session: Rater, said: BallotMessage) -> None:
    """Leave the practice."""
    if session.drawn:
        session.practised = rater_session.seat, session.drawn.total, None
        session.note = "From here on it counts"


def again(seat: Seat, pairs: Practice) -> None:
    """A way back to the practice pairs, at any time."""
    if pairs:
        st.button("Practice pairs again", type="tertiary", icon=":material/replay:", on_click=from_the_first, args=(seat,))


def from_the_first(seat: Seat) -> None:
    session.practised = seat, 0, None


ACTS = {Press.PRACTISE: practise, Press.ONWARD: onward, Press.BEGIN: begin}
