"""The end of the page Vote: thanks, what was done, what becomes of it, and how the others voted on the same pairs."""

import streamlit as st

from pages.parts.vote.acts import questions_of, session_of, undo
from pages.shared import here
from pages.shared.plain import plain
from pages.shared.session import session
from rpo import statistics
from rpo.components import ballot as paper
from rpo.components.ballot import BallotMessage, Press
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.voting import Ballots, Panel, RaterProgress, RaterSession, Seat

WHAT_BECOMES = (
    "Whoever made this panel reads your votes under your name, beside those of the others. Together they say which answers "
    "people prefer, and a model may learn from what most of you preferred."
)
LATER = "How often the others said what you said stands here once all have finished: come back with the same link."


def finished(rater_session: RaterSession, done: RaterProgress, panel: Panel, seat: Seat, answered: RaterProgress) -> None:
    """Thanks, what was done, and that one may go; `answered` are the questions across prompts."""
    if not done.total and not answered.total:
        st.warning("Both wrote the same answer to every prompt of this panel, so there is nothing to judge. Train longer.")
        return
    st.success(f"{everything(done.total, answered.total)} done. Thank you, {plain(seat.rater)}.", icon=":material/celebration:")
    st.markdown(f"{paper.work_words(rater_session.work())} Everything is saved: **you may close this window.**")
    own_agreement(panel, seat)
    st.caption(WHAT_BECOMES)
    last = "answer" if answered.total else "vote"
    event = answered.last_event if answered.total else done.last_event
    taken = (seat, event, bool(answered.total))
    st.button(f"Take the last {last} back", on_click=take_back, args=taken, icon=":material/undo:")


def everything(pairs: int, questions: int) -> str:
    """What a rater has done, as the beginning of a sentence."""
    if not questions:
        return f"All {quantity(pairs, 'pair')} are" if pairs > 1 else "The pair is"
    return f"{quantity(pairs, 'pair')} and {quantity(questions, 'question')} are"


def own_agreement(panel: Panel, seat: Seat) -> None:
    """How far the rater agrees with the others and with themselves, once nobody can change a vote by what they read here."""
    ballots = Ballots.here()
    end = statistics.ending(ballots.attendance(panel.id))
    found = statistics.own_agreement(ballots.columns(panel.id), seat.rater, end)
    st.markdown(LATER if found is None else paper.agreement_words(found))


def take_back(seat: Seat, last_event: int, answer: bool) -> None:
    try:
        undo(questions_of(seat) if answer else session_of(seat), BallotMessage(Press.UNDO, last_event=last_event))
    except RpoError as error:
        session.trouble = here.shown(error)
