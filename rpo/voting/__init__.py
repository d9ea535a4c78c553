"""Which answer is better: blind comparisons, ballots kept in a database, standings."""

from rpo.voting.agreement import Agreement, Coefficient, agreement
from rpo.voting.ballots import Ballots
from rpo.voting.board import Place, board
from rpo.voting.booth import Ballot, Booth, Earlier, Work
from rpo.voting.columns import Columns, Votes, columns
from rpo.voting.comparison import Answer, Choice, Comparison, Verdict, Vote, comparisons_from_file, comparisons_from_rows
from rpo.voting.counted import Counted, counted
from rpo.voting.disagreements import Disagreement, disagreements
from rpo.voting.ending import Ending, ending
from rpo.voting.export import Origin, export, origin, to_shelf, votes_csv
from rpo.voting.folded import Progress
from rpo.voting.habits import Habits, Share, habits
from rpo.voting.intervals import Interval, Look
from rpo.voting.invitations import Invitation
from rpo.voting.ledger import LONGEST, Word
from rpo.voting.lengths import LengthAdjusted, length_adjusted
from rpo.voting.panels import RUBRIC, Options, Panel, Unrated
from rpo.voting.power import Power, power
from rpo.voting.result import Result
from rpo.voting.seats import Seat, rater_name
from rpo.voting.standings import FEW, Leader, Reading, Standings, by_slice, standings

__all__ = [
    "FEW",
    "LONGEST",
    "RUBRIC",
    "Agreement",
    "Answer",
    "Ballot",
    "Ballots",
    "Booth",
    "Choice",
    "Coefficient",
    "Columns",
    "Comparison",
    "Counted",
    "Disagreement",
    "Earlier",
    "Ending",
    "Habits",
    "Interval",
    "Invitation",
    "Leader",
    "LengthAdjusted",
    "Look",
    "Options",
    "Origin",
    "Panel",
    "Place",
    "Power",
    "Progress",
    "Reading",
    "Result",
    "Seat",
    "Share",
    "Standings",
    "Unrated",
    "Verdict",
    "Vote",
    "Votes",
    "Word",
    "Work",
    "agreement",
    "board",
    "by_slice",
    "columns",
    "comparisons_from_file",
    "comparisons_from_rows",
    "counted",
    "disagreements",
    "ending",
    "export",
    "habits",
    "length_adjusted",
    "origin",
    "power",
    "rater_name",
    "standings",
    "to_shelf",
    "votes_csv",
]
