"""Blind comparisons and the votes on them, kept in a database."""

from rpo.voting.assignment import Seat, rater_name
from rpo.voting.ballots import Ballots
from rpo.voting.columns import Columns, Votes, columns
from rpo.voting.database.folded import Progress
from rpo.voting.events import LONGEST, Word
from rpo.voting.export import Origin, export, origin, to_shelf, votes_csv
from rpo.voting.invitations import Invitation
from rpo.voting.panels import RUBRIC, Options, Panel, Unrated
from rpo.voting.session import Ballot, Booth, Earlier, Work
from rpo.voting.types import Answer, Choice, Comparison, Verdict, Vote, comparisons_from_file, comparisons_from_rows

__all__ = [
    "LONGEST",
    "RUBRIC",
    "Answer",
    "Ballot",
    "Ballots",
    "Booth",
    "Choice",
    "Columns",
    "Comparison",
    "Earlier",
    "Invitation",
    "Options",
    "Origin",
    "Panel",
    "Progress",
    "Seat",
    "Unrated",
    "Verdict",
    "Vote",
    "Votes",
    "Word",
    "Work",
    "columns",
    "comparisons_from_file",
    "comparisons_from_rows",
    "export",
    "origin",
    "rater_name",
    "to_shelf",
    "votes_csv",
]
