"""What a rater does on the page Vote: each press of the component, done for the pair that it was sent."""

from dataclasses import replace

from pages.parts.vote.drawn import Rater, drawn
from pages.parts.vote.practice import ACTS as PRACTICE_ACTS
from pages.shared import here
from pages.shared.session import session
from rpo.components import ballot as paper
from rpo.components.ballot import BallotMessage, Press
from rpo.errors import RpoError
from rpo.voting import Ballots, QuestionBallot, QuestionSession, RaterSession, Seat


def session_of(seat: Seat) -> RaterSession:
    """The rater's session at the panel."""
    return Ballots.here().rater_session(let_in(seat))


def questions_of(seat: Seat) -> QuestionSession:
    """The rater's session at the panel's questions across prompts."""
    return Ballots.here().questions.session(let_in(seat))


def let_in(seat: Seat) -> Seat:
    """The seat that is the visitor's; who is here is asked each time, so that an invitation that ended opens nothing."""
    found = here.visitor()
    if not found.opens_all and found.seat is None:
        raise RpoError(found.trouble or "a vote must come with an invitation, this one has none; open its link again")
    return found.seat or seat


def addressed(seat: Seat, said: BallotMessage) -> Rater:
    """Where a press belongs: to what is on the page, or to what the last vote was on."""
    ballot = session.last[0] if said.press is Press.NOTE and session.last else session.drawn
    return questions_of(seat) if isinstance(ballot, QuestionBallot) else session_of(seat)


def hear(seat: Seat) -> None:
    """Do what the component said; whatever comes of it, it hears that its message arrived."""
    session.heard += 1
    try:
        said = paper.rater_message(session.ballot.get("said"))
        ACTS[said.press](addressed(seat, said), said)
    except RpoError as error:
        session.trouble = here.shown(error)


def cast(rater_session: Rater, said: BallotMessage) -> None:
    """Store the vote; on a page that shows an earlier one it changes that."""
    ballot = drawn(said)
    if ballot is None or said.word is None:
        return
    rater_session.say(ballot, said.word)
    del session.changing
    session.last = paper.following(ballot), said.word
    session.note = f"Vote {ballot.number} saved"


def add(rater_session: Rater, said: BallotMessage) -> None:
    """Say more of the vote before: it stands as it was, with tags and a reason."""
    ballot, word = session.last or (None, None)
    if ballot is None or word is None or said.word is None or not said.answers(ballot):
        session.early = True
        return
    more = replace(word, both_bad=said.word.both_bad, reason=said.word.reason, tags=said.word.tags)
    rater_session.say(ballot, more)
    session.last = paper.following(ballot), more
    session.note = f"Added to vote {ballot.number}"


def undo(rater_session: Rater, said: BallotMessage) -> None:
    """Take the last vote back."""
    taken_back = rater_session.undo(said.last_event)
    del session.last
    session.note = f"Vote {taken_back.number} taken back" if taken_back else "There is no vote to take back"


def skip(rater_session: Rater, said: BallotMessage) -> None:
    """Put the pair on the page at the end."""
    if ballot := drawn(said):
        rater_session.skip(ballot)
        session.note = "Skipped; it comes back at the end"


def leave(rater_session: Rater, said: BallotMessage) -> None:
    """Close an earlier pair that was opened again."""
    del session.changing
    session.note = "Left as it was"


ACTS = {Press.VOTE: cast, Press.NOTE: add, Press.UNDO: undo, Press.SKIP: skip, Press.LEAVE: leave, **PRACTICE_ACTS}
