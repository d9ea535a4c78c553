"""Blind comparisons and the votes on them, kept in a database."""

from rpo.voting.access import LOCAL, SEAL, Access, Visit, Visitor, Who
from rpo.voting.assignment import Seat, names_in, rater_name
from rpo.voting.ballots import Ballots
from rpo.voting.columns import Columns, Votes, columns
from rpo.voting.database.folded import Progress
from rpo.voting.database.rows import EditedError
from rpo.voting.events import LONGEST, Word
from rpo.voting.export import Origin, export, origin, to_shelf, votes_csv
from rpo.voting.invitations import Invitation
from rpo.voting.owner import LASTS
from rpo.voting.panels import RUBRIC, Options, Panel, Unrated
from rpo.voting.session import Ballot, Booth, Earlier, Work
from rpo.voting.types import Answer, Choice, Comparison, Verdict, Vote, comparisons_from_file, comparisons_from_rows

__all__ = [
    "LASTS",
    "LOCAL",
    "LONGEST",
    "RUBRIC",
    "SEAL",
    "Access",
    "Answer",
    "Ballot",
    "Ballots",
    "Booth",
    "Choice",
    "Columns",
    "Comparison",
    "Earlier",
    "EditedError",
    "Invitation",
    "Options",
    "Origin",
    "Panel",
    "Progress",
    "Seat",
    "Unrated",
    "Verdict",
    "Visit",
    "Visitor",
    "Vote",
    "Votes",
    "Who",
    "Word",
    "Work",
    "columns",
    "comparisons_from_file",
    "comparisons_from_rows",
    "export",
    "names_in",
    "origin",
    "rater_name",
    "to_shelf",
    "votes_csv",
]
