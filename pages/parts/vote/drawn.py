"""Which pair the page Vote has drawn, so that a press counts for that one alone."""

from pages.shared.session import session
from rpo.components.ballot import BallotMessage
from rpo.voting import Ballot, QuestionSession, RaterSession

Rater = RaterSession | QuestionSession
"""Where a press is done: at the pairs, or at the questions across prompts."""


def drawn(said: BallotMessage) -> Ballot | None:
    """The ballot on the page, once: what was said of another one, or comes a second time, came early."""
    ballot = session.drawn
    if not said.answers(ballot):
        session.early = True
        return None
    session.drawn = None
    return ballot
