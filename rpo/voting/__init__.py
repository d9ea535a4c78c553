"""Blind comparisons and the votes on them, kept in a database."""

from rpo.voting.access import LOCAL, SEAL, Access, Visit, Visitor, Who
from rpo.voting.assignment import Seat, names_in, rater_name
from rpo.voting.ballots import Ballots
from rpo.voting.columns import Columns, Votes, columns
from rpo.voting.database.folded import RaterProgress
from rpo.voting.database.rows import EditedError
from rpo.voting.events import LONGEST_REASON, VoteContent
from rpo.voting.export import Origin, export, origin, to_shelf, votes_csv
from rpo.voting.guidance.practice import MOST_PRACTICE, ORGANISER_SAYS, PracticePair, practice_from_rows
from rpo.voting.guidance.undrawn import undrawn
from rpo.voting.invitations import Invitation
from rpo.voting.owner import LASTS
from rpo.voting.panels import RUBRIC, Options, Panel, Unrated
from rpo.voting.questions.asked import Questions
from rpo.voting.questions.drawing import draw_questions
from rpo.voting.questions.session import QuestionBallot, QuestionSession
from rpo.voting.questions.types import (
    CROSS_DEFAULT,
    CROSS_MOST,
    CROSS_RUBRIC,
    AskedOf,
    CrossAnswer,
    CrossQuestion,
    Nearness,
)
from rpo.voting.session import Ballot, EarlierVote, RaterSession, RaterWork
from rpo.voting.types import (
    Answer,
    Choice,
    Comparison,
    NoRaterVerdict,
    Strength,
    Vote,
    comparisons_from_file,
    comparisons_from_rows,
)

__all__ = [
    "CROSS_DEFAULT",
    "CROSS_MOST",
    "CROSS_RUBRIC",
    "LASTS",
    "LOCAL",
    "LONGEST_REASON",
    "MOST_PRACTICE",
    "ORGANISER_SAYS",
    "RUBRIC",
    "SEAL",
    "Access",
    "Answer",
    "AskedOf",
    "Ballot",
    "Ballots",
    "Choice",
    "Columns",
    "Comparison",
    "CrossAnswer",
    "CrossQuestion",
    "EarlierVote",
    "EditedError",
    "Invitation",
    "Nearness",
    "NoRaterVerdict",
    "Options",
    "Origin",
    "Panel",
    "PracticePair",
    "QuestionBallot",
    "QuestionSession",
    "Questions",
    "RaterProgress",
    "RaterSession",
    "RaterWork",
    "Seat",
    "Strength",
    "Unrated",
    "Visit",
    "Visitor",
    "Vote",
    "VoteContent",
    "Votes",
    "Who",
    "columns",
    "comparisons_from_file",
    "comparisons_from_rows",
    "draw_questions",
    "export",
    "names_in",
    "origin",
    "practice_from_rows",
    "rater_name",
    "to_shelf",
    "undrawn",
    "votes_csv",
]
