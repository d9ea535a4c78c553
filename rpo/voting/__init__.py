"""Which answer is better: blind comparisons, ballots kept in a database, standings."""

from rpo.voting.ballots import Ballot, Ballots, Panel, Progress, rater_name
from rpo.voting.comparison import Answer, Choice, Comparison, Vote, comparisons_from_file, comparisons_from_rows
from rpo.voting.standings import Standings, by_slice, standings

__all__ = [
    "Answer",
    "Ballot",
    "Ballots",
    "Choice",
    "Comparison",
    "Panel",
    "Progress",
    "Standings",
    "Vote",
    "by_slice",
    "comparisons_from_file",
    "comparisons_from_rows",
    "rater_name",
    "standings",
]
